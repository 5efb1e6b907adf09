"""Write the sample data: ``python sample_data/make.py [FOLDER]`` (by default, over the files beside this script).

The words and sentences in ``sources/*.toml`` were written by hand for this project; ``sources/world.py`` deals out
names and facts, ``sources/writer.py`` fills the sentences, both by seeded chance: the bytes are the same each time.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sources import spans
from sources.dealing import Dice
from sources.firms import Firms
from sources.library import Library
from sources.world import Entity, World
from sources.writer import Tagged, Writer

HERE = Path(__file__).parent

ENGLISH_WORDS = re.compile(r"\w+(?:'\w+)?|[^\w\s]")


def write_english(folder: Path) -> None:
    """Notes for the three desks of a newspaper; pairs of notes; names tagged with their desk."""
    world, writers, texts = begin("english", ("train", "dev", "test"))
    write_table(folder / "facts.tsv", facts(world))
    write_lines(folder / "labels.jsonl", (json.dumps(label(one), ensure_ascii=False) for one in world.entities))
    fresh = [one for desk in world.labels for one in world.of("fresh", desk)]
    notes = zip(texts["fresh"]["notes"], fresh, strict=True)
    write_lines(folder / "new.txt", (note.format(x=one.name) for note, one in notes))
    for writer, rows, pairs, tagged in zip(writers, (399, 99, 201), (400, 60, 60), (81, 30, 30), strict=True):
        write_table(folder / f"corpus/{writer.part}.tsv", [("label", "text"), *writer.notes(rows)])
        pair_rows = [("label", "text_a", "text_b"), *writer.pairs(pairs, "sport")]
        write_table(folder / f"pairs/{writer.part}.tsv", pair_rows)
        write_lines(folder / f"tagging/{writer.part}.conll", conll(writer.tagged(tagged, ENGLISH_WORDS.findall)))


def write_chinese(folder: Path) -> None:
    """Notes about mountain plants that one may eat or may not, and the plants tagged so; files as K-BERT has them."""
    world, writers, _ = begin("chinese", ("train", "dev", "test"))
    write_table(folder / "facts.spo", facts(world))
    for writer, rows, tagged in zip(writers, (120, 40, 40), (80, 30, 30), strict=True):
        write_table(folder / f"corpus/{writer.part}.tsv", [("label", "text_a"), *writer.notes(rows)])
        columns = (zip(*sentence, strict=True) for sentence in writer.tagged(tagged, list))
        tagged_rows = ([" ".join(column) for column in pair] for pair in columns)
        write_table(folder / f"tagging/{writer.part}.tsv", [("text_a", "label"), *tagged_rows])


def write_firms(folder: Path) -> None:
    """Firms and their people in parts, as KG-BERT has them; a parsed newspaper; sentences with marked names."""
    firms = Firms(load("english_firms.toml"), Dice("english firms"))
    write_table(folder / "train.tsv", firms.of("train"))
    for part in ("dev", "test"):
        write_table(folder / f"{part}.tsv", firms.labelled(part))
    write_lines(folder / "news.conllu", firms.news())
    write_table(folder / "phrases.tsv", firms.phrases())
    marked = load("english_spans.toml")
    write_lines(folder / "relations.json", [json.dumps(spans.relations(marked, firms), ensure_ascii=False)])
    for part, each, frames in (("train", 12, slice(3)), ("dev", 6, slice(3, None))):
        rows = spans.types(marked, firms, Dice(f"english types {part}"), each, frames)
        write_lines(folder / f"types/{part}.jsonl", (json.dumps(row, ensure_ascii=False) for row in rows))


def write_library(folder: Path) -> None:
    """Who borrowed which book when; the readers, whom they know, and the titles of the books."""
    library = Library(load("library.toml"), Dice("library"))
    tables = (("loans", library.loans()), ("readers", library.described()), ("friends", library.friends()))
    for name, rows in (*tables, ("books", library.books())):
        write_table(folder / f"{name}.tsv", rows)


def begin(language: str, parts: Sequence[str]) -> tuple[World, list[Writer], dict[str, Any]]:
    """The world of a language, a writer for each part, and the hand-written texts."""
    words, texts = (load(f"{language}_{what}.toml") for what in ("world", "text"))
    world = World(words, Dice(f"{language} world"))
    return world, [Writer(part, world, texts, Dice(f"{language} {part}")) for part in parts], texts


def load(name: str) -> dict[str, Any]:
    """A hand-written file of words or sentences."""
    return tomllib.loads((HERE / "sources" / name).read_text("utf-8"))


def facts(world: World) -> Iterator[Sequence[str]]:
    """Head, relation and tail of every fact, entity by entity, each entity's in their order."""
    return ((one.name, *fact) for one in world.entities for fact in one.facts)


def label(one: Entity) -> dict[str, Any]:
    """What the labels file says of an entity."""
    return {
        "name": one.name,
        "label": one.name,
        "description": one.description,
        "aliases": list(one.aliases),
        "prior": one.prior,
    }


def conll(sentences: Iterable[Tagged]) -> Iterator[str]:
    """Lines of word and tag; an empty line ends a sentence."""
    for sentence in sentences:
        yield from ("\t".join(row) for row in sentence)
        yield ""


def write_table(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write tab-separated rows."""
    write_lines(path, ("\t".join(row) for row in rows))


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines of UTF-8, each ended by a line feed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")


def main(folder: Path) -> None:
    """Write all generated files into ``folder``."""
    write_english(folder / "english")
    write_firms(folder / "english" / "firms")
    write_chinese(folder / "chinese")
    write_library(folder / "behaviour")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
