"""Names of entities to ids: tries on disk, sharded by a hash that is the same on every machine."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import marisa_trie
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.tables import Ids

SHARD = 2**20
"""Names in one trie, about; building one takes memory for so many."""

IDS = "trie_to_id.npy"


def _file(shard: int) -> str:
    return f"names-{shard:05d}.marisa"


def name_files(shards: int) -> list[str]:
    """The files that :func:`write_names` writes for so many shards."""
    return [*map(_file, range(shards)), IDS]


class NameSpool:
    """Names in the order they are met, each as often as it is met, in a file that grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_stream(self._file, _SPOOLED)

    def add(self, names: pa.Array) -> None:
        """Add some names, at least one; what is added at once is numbered at once."""
        self._writer.write_batch(pa.record_batch([names], schema=_SPOOLED))

    def close(self) -> None:
        """Close the file; nothing more can be added."""
        if not self._file.closed:
            self._writer.close()
            self._file.close()

    def numbered(self) -> tuple[pa.LargeBinaryArray, Iterator[npt.NDArray[np.int32]]]:
        """The different names by first appearance, and what was added, part by part, as numbers of these."""
        self.close()
        spooled = pa.ipc.open_stream(pa.memory_map(str(self._path))).read_all()
        parts = spooled["name"].dictionary_encode().chunks
        names = parts[0].dictionary if parts else pa.array([], pa.large_binary())
        return names, (np.asarray(part.indices) for part in parts)


_SPOOLED = pa.schema([("name", pa.large_binary())])


def digest(names: pa.LargeBinaryArray) -> str:
    """The SHA-256 of names in their order, a NUL after each."""
    hashed = sha256()
    for start in range(0, len(names), SHARD):
        hashed.update(b"\0".join([*names[start : start + SHARD].to_pylist(), b""]))
    return hashed.hexdigest()


def write_names(folder: Path, names: pa.LargeBinaryArray) -> int:
    """Write the names of entities 0, 1, … as tries; gives the number of shards.

    A trie numbers its keys in an order of its own, so ``trie_to_id.npy`` holds the entity's id for
    each number of the first trie, then of the second, and so on.
    """
    shards = max(1, -(-len(names) // SHARD))
    shard_of = np.empty(len(names), np.uint32)
    for start in range(0, len(names), SHARD):
        some = names[start : start + SHARD].to_pylist()
        shard_of[start : start + SHARD] = np.fromiter(map(crc32, some), np.uint32, len(some)) % shards
    ids = []
    for shard in range(shards):
        members = np.flatnonzero(shard_of == shard)
        keys = names.take(pa.array(members)).to_pylist()
        trie = marisa_trie.BinaryTrie(keys)
        trie.save(str(folder / _file(shard)))
        of_trie = np.empty(len(keys), np.int32)
        of_trie[np.fromiter(map(trie.__getitem__, keys), np.int64, len(keys))] = members
        ids.append(of_trie)
    np.save(folder / IDS, np.concatenate(ids), allow_pickle=False)
    return shards


class Names:
    """Look names up in the tries of a folder, memory-mapped."""

    def __init__(self, folder: Path, shards: int) -> None:
        self._tries = [marisa_trie.BinaryTrie() for _ in range(shards)]
        for shard, trie in enumerate(self._tries):
            trie.mmap(str(folder / _file(shard)))
        ids = np.load(folder / IDS, mmap_mode="r", allow_pickle=False)
        self._ends = np.cumsum([len(trie) for trie in self._tries])
        self._whole = np.asarray(ids)
        self._ids = np.split(self._whole, self._ends[:-1])

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._whole)

    def get(self, name: str) -> int:
        """The id of a name, −1 if no entity has it."""
        key = name.encode("utf-8", "surrogatepass")
        shard = crc32(key) % len(self._tries)
        place = self._tries[shard].get(key, -1)
        return int(self._ids[shard][place]) if place >= 0 else -1

    def ids(self, names: Sequence[str]) -> Ids:
        """The ids of many names, −1 where no entity has the name."""
        return np.fromiter(map(self.get, names), np.int64, len(names))

    def __iter__(self) -> Iterator[str]:
        """The names by id."""
        places = np.empty(len(self), np.int32)
        places[self._whole] = np.arange(len(self), dtype=np.int32)
        for start in range(0, len(places), SHARD):
            some = places[start : start + SHARD]
            shards = np.searchsorted(self._ends, some, "right")
            begins = self._ends[shards] - np.fromiter(map(len, self._tries), np.int64)[shards]
            for shard, number in zip(shards.tolist(), (some - begins).tolist(), strict=True):
                yield self._tries[shard].restore_key(number).decode()
