"""The parts there are."""

import pytest

from graphs import rooms


@pytest.mark.parametrize("room", ["graphs.linkers", "graphs.parsers", "graphs.formats", "kbert.models", "kbert.tasks"])
def test_every_part_is_listed_with_its_options(kbert, room):
    name = room.partition(".")[2]
    (found,) = kbert("list", name, "--json").json.values()
    assert sorted(found) == rooms.names(room)
    assert all(part["what"] for part in found.values())
    shown = kbert("list", name).stdout
    flags = [f"--{option.replace('_', '-')}" for part in found.values() for option in part["options"]]
    assert all(flag in shown for flag in flags)


def test_all_rooms(kbert):
    found = kbert("list", "--json").json
    assert found["models"]["kbert"]["options"]["max_facts"] == 2
    assert found["linkers"]["dictionary"]["options"]["fold_case"] is False
