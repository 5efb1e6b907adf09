"""What several commands say of models that read texts: what was cut, and whether facts went in at all."""

from collections.abc import Mapping

from cli import console

_WENT_IN = {
    "grown": "branches grown",
    "aligned": "entities aligned",
    "without_vector": "mentions of entities without a vector",
    "unsure": "mentions below the least score",
    "arcs": "arcs",
    "unknown_labels": "arcs with labels that training did not have",
    "few_aligned": "texts with too few entities to learn from",
}
_CUT = {
    "branches": "branches without room",
    "cut_mentions": "mentions cut off",
    "cut_arcs": "arcs of words cut off",
    "texts": "texts cut",
    "spans": "marked spans cut",
    "triples": "triples cut",
    "questions": "questions cut",
    "entities": "entities cut",
    "pieces": "pieces cut off",
}


def mean_cell(mean: float, deviation: float | None) -> str:
    """A mean over seeds, and how much they differ, where there are several."""
    return f"{mean:.4f}" + ("" if deviation is None else f" ± {deviation:.4f}")


def difference_cell(difference: float | None) -> str:
    """A difference; nothing where there is none."""
    return "" if difference is None else f"{difference:+.4f}"


def interval_cell(low: float | None, high: float | None, sign: str = "+") -> str:
    """An interval; nothing where there is none."""
    return "" if low is None or high is None else f"[{low:{sign}.4f}, {high:{sign}.4f}]"


def cut_rows(cut: Mapping[str, int], where: str = "") -> list[tuple[str, str]]:
    """Rows of a table: what went in, and what had to go for want of room."""
    return [(name + where, f"{cut[key]:,}") for key, name in (_WENT_IN | _CUT).items() if key in cut]


def cut_something_rows(cut: Mapping[str, int], where: str = "") -> list[tuple[str, str]]:
    """The same, of what had to go; none where nothing had to."""
    return cut_rows({key: count for key, count in cut.items() if count}, where)


def undescribed_rows(undescribed: Mapping[str, int]) -> list[tuple[str, str]]:
    """Rows of a table: what is read by a label for want of a description, where anything is."""
    return [(f"{kind} with a label for a description", f"{count:,}") for kind, count in undescribed.items() if count]


def illegible_rows(illegible: Mapping[str, int]) -> list[tuple[str, str]]:
    """Rows of a table: what is to the encoder as any other text that it does not know, where anything is."""
    return [(f"{kind} with a text of unknown pieces alone", f"{count:,}") for kind, count in illegible.items() if count]


def reading_rows(read: Mapping[str, Mapping[str, int]]) -> list[tuple[str, str]]:
    """All that is to be known of how triples were read: what was cut, read by a label, or illegible."""
    rows = cut_something_rows(read["cut"])
    return [*rows, *undescribed_rows(read["undescribed"]), *illegible_rows(read.get("illegible", {}))]


def linked_rows(share: float | None, where: str = "") -> list[tuple[str, str]]:
    """A row of a table: the share of texts that took knowledge in; none for a model that reads the text alone."""
    return [] if share is None else [(f"linked share{where}", f"{share:.1%}")]


def say_no_knowledge(share: float | None) -> None:
    """Print that no knowledge was injected, where that is so."""
    from kbert.claims import no_knowledge

    sentence = no_knowledge(share)
    if sentence is not None:
        console.line(sentence[:1].upper() + sentence[1:])


def say_cut(cut: Mapping[str, int]) -> None:
    """Say on standard error what had to go for want of room, if anything had to."""
    lost = [f"{cut[key]:,} {name}" for key, name in _CUT.items() if cut.get(key)]
    if lost:
        console.say(f"for want of room: {', '.join(lost)}")
