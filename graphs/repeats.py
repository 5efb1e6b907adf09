"""Which triples in question were asked before."""

from collections.abc import Sequence

from graphs.questions import Question
from graphs.seen import Seen


class Repeats:
    """Counts the rows that ask what an earlier row asks: the same names with the same texts."""

    def __init__(self) -> None:
        self._seen = Seen()
        self.count = 0
        self.first: Question | None = None

    def add(self, questions: Sequence[Question]) -> None:
        """Count those of some more rows, and keep the first of all."""
        repeated = self._seen.add(["\0".join(question[2:8]) for question in questions])
        if self.first is None and repeated.any():
            self.first = questions[int(repeated.argmax())]
        self.count += int(repeated.sum())
