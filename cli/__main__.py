"""``python -m cli`` is ``kbert``."""

from cli.main import main

main()
