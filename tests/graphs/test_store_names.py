from hashlib import sha256

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs import store_names
from graphs.store_names import Names, NameSpool, digest, name_files, write_names

NAME = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=4)


def large(names):
    return pa.array([name.encode() for name in names], pa.large_binary())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all examples of a property: thousands of new files would take longer than the tests."""
    return tmp_path_factory.mktemp("kg")


@given(names=st.lists(NAME, unique=True, max_size=40), other=NAME, shard=st.integers(1, 50))
def test_every_name_is_found_in_any_number_of_shards(folder, names, other, shard):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_names, "SHARD", shard)
        shards = write_names(folder, large(names))
        assert shards == max(1, -(-len(names) // shard))
        found = Names(folder, shards)
        assert [found.get(name) for name in names] == list(range(len(names)))
        assert (len(found), list(found)) == (len(names), names)
        assert found.ids([other, *names]).tolist() == [found.get(other), *range(len(names))]
        assert all((folder / name).is_file() for name in name_files(shards))
        assert found.get(other) == (names.index(other) if other in names else -1)
        assert digest(large(names)) == sha256("".join(name + "\0" for name in names).encode()).hexdigest()
    assert found.get("\ud800") == found.get("") == found.get("a\0") == -1


@given(st.lists(st.lists(NAME, min_size=1, max_size=6), max_size=6))
def test_numbers_go_by_first_appearance(folder, parts):
    spool = NameSpool(folder / "names")
    for part in parts:
        spool.add(large(part))
    names, numbers = spool.numbered()
    wanted = list(dict.fromkeys(name.encode() for part in parts for name in part))
    assert names.to_pylist() == wanted
    assert [part.tolist() for part in numbers] == [[wanted.index(name.encode()) for name in part] for part in parts]
