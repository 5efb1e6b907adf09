"""Reading data files to their end for what is wrong in them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from graphs import rooms
from graphs.errors import DataError
from graphs.reading import FORMATS
from graphs.rooms import Part
from graphs.texts import Texts
from graphs.types import EntityText, RelationText, Triple


@dataclass
class Checked:
    """What was read and what was wrong, in file order."""

    counts: dict[str, int] = field(default_factory=dict)
    errors: list[DataError] = field(default_factory=list)

    def count(self, what: str) -> None:
        """One more of a kind."""
        self.counts[what] = self.counts.get(what, 0) + 1


def check_texts(texts: Texts) -> Checked:
    """Read texts to the end, collecting every bad line."""
    checked = Checked()
    try:
        for document in texts.read(checked.errors.append):
            checked.count("texts")
            if document.target.label is not None:
                checked.count(f"label {document.target.label}")
            for label in document.target.labels or ():
                checked.count(f"label {label}")
            for role in dict.fromkeys(span.role for span in document.spans):
                checked.count(f"texts with the role {role}")
            if document.target.tags is not None:
                checked.count("texts with tags")
            if document.tokens is not None:
                checked.count("texts with tokens")
    except DataError as error:
        checked.errors.append(error)  # one that reading cannot go on after
    return checked


def check_facts(sources: Iterable[tuple[str | Path, Part]]) -> Checked:
    """Read files or folders of facts, each by its format, to the end, collecting every bad line."""
    checked = Checked()
    names = {Triple: "triples", EntityText: "texts of entities", RelationText: "texts of relations"}
    for path, part in sources:
        try:
            for record in rooms.find(FORMATS, part.name).read(path, bad=checked.errors.append, **part.options):
                if isinstance(record, tuple) and type(record) in names:
                    checked.count(names[type(record)])
        except DataError as error:
            checked.errors.append(error)  # the next source can be read all the same
    return checked
