"""Blocks of triples and texts in, the files of a knowledge graph out."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphs.knowledge import KnowledgeGraph
from graphs.store_files import Manifest
from graphs.store_names import write_names
from graphs.store_relations import read_relations, write_relations
from graphs.store_texts import NONE, Texts, read_texts, write_texts
from graphs.store_triples import ROWS, Array, Spool, repeated, write_triples
from graphs.triples import SPLITS, Block, LeftOut, Triples
from graphs.types import EntityText, RelationText


def numbered(known: Sequence[bytes] = ()) -> defaultdict[bytes, int]:
    """Numbers of names; one that is looked up for the first time gets the next number."""
    numbers: defaultdict[bytes, int] = defaultdict(None, zip(known, range(len(known)), strict=True))
    numbers.default_factory = numbers.__len__
    return numbers


class StoreWriter:
    """Gathers blocks and writes them as a store; ids go by first appearance, after those of an ``old`` graph.

    Names are held in memory, triples on disk. A triple's head, relation and tail become entities
    and a relation, as does the name of an :class:`EntityText` that says nothing else; other texts
    are kept only for names that are in the graph in the end.
    """

    def __init__(self, folder: Path, old: KnowledgeGraph | None = None) -> None:
        self._folder = folder
        self._spool = Spool(folder / "spool")
        self._said = Texts()
        self._old_texts, self._relation_texts = NONE, dict[str, str]()
        self._entities, self._relations = numbered(), numbered()
        self.read = self.texts = self.unknown_texts = self.duplicates = 0
        self.left_out: Counter[str] = Counter()
        if old:
            self._take_graph(old)

    def _take_graph(self, old: KnowledgeGraph) -> None:
        self._old_texts = read_texts(old.folder)
        relations, self._relation_texts = read_relations(old.folder)
        self._relations = numbered([name.encode() for name in relations])
        self._entities = numbered(self._old_texts["name"].cast(pa.large_binary()).to_pylist())
        by_file = np.empty(old.triples, np.int64)
        by_file[old.order] = np.arange(old.triples)
        for start in range(0, old.triples, ROWS):
            rows = by_file[start : start + ROWS]
            head = np.searchsorted(old.by_head.offsets, rows, "right") - 1
            relation, tail = old.by_head.relations[rows], old.by_head.others[rows]
            beside = {"split": old.split[rows], "label": old.label[rows], "weight": old.weight[rows]}
            self._spool.append(len(rows), head=head, relation=relation, tail=tail, **beside)

    def take(self, block: Block) -> None:
        """Add a block."""
        if isinstance(block, Triples):
            self._take_triples(block)
        elif isinstance(block, LeftOut):
            self.left_out[block.kind] += block.statements
        elif isinstance(block, RelationText):
            self.read, self.texts = self.read + 1, self.texts + 1
            self._relation_texts[block.name] = block.text
        else:
            self._take_text(block)

    def _take_triples(self, block: Triples) -> None:
        ends = [b""] * (2 * len(block))
        ends[0::2], ends[1::2] = block.head, block.tail
        entities = np.fromiter(map(self._entities.__getitem__, ends), np.int32, len(ends))
        relation = np.fromiter(map(self._relations.__getitem__, block.relation), np.int32, len(block))
        beside = {"split": block.split, "label": block.label, "weight": block.weight}
        self._spool.append(len(block), head=entities[0::2], relation=relation, tail=entities[1::2], **beside)
        self.read += len(block)

    def _take_text(self, text: EntityText) -> None:
        self.read += 1
        if text == EntityText(text.name):
            self._entities[text.name.encode()]
        else:
            self.texts += 1
            self._said.add(text)

    def write(self) -> Manifest:
        """Write all files but the manifest; gives what belongs into that."""
        names = list(self._entities)
        again = repeated(self._spool.columns(), len(names))
        self.duplicates = int(again.sum())
        columns = self._spool.without(again)
        write_triples(self._folder, columns, len(names))
        counts = {"entities": len(names), "relations": len(self._relations), **_triple_counts(columns)}
        del columns
        rmtree(self._folder / "spool")
        shards = write_names(self._folder, names)
        self._write_texts(names)
        counts |= _text_counts(read_texts(self._folder))
        return {"counts": counts, "digest": _digest(names), "shards": shards}

    def _write_texts(self, names: Sequence[bytes]) -> None:
        said = self._said.taken()
        about = said["name"].cast(pa.large_binary()).to_pylist()
        ids = np.fromiter((self._entities.get(name, -1) for name in about), np.int64, len(about))
        write_texts(self._folder, names, self._old_texts, said, ids)
        relations = [name.decode() for name in self._relations]
        # RDF labels properties as it labels anything else.
        stray = said.filter(pa.array(ids < 0))
        labelled = stray.filter(pc.is_in(stray["name"], pa.array(relations, pa.large_string())))
        texts = dict(zip(labelled["name"].to_pylist(), labelled["label"].to_pylist(), strict=True))
        texts = {name: text for name, text in texts.items() if text} | self._relation_texts
        unknown = texts.keys() - set(relations)
        self.unknown_texts = len(stray) - len(labelled) + len(unknown)
        write_relations(self._folder, relations, texts)


def _triple_counts(columns: dict[str, Array]) -> dict[str, int]:
    split, label = columns["split"], columns["label"]
    return {
        "triples": len(split),
        **{name: int((split == i).sum()) for i, name in enumerate(SPLITS) if name},
        "negatives": int((label == -1).sum()),
    }


def _text_counts(texts: pa.RecordBatch) -> dict[str, int]:
    columns = {"labels": "label", "descriptions": "description", "priors": "prior"}
    counts = {name: len(texts) - texts[column].null_count for name, column in columns.items()}
    return {**counts, "aliases": len(pc.list_flatten(texts["aliases"]))}


def _digest(names: Sequence[bytes]) -> str:
    """The SHA-256 of the names in the order of their ids, a NUL after each."""
    digest = sha256()
    for start in range(0, len(names), ROWS):
        digest.update(b"".join(name + b"\0" for name in names[start : start + ROWS]))
    return digest.hexdigest()
