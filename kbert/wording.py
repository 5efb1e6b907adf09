"""Words that sentences beside figures have in common."""

CHOSEN = "dev: the epoch was chosen on them"


def drawn_of(some: int, total: int, seed: int) -> str:
    """How many of how many, and by which seed they were drawn."""
    return f"{some:,}" if some == total else f"{some:,} (drawn with seed {seed}) of the {total:,}"
