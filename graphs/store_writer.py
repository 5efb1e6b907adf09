"""Blocks of triples and texts in, the files of a knowledge graph out."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graphs.knowledge import KnowledgeGraph
from graphs.manifests import Manifest
from graphs.store_names import NameSpool, digest, write_names
from graphs.store_relations import read_relations, write_relations
from graphs.store_texts import NONE, EntityTexts, read_texts, write_texts
from graphs.store_triples import ROWS, Array, Spool, contradicted, in_another_split, known, write_triples
from graphs.triples import SPLITS, Block, LeftOut, NewTexts, Triples
from graphs.types import EntityText, RelationText


class StoreWriter:
    """Gathers blocks and writes them as a store; ids go by first appearance, after those of an ``old`` graph.

    Names and triples are gathered on disk. A triple's head, relation and tail become entities and
    a relation, as does the name of an :class:`EntityText` that says nothing else; other texts are
    kept only for names that are in the graph in the end, and :class:`NewTexts` for those that the
    ``old`` graph does not have.
    """

    def __init__(self, folder: Path, old: KnowledgeGraph | None = None) -> None:
        self._folder, self._spooled = folder, folder / "spool"
        self._spooled.mkdir()
        self._triples, self._names = Spool(self._spooled), NameSpool(self._spooled / "names")
        self._of_triples: list[bool] = []
        self._declared: list[bytes] = []
        self._relations: dict[bytes, int] = {}
        self._relation_texts: dict[str, str] = {}
        self._old_relations = 0
        self._new_entities: dict[bytes, bytes] = {}
        self._new_relations: dict[bytes, bytes] = {}
        self._said, self._old_texts = EntityTexts(), NONE
        self.read = self.texts = self.unknown_texts = self.duplicates = 0
        self.left_out: Counter[str] = Counter()
        self.leaks: dict[str, Any] = {}
        self.contradictions: dict[str, Any] = {}
        if old:
            self._take_graph(old)

    def close(self) -> None:
        """Close the files that gather; what is closed cannot be written any more."""
        self._triples.close()
        self._names.close()

    def _take_graph(self, old: KnowledgeGraph) -> None:
        self._old_texts = read_texts(old.folder)
        relations, self._relation_texts = read_relations(old.folder)
        self._relations = {name.encode(): number for number, name in enumerate(relations)}
        self._old_relations = len(relations)
        if len(old):
            self._add_names(self._old_texts["name"].cast(pa.large_binary()), of_triples=False)
        by_file = np.empty(old.triples, np.int64)
        by_file[old.order] = np.arange(old.triples)
        for start in range(0, old.triples, ROWS):
            rows = by_file[start : start + ROWS]
            head = np.searchsorted(old.by_head.offsets, rows, "right") - 1
            relation, tail = old.by_head.relations[rows], old.by_head.others[rows]
            beside = {"split": old.split[rows], "label": old.label[rows], "weight": old.weight[rows]}
            self._triples.append(len(rows), head=head, relation=relation, tail=tail, **beside)

    def take(self, block: Block) -> None:
        """Add a block."""
        if isinstance(block, Triples):
            if len(block):
                self._take_triples(block)
        elif isinstance(block, LeftOut):
            self.left_out[block.kind] += block.statements
        elif isinstance(block, NewTexts):
            for known, said in ((self._new_entities, block.entities), (self._new_relations, block.relations)):
                for name, text in said.items():
                    known.setdefault(name, text)
        elif isinstance(block, RelationText):
            self.read, self.texts = self.read + 1, self.texts + 1
            self._relation_texts[block.name] = block.text
        else:
            self._take_text(block)

    def _take_triples(self, block: Triples) -> None:
        self._flush_declared()
        ends = [b""] * (2 * len(block))
        ends[0::2], ends[1::2] = block.head, block.tail
        self._add_names(pa.array(ends, pa.large_binary()), of_triples=True)
        relations = pa.array(block.relation, pa.large_binary()).dictionary_encode()
        numbers = [self._relations.setdefault(name, len(self._relations)) for name in relations.dictionary.to_pylist()]
        relation = np.asarray(numbers, np.int32)[np.asarray(relations.indices)]
        beside = {"split": block.split, "label": block.label, "weight": block.weight}
        self._triples.append(len(block), relation=relation, **beside)
        self.read += len(block)

    def _take_text(self, text: EntityText) -> None:
        self.read += 1
        if text != EntityText(text.name):
            self.texts += 1
            self._said.add(text)
            return
        self._declared.append(text.name.encode())
        if len(self._declared) == ROWS:
            self._flush_declared()

    def _flush_declared(self) -> None:
        if self._declared:
            self._add_names(pa.array(self._declared, pa.large_binary()), of_triples=False)
            self._declared = []

    def _add_names(self, names: pa.Array, *, of_triples: bool) -> None:
        self._names.add(names)
        self._of_triples.append(of_triples)

    def write(self) -> Manifest:
        """Write all files but the manifest; gives what belongs into that."""
        self._flush_declared()
        names, parts = self._names.numbered()
        for numbers, of_triples in zip(parts, self._of_triples, strict=True):
            if of_triples:
                self._triples.append(len(numbers) // 2, head=numbers[0::2], tail=numbers[1::2])
        counts = {"entities": len(names), "relations": len(self._relations), **self._write_triples(names)}
        rmtree(self._spooled)
        shards = write_names(self._folder, names)
        self._write_texts(names)
        counts |= _text_counts(read_texts(self._folder))
        return {"counts": counts, "digest": digest(names), "shards": shards}

    def _write_triples(self, names: pa.LargeBinaryArray) -> dict[str, int]:
        again = known(self._triples.columns(), len(names))
        self.duplicates = int(again.sum())
        columns = self._triples.without(again)
        self.leaks = self._some(in_another_split(columns, len(names)), columns, names)
        self.contradictions = self._some(contradicted(columns, len(names)), columns, names)
        write_triples(self._folder, columns, len(names))
        split = {name: int((columns["split"] == number).sum()) for number, name in enumerate(SPLITS) if name}
        return {"triples": len(again) - self.duplicates, **split, "negatives": int((columns["label"] == -1).sum())}

    def _some(
        self, which: npt.NDArray[np.bool_], columns: dict[str, Array], names: pa.LargeBinaryArray
    ) -> dict[str, Any]:
        """How many triples some rows are, and the first by name."""
        rows = np.flatnonzero(which)
        if not len(rows):
            return {"triples": 0, "first": None}
        head, relation, tail = (int(columns[part][rows[0]]) for part in ("head", "relation", "tail"))
        parts = (names[head].as_py(), list(self._relations)[relation], names[tail].as_py())
        return {"triples": len(rows), "first": [part.decode() for part in parts]}

    def _write_texts(self, names: pa.LargeBinaryArray) -> None:
        self._label_new(names)
        said = self._said.taken()
        ids = pc.fill_null(pc.index_in(said["name"].cast(pa.large_binary()), value_set=names), -1)
        write_texts(self._folder, names, self._old_texts, said, np.asarray(ids, np.int64))
        relations = [name.decode() for name in self._relations]
        # RDF labels properties as it labels anything else.
        stray = said.filter(pc.less(ids, 0))
        labelled = stray.filter(pc.is_in(stray["name"], pa.array(relations, pa.large_string())))
        texts = dict(zip(labelled["name"].to_pylist(), labelled["label"].to_pylist(), strict=True))
        texts = {name: text for name, text in texts.items() if text} | self._relation_texts
        texts |= self._texts_of_new_relations(texts)
        unknown = texts.keys() - set(relations)
        self.unknown_texts = len(stray) - len(labelled) + len(unknown)
        write_relations(self._folder, relations, texts)

    def _label_new(self, names: pa.LargeBinaryArray) -> None:
        """Call entities that the old graph does not have, and of which no label is said, what rows call them."""
        if not self._new_entities:
            return
        said = self._said.taken()
        labelled = set(said["name"].filter(pc.is_valid(said["label"])).cast(pa.large_binary()).to_pylist())
        called = pa.array(list(self._new_entities), pa.large_binary())
        ids = np.asarray(pc.fill_null(pc.index_in(called, value_set=names), -1))
        for (name, text), is_new in zip(self._new_entities.items(), ids >= len(self._old_texts), strict=True):
            if is_new and name not in labelled:
                self._said.add(EntityText(name.decode(), text.decode()))
                self.texts += 1

    def _texts_of_new_relations(self, known: Mapping[str, str]) -> dict[str, str]:
        """What rows call relations that the old graph does not have, and of which no text is known."""
        new = [name for name in list(self._relations)[self._old_relations :] if name in self._new_relations]
        texts = {name.decode(): self._new_relations[name].decode() for name in new if name.decode() not in known}
        self.texts += len(texts)
        return texts


def _text_counts(texts: pa.RecordBatch) -> dict[str, int]:
    columns = {"labels": "label", "descriptions": "description", "priors": "prior"}
    counts = {name: len(texts) - texts[column].null_count for name, column in columns.items()}
    return {**counts, "aliases": len(pc.list_flatten(texts["aliases"]))}
