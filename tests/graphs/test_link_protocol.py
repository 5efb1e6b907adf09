import pytest

from graphs.errors import OptionsError
from graphs.link_protocol import Standing, standing, text_digests
from graphs.link_weights import Weights, digest_of, write_weights
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.types import Document, Mention

DOCUMENTS = [Document("a", ("one",)), Document("b", ("two", "three")), Document("c", ("four",))]


def recipe(path, version):
    linkers = (Part("given"), Part("context", {"fitted": str(path)}, version))
    return Recipe(Part("words"), linkers, "kg")


@pytest.fixture
def fitted(tmp_path):
    path = tmp_path / "linker.json"
    write_weights(path, Weights(), {}, text_digests(DOCUMENTS[:2]))
    return path, recipe(path, f"vectors 1, weights {digest_of(str(path))}")


def test_texts_are_known_again_by_what_they_say(fitted):
    path, made = fitted
    assert standing(made, DOCUMENTS) == Standing(str(path), 3, 2)
    assert standing(made, DOCUMENTS[2:]) == Standing(str(path), 1, 0)
    again = [Document("z", ("two ", " three"), mentions=(Mention(0, 0, 3, "Q1"),), file="other.jsonl", line=7)]
    assert standing(made, again) == Standing(str(path), 1, 1)
    assert standing(made, [Document("b", ("three", "two"))]) == Standing(str(path), 1, 0)


def test_without_weights_that_were_fitted(tmp_path):
    for options in ({}, {"fitted": ""}, {"nil": 1.0}):
        assert standing(Recipe(Part("words"), (Part("context", options, "vectors 1"),), "kg"), DOCUMENTS) is None
    assert standing(Recipe(Part("words"), (Part("mine.other", {"fitted": "x"}),), "kg"), DOCUMENTS) is None


def test_a_file_that_is_gone_or_changed_tells_nothing(fitted):
    path, made = fitted
    write_weights(path, Weights(prior=2), {}, text_digests(DOCUMENTS[:2]))
    assert standing(made, DOCUMENTS) == Standing(str(path), 3, None)
    path.unlink()
    assert standing(made, DOCUMENTS) == Standing(str(path), 3, None)


def test_a_sentence_stands_beside_figures():
    assert Standing("l", 3, 0).sentence == "held out: l was fitted to none of these texts"
    assert Standing("l", 3, 2).sentence == "l was fitted to 2 of these 3 texts"
    assert Standing("l", 3, 3).sentence == "l was fitted to all of these 3 texts"


def test_what_is_not_known_to_be_held_out_is_refused():
    Standing("l", 3, 0).check()
    with pytest.raises(
        OptionsError, match=r"^l was fitted to 2 of these 3 texts; measure on others, or pass --any-data$"
    ):
        Standing("l", 3, 2).check()
    with pytest.raises(OptionsError, match=r"whether l was fitted .* gone or changed; put it back, or pass --any-data"):
        Standing("l", 3, None).check()
