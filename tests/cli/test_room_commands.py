"""Commands that are files of a folder."""

import click
import pytest

from cli.main import group
from graphs import rooms


@pytest.mark.parametrize("words", [(), ("convert",)])
def test_every_file_is_a_command(words):
    found, context = group, click.Context(group, info_name="kbert")
    for word in words:
        found = found.get_command(context, word)
    assert found.list_commands(context) == rooms.names(found.room)
    for name in rooms.names(found.room):
        assert found.get_command(context, name) is rooms.find(found.room, name).command


def test_another_command(kbert):
    message = kbert("convert", "vektors", code=2).stderr
    assert "no 'vektors' in cli.conversions (did you mean 'vectors'?)" in message
