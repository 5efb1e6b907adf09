import pytest

from graphs.errors import DataError, OptionsError
from graphs.link_gold import OUTSIDE, gold_of
from graphs.tables import NIL
from graphs.types import Document, Mention, Triple


@pytest.fixture(scope="module")
def kg(kg_of):
    return kg_of([Triple("Ada", "knows", "Bo")])


def test_entities_by_their_ids(kg):
    mentions = (Mention(0, 0, 3, "Bo"), Mention(1, 0, 1, None), Mention(1, 2, 3, "Cy"))
    documents = [Document("a", ("no one",)), Document("b", ("one", "two"), mentions=mentions)]
    gold = gold_of(iter(documents), kg)
    assert gold.documents == documents
    assert gold.entity == {(1, 0, 0, 3): kg.id("Bo"), (1, 1, 0, 1): NIL, (1, 1, 2, 3): OUTSIDE}


def test_gold_that_is_none(kg):
    with pytest.raises(OptionsError, match="none of 1 texts has a given mention: there is nothing to go by"):
        gold_of([Document("a", ("no one",))], kg)
    twice = (Mention(0, 0, 2, "Bo"), Mention(0, 0, 2, "Ada"))
    with pytest.raises(DataError, match=r"f:3: expected every span marked once, found 'no' at 0 twice"):
        gold_of([Document("a", ("no one",), mentions=twice, file="f", line=3)], kg)
