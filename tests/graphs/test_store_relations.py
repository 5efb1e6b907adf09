import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.store_relations import read_relations, write_relations

NAMES = st.text(st.one_of(st.sampled_from("\\\t\n\rnt"), st.characters(exclude_categories=["Cs"])), max_size=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all examples of a property: thousands of new files would take longer than the tests."""
    return tmp_path_factory.mktemp("kg")


@given(st.lists(NAMES, unique=True, max_size=5), st.data())
def test_what_was_written_is_read(folder, names, data):
    texts = data.draw(st.dictionaries(st.sampled_from(names), NAMES)) if names else {}
    write_relations(folder, names, texts)
    assert read_relations(folder) == (names, texts)


def test_the_file_can_be_read_by_eye(tmp_path):
    write_relations(tmp_path, ["part_of", "is\ta"], {"part_of": "part of"})
    assert (tmp_path / "relations.txt").read_text() == "part_of\tpart of\nis\\ta\n"
