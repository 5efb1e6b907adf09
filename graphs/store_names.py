"""Names of entities to ids: tries on disk, sharded by a hash that is the same on every machine."""

from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import marisa_trie
import numpy as np

SHARD = 2**20
"""Names in one trie, about; building one takes memory for so many."""

IDS = "trie_to_id.npy"


def _file(shard: int) -> str:
    return f"names-{shard:05d}.marisa"


def write_names(folder: Path, names: Sequence[bytes]) -> int:
    """Write the names of entities 0, 1, … as tries; gives the number of shards.

    A trie numbers its keys in an order of its own, so ``trie_to_id.npy`` holds the entity's id for
    each number of the first trie, then of the second, and so on.
    """
    shards = max(1, -(-len(names) // SHARD))
    shard_of = np.fromiter(map(crc32, names), np.uint32, len(names)) % shards
    ids = []
    for shard in range(shards):
        members = np.flatnonzero(shard_of == shard)
        keys = [names[i] for i in members.tolist()]
        trie = marisa_trie.BinaryTrie(keys)
        trie.save(str(folder / _file(shard)))
        of_trie = np.empty(len(keys), np.int32)
        of_trie[np.fromiter(map(trie.__getitem__, keys), np.int64, len(keys))] = members
        ids.append(of_trie)
    np.save(folder / IDS, np.concatenate(ids))
    return shards


class Names:
    """Look names up in the tries of a folder, memory-mapped."""

    def __init__(self, folder: Path, shards: int) -> None:
        self._tries = [marisa_trie.BinaryTrie() for _ in range(shards)]
        for shard, trie in enumerate(self._tries):
            trie.mmap(str(folder / _file(shard)))
        ids = np.load(folder / IDS, mmap_mode="r")
        ends = np.cumsum([len(trie) for trie in self._tries])[:-1]
        self._ids = [np.asarray(part) for part in np.split(ids, ends)]

    def get(self, name: str) -> int:
        """The id of a name, −1 if no entity has it."""
        key = name.encode("utf-8", "surrogatepass")
        shard = crc32(key) % len(self._tries)
        place = self._tries[shard].get(key, -1)
        return int(self._ids[shard][place]) if place >= 0 else -1
