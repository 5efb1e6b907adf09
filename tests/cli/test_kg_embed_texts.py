"""Vectors from texts, from the command line."""

import pytest


@pytest.fixture
def words(split_kg, encoder):
    return ("kg", "embed", split_kg, "--method", "text", "--encoder", encoder)


def test_vectors_are_read_and_written_as_text(kbert, words, tmp_path):
    told = kbert(*words, "-o", tmp_path / "run").stdout
    assert "entities with a label for a description" in told
    count, width = kbert("convert", "word2vec", tmp_path / "run").stdout.split("\n")[0].split()
    assert (int(count) > 10, width) == (True, "32")
    found = kbert(*words, "--width", "7", "--seed", "3", "-o", tmp_path / "seven", "--json", "-q").json
    assert (found["width"], found["entities"]) == (7, int(count))
    assert "variance kept" in kbert(*words, "--width", "7", "-o", tmp_path / "other").stdout
    again = kbert(*words, "--width", "7", "--seed", "3", "-o", tmp_path / "seven", "--resume", "--json", "-q")
    assert again.json == found


@pytest.mark.parametrize(
    "command",
    [("rank",), ("rank", "--query", "a, b, ?"), ("score", "t.tsv"), ("evaluate", "t.tsv"), ("predict", "t.txt")],
)
def test_there_is_nothing_to_rank(kbert, words, tmp_path, command):
    kbert(*words, "-o", tmp_path / "run", "-q")
    name, *others = command
    message = kbert(name, tmp_path / "run", *others, code=2).stderr
    assert "is a run on texts of entities, without relations (see kbert convert word2vec), not on t" in message


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--loss", "1vsall"), "--loss does not go with --method text, which reads texts and learns nothing"),
        (("--epochs", "3"), "--epochs does not go with --method text"),
        (("--seed", "3"), "--seed goes with --width"),
        (("--distance", "l1"), "No such option '--distance'"),
        (("--max-pieces", "2"), "max_pieces: expected at least 3"),
        (("--width", "64"), "width: expected at least 1 and at most 32, found 64"),
    ],
)
def test_what_does_not_fit(kbert, words, tmp_path, more, message):
    assert message in kbert(*words, *more, "-o", tmp_path / "run", code=2).stderr
    assert not (tmp_path / "run").exists()


def test_options_of_reading_are_for_text_alone(kbert, split_kg, tmp_path):
    words = ("kg", "embed", split_kg, "-o", tmp_path / "run", "--method")
    for more in (("--pooling", "cls"), ("--no-normalise",), ("--entity-text", "label"), ("--encoder", "x")):
        assert "goes with --method text" in kbert(*words, "transe", *more, code=2).stderr
    assert "needs an encoder to read with" in kbert(*words, "text", code=2).stderr


def test_from_a_file(kbert, split_kg, encoder, tmp_path):
    (tmp_path / "x.toml").write_text(f'method = "text"\nencoder = "{encoder}"\nnormalise = false\n')
    found = kbert("kg", "embed", split_kg, "--config", tmp_path / "x.toml", "-o", tmp_path / "run", "--json", "-q")
    assert found.json["width"] == 32
