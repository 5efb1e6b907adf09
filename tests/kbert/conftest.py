"""Tiny encoders of several kinds with random weights, text graphs in a line, and runs: all made on the spot."""

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
import torch
from jaxtyping import config
from tokenizers import ByteLevelBPETokenizer, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from transformers import (
    AutoModel,
    BertConfig,
    BertTokenizer,
    ConvBertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ModernBertConfig,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaTokenizer,
    RoFormerConfig,
)

from graphs.behaviour import BehaviourGraph
from graphs.behaviour_build import build_behaviour
from graphs.behaviour_recipe import BehaviourRecipe
from graphs.importing import import_graph
from graphs.knowledge import KnowledgeGraph
from graphs.pipeline import build_corpus
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.texts import Texts
from graphs.types import Entity, Fact, Mention, Role, Target, TextGraph, Token
from kbert import backbone
from kbert.backbone import Backbone
from kbert.checkpoint import write_tensors
from kbert.entities.embedding import Embedding
from kbert.entities.vectors import name_anew
from kbert.recommender_runs import RANKS, RecommenderRun
from kbert.runs import Run
from kbert.text_model import TextModel
from kbert.train import Settings
from kbert.train_run import Plan, train_run
from kbert.train_triples import TriplePlan, train_triples
from kbert.triples.model import TripleModel

torch.set_num_threads(1)
backbone.quiet()


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Types are not checked: what people get who call without the checks that tests have."""
    was = config.jaxtyping_disable
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", was)


SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [chr(c) for c in range(ord("a"), ord("z") + 1)]
WORDS = ["tim", "cook", "is", "visiting", "beijing", "now", "apple", "china", "city", "paris", "lyon"]
WORDS += ["the", "film", "was", "good", "bad", "lead", "##s", "##ing", "##ed"]
CHARACTERS = list("爱吃苹果水公司在北京中国首都,.!?-_0123456789")
VOCABULARY = SPECIAL + LETTERS + [f"##{letter}" for letter in LETTERS] + WORDS + CHARACTERS
WHOLE_WORDS = ["Tim", "Cook", "is", "visiting", "Beijing", "now", "CEO", "Apple", "capital", "China", "is_a", "City"]
SHAPE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
POSITIONS = 64


def _wordpiece(folder: Path) -> int:
    tokenizer = BertTokenizer(vocab={word: i for i, word in enumerate(VOCABULARY)})
    tokenizer.save_pretrained(folder)
    return len(tokenizer)


def _whole_words(folder: Path) -> int:
    """A tokenizer that knows the words of the paper's example, and cuts at spaces alone."""
    names = SPECIAL + WHOLE_WORDS
    tokenizer = Tokenizer(WordLevel({name: i for i, name in enumerate(names)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, names.index(name)) for name in ("[CLS]", "[SEP]")],
    )
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]")
    wrapped.save_pretrained(folder)
    return len(names)


def _byte_level(folder: Path) -> int:
    """RoBERTa's kind of tokenizer, learnt from a few lines."""
    lines = ["the film was good, the lead was bad", "tim cook is visiting beijing now", "Straße und 北京"] * 3
    learnt = ByteLevelBPETokenizer()
    learnt.train_from_iterator(
        lines, vocab_size=320, show_progress=False, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    )
    learnt.save_model(str(folder))
    merges = [line for line in (folder / "merges.txt").read_text(encoding="utf-8").split("\n")[1:] if line]
    tokenizer = RobertaTokenizer(vocab=learnt.get_vocab(), merges=[tuple(line.split()) for line in merges])
    tokenizer.save_pretrained(folder)
    return len(tokenizer)


def _config(kind: str, size: int) -> PreTrainedConfig:
    shape = SHAPE | {"vocab_size": size, "max_position_embeddings": POSITIONS}
    configs: dict[str, Callable[[], PreTrainedConfig]] = {
        "bert": lambda: BertConfig(**shape),
        "whole-words": lambda: BertConfig(**shape),
        "roberta": lambda: RobertaConfig(**shape | {"max_position_embeddings": POSITIONS + 2}, type_vocab_size=1),
        "distilbert": lambda: DistilBertConfig(
            vocab_size=size, dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=POSITIONS
        ),
        "modernbert": lambda: ModernBertConfig(
            **shape, local_attention=16, pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3
        ),
        "roformer": lambda: RoFormerConfig(**shape, embedding_size=32),
        "convbert": lambda: ConvBertConfig(**shape, embedding_size=32),
        "deberta-v2": lambda: DebertaV2Config(**shape, relative_attention=True, pos_att_type=["c2p", "p2c"]),
    }
    return configs[kind]()


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The folder of a tiny encoder of a kind."""
    made: dict[str, str] = {}
    tokenizers = {"roberta": _byte_level, "whole-words": _whole_words}

    def folder(kind: str) -> str:
        if kind not in made:
            path = tmp_path_factory.mktemp(kind)
            size = tokenizers.get(kind, _wordpiece)(path)
            torch.manual_seed(0)
            AutoModel.from_config(_config(kind, size)).save_pretrained(path)
            made[kind] = str(path)
        return made[kind]

    return folder


@pytest.fixture(scope="session")
def load(encoder: Callable[[str], str]) -> Callable[[str], Backbone]:
    """A tiny encoder of a kind, loaded anew and not learning (no dropout)."""
    return lambda kind: backbone.load(encoder(kind)).eval()


Span = tuple[int, int, str | None]
"""First and last token of a mention (counted through all texts), and its entity."""


@pytest.fixture(scope="session")
def graph_of() -> Callable[..., TextGraph]:
    """A text graph of words: one string a text, cut at spaces (or at every character, with ``join=""``)."""

    def make(
        *texts: str,
        mentions: Sequence[Span] = (),
        facts: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        id: str = "1",
        join: str = " ",
        **target: object,
    ) -> TextGraph:
        tokens, joined = [], []
        for number, text in enumerate(texts):
            words, start = text.split() if join else list(text), 0
            for word in words:
                tokens.append(Token(number, start, start + len(word)))
                start += len(word) + len(join)
            joined.append(join.join(words))
        names = list(dict.fromkeys(entity for _, _, entity in mentions if entity is not None))
        return TextGraph(
            id=id,
            texts=tuple(joined),
            tokens=tuple(tokens),
            mentions=tuple(
                Mention(tokens[first].text, tokens[first].start, tokens[last].end, entity)
                for first, last, entity in mentions
            ),
            entities=tuple(Entity(name, name) for name in names),
            facts=tuple(
                Fact(i, relation, relation, tail, tail)
                for i, name in enumerate(names)
                for relation, tail in (facts or {}).get(name, ())
            ),
            target=Target(**target),  # type: ignore[arg-type]
        )

    return make


@pytest.fixture(scope="session")
def text_model(encoder: Callable[[str], str], vectors_of: Callable[..., Path]) -> Callable[..., TextModel]:
    """A tiny encoder under a head; the same seed gives the same weights. ERNIE's side of it is not 0."""
    vectors = str(vectors_of("Film", "Paris"))

    def make(
        *, model: str = "kbert", task: str = "classify", labels: Sequence[str] = (), kind: str = "bert", **options: Any
    ) -> TextModel:
        known = {"tag": ["B-PLACE", "I-PLACE", "O"]}
        folder = encoder(kind)  # made first: that draws numbers, too
        if model == "ernie":
            options["model_options"] = {"vectors": vectors, **options.get("model_options", {})}
        torch.manual_seed(0)
        made = TextModel(
            model=model,
            task=task,
            labels=list(labels) or known.get(task, ["bad", "good"]),
            backbone=backbone.load(folder),
            **options,
        )
        for name, parameter in made.model.named_parameters():
            if name.startswith("entities."):
                torch.nn.init.normal_(parameter, std=0.3)
        return made

    return make


@pytest.fixture(scope="session")
def reviews(graph_of: Callable[..., TextGraph]) -> Callable[..., list[TextGraph]]:
    """Texts that can be learnt: good or bad, with places tagged, facts of the film, and film and place marked."""

    def make(count: int, *, seed: int = 0) -> list[TextGraph]:
        random = Random(seed)
        graphs = []
        for i in range(count):
            label, place = random.choice(["good", "bad"]), random.choice(["paris", "lyon", "beijing"])
            words = ["the", "film", "is", *["now"] * random.randrange(4), label, place, "city"]
            tags = ["B-PLACE" if w == place else "I-PLACE" if w == "city" else "O" for w in words]
            graphs.append(
                graph_of(
                    " ".join(words),
                    id=f"{seed}-{i}",
                    mentions=[(1, 1, "Film")],
                    facts={"Film": [("is", "a lead")] * random.randrange(3)},
                    label=label,
                    labels=(label,),
                    tags=tuple(tags),
                )
            )
            film, town = graphs[-1].tokens[1], graphs[-1].tokens[-2]
            spans = [Role(role, 0, *span[1:3]) for role, span in (("mention", town), ("tail", town), ("head", film))]
            graphs[-1] = dataclasses.replace(graphs[-1], spans=tuple(spans))
        return graphs

    return make


SETTINGS = Settings(epochs=2, batch_size=4, learning_rate=1e-3, precision="fp32")
FACTS = "tim cook\tis\tbad\nbeijing\tis\tgood\nparis\tcity\tlyon\n"
TEXTS = {
    "train": ["good\ttim cook is visiting", "bad\tbeijing is visiting now", "good\tparis was bad", "bad\tthe film"] * 3,
    "dev": ["good\tthe lead was tim cook", "bad\tbeijing film", "good\tparis"],
    "test": ["good\ttim cook now", "bad\tthe beijing film", "worse\tlyon"],
    "blank": [],
}


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge graph and text graphs with its facts: ``train``, ``dev``, ``test``, ``blank`` (no texts)."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "facts.tsv").write_text(FACTS, encoding="utf-8")
    import_graph(folder / "kg", [folder / "facts.tsv"])
    for name, rows in TEXTS.items():
        path = folder / f"{name}.tsv"
        path.write_text("label\ttext\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        _build(path, folder / "kg", folder / name)
    new = folder / "new.txt"
    new.write_text("beijing now\nnobody\n", encoding="utf-8")
    _build(new, folder / "kg", folder / "new")
    _build(folder / "test.tsv", folder / "kg", folder / "shuffled", facts="shuffled")
    return folder


@pytest.fixture(scope="session")
def build() -> Callable[..., None]:
    """Build text graphs of a file with the facts of a knowledge graph."""
    return _build


def _build(path: Path, kg: Path, out: Path, **facts: Any) -> None:
    recipe = Recipe.of(Part("words"), (Part("dictionary"),), str(kg), **facts)
    build_corpus(Texts((str(path),)), recipe, out)


@pytest.fixture(scope="session")
def plan(data: Path, encoder: Callable[[str], str]) -> Plan:
    """What the finished run was made by."""
    return Plan("kbert", "classify", encoder("bert"), str(data / "train"), str(data / "dev"), settings=SETTINGS)


@pytest.fixture(scope="session")
def finished(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, as it was left by its training."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    train_run(plan, folder)
    return folder


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Run:
    """A run of one's own to play with."""
    shutil.copytree(finished, tmp_path / "run")
    return Run(tmp_path / "run")


@pytest.fixture(scope="session")
def vectors_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A folder with a vector for each of some entities, drawn from a normal distribution."""

    def make(*names: str, width: int = 8, seed: int = 0) -> Path:
        folder = tmp_path_factory.mktemp("vectors")
        drawn = torch.randn(len(names), width, generator=torch.Generator().manual_seed(seed))
        write_tensors(folder / "model.safetensors", {"entities": drawn})
        name_anew(folder, pa.array([name.encode() for name in names], pa.large_binary()), drawn.numpy())
        return folder

    return make


LABELS = ["a", "b", "c"]
"""What runs of a :class:`Lab` say of texts."""


class Lab:
    """Writes run folders as trainings leave them, with the predictions one wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gold = [LABELS[i % 3] for i in range(60)]

    def run(
        self,
        name: str,
        right: int,
        *,
        seed: int = 0,
        model: str = "kbert",
        facts: str = "own",
        share: float = 1.0,
        measured: float | None = None,
        seen: str = "dev",
        same_recipe: bool = True,
        **other: Any,
    ) -> Run:
        """A run that is right on the first ``right`` texts."""
        folder = self.folder / name
        (folder / "predictions").mkdir(parents=True)
        texts = {"files": [{"name": "x.tsv", "sha256": "12"}], "apart_from": [], "format": None, "columns": {}}
        data = {"texts": texts, "parts": [], "counts": {"graphs": 60}}
        plan = {
            "model": model,
            "task": "classify",
            "encoder": "e",
            "train": f"{name}/train",
            "dev": None,
            "model_options": {"max_facts": 2} if model == "kbert" else {},
            "task_options": {},
            "settings": dataclasses.asdict(Settings(seed=seed)),
        }
        described = {
            "format": "kbert run",
            "version": 1,
            "plan": plan,
            "recipe": {"parser": {}, "linkers": [], "facts": facts, "kg": name, "seed": 0, "facts_per_entity": 16},
            "train": data,
            "dev": None,
        }
        for path, value in other.items():
            *way, last = path.split("__")
            target = described
            for step in way:
                target = target[step]
            target[last] = value
        measured = share if measured is None else measured
        trained, measured = (None, None) if model == "bert" else (share, measured)
        self.write(folder / "run.json", described)
        self.write(folder / "result.json", {"linked_share": trained, "cut": {"train": {}}})
        self.write(folder / "labels.json", LABELS)
        rows = [
            {"id": f"x:{i}", "gold": gold, "label": gold if i < right else LABELS[(LABELS.index(gold) + 1) % 3]}
            for i, gold in enumerate(self.gold)
        ]
        about = {"protocol": "as it was", "seen": seen, "same_recipe": same_recipe, "linked_share": measured, "cut": {}}
        kept = {"texts": texts, **about, "predictions": rows}
        self.write(folder / "predictions" / "dev.json", kept)
        return Run(folder)

    @staticmethod
    def write(path: Path, value: Any) -> None:
        path.write_text(json.dumps(value), encoding="utf-8")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A place for runs that nobody trained."""
    return Lab(tmp_path)


class BehaviourLab:
    """Writes folders of runs on behaviour as trainings and evaluations leave them, with the ranks one wants."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.popular = folder, [float(1 + i % 30) for i in range(60)]

    def run(
        self,
        name: str,
        ranks: Sequence[float],
        *,
        seed: int = 0,
        kept: str = "test",
        sampling: dict[str, Any] | None = None,
        **other: Any,
    ) -> RecommenderRun:
        """A run whose ranks of answers are these, and half of them without items seen."""
        rows = [
            dict(zip(RANKS, (f"u{i}", rank, rank / 2 + 0.5, popular, popular / 2 + 0.5), strict=True))
            for i, (rank, popular) in enumerate(zip(ranks, self.popular, strict=True))
        ]
        return self._run(name, seed, kept, {"sampling": sampling, "ranks": rows}, **other)

    def profile_run(
        self, name: str, profiles: Sequence[dict[str, Any]], *, seed: int = 0, **other: Any
    ) -> RecommenderRun:
        """A run that tells profiles, and what it said of u0 and others: rows with ``gold``, ``said``, ``simplest``."""
        rows = [{"user": f"u{i}", **row} for i, row in enumerate(profiles)]
        return self._run(name, seed, "test", {"profiles": rows}, plan__task="profile", **other)

    def _run(self, name: str, seed: int, kept: str, predictions: dict[str, Any], **other: Any) -> RecommenderRun:
        plan = {
            "recommender": "uprec",
            "behaviour": f"{name}/behaviour",
            "task": "recommend",
            "learning": {"mip": 1.0, "uap": 0.0, "srd": 0.0, "mask_rate": 0.2, "sampled": 0},
            "attributes": [],
            "begin": None,
            "recommender_options": {"objective": "masked", "width": 64},
            "settings": {**dataclasses.asdict(Settings(seed=seed))},
        }
        behaviour = {"folder": f"{name}/behaviour", "digest": "12-34"}
        about = {"format": "kbert behaviour run", "version": 2, "kind": "recommender", "versions": {"torch": name}}
        described: dict[str, Any] = {**about, "knows_profiles": False, "plan": plan, "behaviour": behaviour}
        for path, value in other.items():
            *way, last = path.split("__")
            target = described
            for step in way:
                target = target[step]
            target[last] = value
        folder = self.folder / name
        (folder / "predictions").mkdir(parents=True)
        Lab.write(folder / "run.json", described)
        Lab.write(folder / "predictions" / f"{kept}.json", {"protocol": "as it was", **predictions})
        return RecommenderRun(folder)


@pytest.fixture
def behaviour_lab(tmp_path: Path) -> BehaviourLab:
    """A place for runs on behaviour that nobody trained."""
    return BehaviourLab(tmp_path)


@pytest.fixture(scope="session")
def embedded() -> Callable[..., Embedding]:
    """An embedding with vectors drawn from normal distributions."""

    def make(
        method: str, *, width: int = 8, entities: int = 7, relations: int = 3, spread: float = 1.0, **options: Any
    ) -> Embedding:
        generator = torch.Generator().manual_seed(1)
        sizes = (entities, width), (relations, width // 2 if method == "rotate" else width)
        vectors = [torch.randn(size, generator=generator) * spread for size in sizes]
        names = [f"r{i}" for i in range(relations)]
        return Embedding(method, vectors[0], vectors[1], names=names, digest="made up", method_options=options)

    return make


@pytest.fixture(scope="session")
def train_both(encoder: Callable[[str], str]) -> Callable[[KnowledgeGraph, Path], Path]:
    """Train runs ``triple`` and ``relation`` on a graph for an epoch, in a folder."""

    def train(kg: KnowledgeGraph, folder: Path) -> Path:
        for task in ("triple", "relation"):
            settings = Settings(epochs=1, precision="fp32")
            train_triples(TriplePlan("kgbert", task, encoder("bert"), str(kg.folder), settings=settings), folder / task)
        return folder

    return train


@pytest.fixture(scope="module")
def untrained(encoder: Callable[[str], str]) -> TripleModel:
    """A scorer of triples with random weights, that knows the relations *is* and *city*."""
    torch.manual_seed(0)
    loaded = backbone.load(encoder("bert"))
    return TripleModel(scorer="kgbert", task="triple", relations=["is", "city"], backbone=loaded).eval()


@pytest.fixture
def behaviour(tmp_path: Path) -> Callable[..., BehaviourGraph]:
    """Users who read items in a circle: after item i comes item i + 1; u0 to u5, whose friends are told by pairs."""

    def make(
        *,
        users: int = 6,
        items: int = 7,
        length: int = 8,
        friends: Sequence[tuple[int, int]] = (),
        attributes: bool = True,
    ) -> BehaviourGraph:
        folder = tmp_path / f"behaviour-{users}-{items}-{length}-{len(friends)}-{attributes}"
        folder.mkdir(exist_ok=True)
        rows = [f"u{u}\ti{(u + step) % items}\t{step}" for u in range(users) for step in range(length)]
        tables = {"events": ["user\titem\ttime", *rows]}
        if friends:
            tables["friends"] = ["user\tfriend", *(f"u{a}\tu{b}" for a, b in friends)]
        if attributes:
            told = [f"u{u}\t{20 + u if u != 1 else ''}\t{'north' if u % 2 else 'south'}" for u in range(users)]
            tables["users"] = ["user\tage\tside", *told]
        sources = []
        for name, lines in tables.items():
            (folder / f"{name}.tsv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            sources.append((str(folder / f"{name}.tsv"), Part("tsv")))
        return build_behaviour(folder / "graph", sources, BehaviourRecipe(), overwrite=True)

    return make
