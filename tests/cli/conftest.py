"""A small world for the command line: a tiny encoder of the sample data's words, graphs, and finished runs."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from click.testing import CliRunner
from transformers import BertConfig, BertModel, BertTokenizer

from cli.main import group
from kbert.backbone import quiet

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data" / "english"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TRAINING = ("--epochs", "2", "--batch-size", "16", "--learning-rate", "1e-3", "--precision", "fp32", "-q")
OF_BEHAVIOUR = (
    "--epochs",
    "2",
    "--batch-size",
    "8",
    "--width",
    "8",
    "--length",
    "6",
    "--precision",
    "fp32",
    "-q",
)

torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _no_width():
    """Output is as wide as it wants to be, whatever runs the tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("COLUMNS", raising=False)
        yield


@pytest.fixture(scope="session")
def kbert():
    """Call a command in this process; give its exit code, standard output and error, and the JSON it printed."""

    def call(*words, code=0, input=None, json_lines=False):
        result = CliRunner().invoke(group, [str(word) for word in words], input=input, prog_name="kbert")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.stderr or result.stdout
        result.json = json.loads(result.stdout) if "--json" in words and code == 0 and not json_lines else None
        return result

    return call


@pytest.fixture(scope="session")
def encoder(tmp_path_factory):
    """The folder of an untrained encoder that knows the words of the sample data."""
    folder = tmp_path_factory.mktemp("encoder")
    files = [SAMPLE / "facts.tsv", SAMPLE / "new.txt", *sorted((SAMPLE / "corpus").glob("*.tsv"))]
    text = " ".join(file.read_text(encoding="utf-8") for file in files).lower()
    names = [*SPECIAL, *dict.fromkeys(re.findall(r"\w+|[^\w\s]", text))]
    BertTokenizer(vocab={name: i for i, name in enumerate(names)}).save_pretrained(folder)
    torch.manual_seed(0)
    quiet()
    config = BertConfig(
        vocab_size=len(names),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def kg(kbert, tmp_path_factory):
    """The folder of the sample data's knowledge graph."""
    out = tmp_path_factory.mktemp("kg") / "kg"
    kbert("kg", "import", SAMPLE / "facts.tsv", "--labels", SAMPLE / "labels.jsonl", "-o", out, "-q")
    return out


@pytest.fixture(scope="session")
def graphs(kbert, kg, tmp_path_factory):
    """Folders of text graphs: ``own/train``, ``shuffled/dev`` and so on."""
    out = tmp_path_factory.mktemp("graphs")
    for facts in ("own", "shuffled"):
        for split, most in (("train", 64), ("dev", 20), ("test", 40)):
            texts, where = SAMPLE / "corpus" / f"{split}.tsv", out / facts / split
            words = ("--kg", kg, "--linker", "dictionary", "--facts", facts, "--limit", most, "-q", "-o", where)
            kbert("graph", "build", texts, *words)
    return out


@pytest.fixture(scope="session")
def runs(kbert, encoder, graphs, tmp_path_factory):
    """Folders of runs that were trained and measured on ``test``: ``bert``, ``kbert`` and ``shuffled``."""
    out = tmp_path_factory.mktemp("runs")
    for name, model, facts in (("bert", "bert", "own"), ("kbert", "kbert", "own"), ("shuffled", "kbert", "shuffled")):
        words = ("--train", graphs / facts / "train", "--dev", graphs / facts / "dev", "--encoder", encoder)
        kbert("train", model, "--task", "classify", *words, *TRAINING, "-o", out / name)
        kbert("evaluate", out / name, graphs / facts / "test", "-q")
    return SimpleNamespace(folder=out, bert=out / "bert", kbert=out / "kbert", shuffled=out / "shuffled")


@pytest.fixture(scope="session")
def split_kg(kbert, tmp_path_factory):
    """The folder of the sample data's knowledge graph, of which every tenth fact is in dev."""
    folder = tmp_path_factory.mktemp("split")
    facts = (SAMPLE / "facts.tsv").read_text(encoding="utf-8").splitlines(keepends=True)
    for split, some in (("train", [fact for i, fact in enumerate(facts) if i % 10]), ("dev", facts[::10])):
        (folder / f"{split}.tsv").write_text("".join(some), encoding="utf-8")
    labels = ("--labels", SAMPLE / "labels.jsonl")
    kbert("kg", "import", folder / "train.tsv", *labels, "--split", "train", "-o", folder / "kg", "-q")
    kbert("kg", "import", folder / "dev.tsv", *labels, "--split", "dev", "--add", "-o", folder / "kg", "-q")
    return folder / "kg"


@pytest.fixture(scope="session")
def triple_run(kbert, encoder, split_kg, tmp_path_factory):
    """The folder of a run on the triples of that graph."""
    out = tmp_path_factory.mktemp("triple") / "run"
    kbert("train", "kgbert", "--kg", split_kg, "--encoder", encoder, "--negatives", "2", *TRAINING, "-o", out)
    return out


@pytest.fixture(scope="session")
def behaviour(kbert, tmp_path_factory):
    """The folder of a behaviour graph: readers who borrow books in a circle."""
    folder = tmp_path_factory.mktemp("behaviour")
    loans = [f"u{u}\tb{(u + step) % 12}\t{step}\n" for u in range(10) for step in range(7)]
    (folder / "loans.tsv").write_text("user\titem\ttime\n" + "".join(loans), encoding="utf-8")
    (folder / "users.tsv").write_text(
        "user\tage\ttown\n" + "".join(f"u{u}\t{u}\t{'east' if u % 2 else 'west'}\n" for u in range(10)),
        encoding="utf-8",
    )
    (folder / "friends.tsv").write_text("user\tfriend\nu0\tu1\nu4\tu5\n", encoding="utf-8")
    (folder / "books.tsv").write_text("item\tlabel\nb3\tThe third\n", encoding="utf-8")
    files = (folder / f"{name}.tsv" for name in ("loans", "users", "friends", "books"))
    kbert("graph", "behaviour", *files, "-o", folder / "graph", "-q")
    return folder / "graph"


@pytest.fixture(scope="session")
def behaviour_runs(kbert, behaviour, tmp_path_factory):
    """Folders of runs on it: ``first`` is pre-trained, ``second`` goes on from there, ``causal`` begins by itself."""
    folder = tmp_path_factory.mktemp("runs")
    words = ("--uap", "0.1", "--srd", "0.1", "--attribute", "town", *OF_BEHAVIOUR, "-o", folder / "first")
    shown = kbert("pretrain", "uprec", "--behaviour", behaviour, *words).stdout
    assert "dev ndcg@10" in shown
    assert "among all 12 items" in shown
    words = ("--epochs", "1", "-q", "--precision", "fp32", "--begin", folder / "first", "-o", folder / "second")
    kbert("train", "uprec", "--behaviour", behaviour, *words)
    kbert(
        "train",
        "uprec",
        "--behaviour",
        behaviour,
        "--objective",
        "causal",
        *OF_BEHAVIOUR,
        "-o",
        folder / "causal",
    )
    return folder
