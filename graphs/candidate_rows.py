"""The candidate triples of a whole corpus, as rows of a table: read graph by graph, so that memory stays small."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import pyarrow.compute as pc

from graphs.corpus import Corpus
from graphs.errors import DataError, StoreError, shown
from graphs.extract import Candidate, candidates
from graphs.seen import Seen

COLUMNS = ("head", "phrase", "tail", "evidence", "text")
LEMMAS = ("lemmas",)
TEXTS = ("head_text", "tail_text")


@dataclass
class ExtractCounts:
    """What was read, and what was found in it."""

    texts: int = 0
    without_arcs: int = 0
    candidates: int = 0
    pairs: int = 0


def columns_of(*, lemmas: bool = False, texts: bool = False) -> tuple[str, ...]:
    """The columns of a table of candidates: with the lemmas of phrases, and with what the graphs call the entities."""
    return (*COLUMNS, *(LEMMAS if lemmas else ()), *(TEXTS if texts else ()))


def candidate_rows(
    corpus: Corpus,
    columns: Sequence[str],
    counts: ExtractCounts,
    *,
    limit: int | None = None,
    on_text: Callable[[], None] = lambda: None,
) -> Iterator[dict[str, str]]:
    """A row for each candidate, text by text in corpus order; ``counts`` are filled meanwhile.

    Args:
        columns: those of :func:`columns_of`
        limit: read so many texts only

    Raises :class:`StoreError`, before anything is read, where no text of the corpus has arcs.
    """
    if len(corpus) and not _has_arcs(corpus):
        expected = "text graphs with dependency arcs (kbert graph build --parser spacy, or conllu)"
        raise StoreError(corpus.folder, None, expected, "none in any text")
    return _rows(corpus, columns, counts, limit, on_text)


def _rows(
    corpus: Corpus, columns: Sequence[str], counts: ExtractCounts, limit: int | None, on_text: Callable[[], None]
) -> Iterator[dict[str, str]]:
    pairs = Seen()
    for graph in islice(corpus, limit):
        counts.texts += 1
        counts.without_arcs += not graph.arcs
        labels = {entity.name: entity.label for entity in graph.entities}
        rows = list(candidates(graph))
        counts.candidates += len(rows)
        pairs.add([f"{found.head}\0{found.tail}" for found in rows])
        for found in rows:
            row = _row(found, labels)
            yield {column: row[column] for column in columns}
        on_text()
    counts.pairs = len(pairs)


def _has_arcs(corpus: Corpus) -> bool:
    lists = (rows.column("arcs").field("head") for rows in corpus.batches(["arcs"]))
    return any(pc.sum(pc.list_value_length(heads)).as_py() for heads in lists)


def _row(found: Candidate, labels: dict[str, str]) -> dict[str, str]:
    texts = {f"{end}_text": labels.get(name, name) for end, name in (("head", found.head), ("tail", found.tail))}
    return {**found._asdict(), **texts}


def tsv_lines(rows: Iterable[dict[str, str]], columns: Sequence[str]) -> Iterator[str]:
    """A header and a line for each row; white space within a field becomes single spaces, in all but names.

    Raises :class:`DataError` for an entity whose name has a tab or a line end: no table could name it.
    """
    yield "\t".join(columns)
    for row in rows:
        for name in (row["head"], row["tail"]):
            if "\t" in name or "\n" in name:
                raise DataError(f"text {row['text']}", None, "entities without tab and line end", shown(name))
        yield "\t".join(row[name] if name in ("head", "tail") else " ".join(row[name].split()) for name in columns)
