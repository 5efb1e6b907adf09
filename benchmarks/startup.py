"""Seconds until the help of every command is there (the least of five starts)."""

import subprocess
import sys
import time

import click

from cli.main import group


def commands(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command by its words."""
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    below = [
        words
        for name in command.list_commands(context)
        if (found := command.get_command(context, name)) is not None
        for words in commands(found, (*path, name))
    ]
    return [path, *below]


def main() -> None:
    """Measure and print."""
    for words in commands(group):
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-m", "cli", *words, "--help"], check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - start)
        print(f"{min(seconds):6.3f} s  kbert {' '.join((*words, '--help'))}")


if __name__ == "__main__":
    main()
