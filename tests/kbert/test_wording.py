"""Words that sentences beside figures have in common."""

from kbert.wording import drawn_of


def test_a_draw_names_its_seed() -> None:
    assert drawn_of(1_000, 2_500, 3) == "1,000 (drawn with seed 3) of the 2,500"
    assert drawn_of(2_500, 2_500, 3) == "2,500"
