"""What a behaviour graph holds, counted by hand."""

from random import Random

import pytest

from graphs.behaviour_summary import QUANTILES, summarise

USERS = ["user\tage\ttown", "u0\t30\tGhent", "u1\t\tBruges", "u2\t41\t", "u3\t\tGhent"]


def test_density_quantiles_and_attributes(build_behaviour_of):
    random = Random(1)
    events = [(f"u{u}", f"i{random.randrange(6)}") for u in range(40) for _ in range(random.randint(1, 9))]
    found = summarise(build_behaviour_of(["user\titem", *map("\t".join, events)], USERS))
    items = {item for _, item in events}
    assert found["density"] == pytest.approx(len({*events}) / (40 * len(items)))
    lengths = sorted(sum(user == f"u{u}" for user, _ in events) for u in range(40))
    for share in QUANTILES:
        least = next(n for n in lengths if sum(length <= n for length in lengths) >= share / 100 * 40)
        assert found["events_per_user"][f"{share} %"] == least
    assert found["counts"]["events"] == len(events)
    assert found["attributes"] == [
        {"name": "age", "kind": "number", "known": 2 / 40, "categories": 0},
        {"name": "town", "kind": "category", "known": pytest.approx(3 / 40), "categories": 2},
    ]
