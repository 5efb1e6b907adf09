"""The group of conversions."""


def test_what_there_is_to_convert(kbert):
    shown = kbert("convert", "--help").stdout
    assert "  vectors   Vectors of entities out of a text file" in shown
    assert "  word2vec  Vectors of entities into a text file" in shown
