"""False triples drawn at random, as KG-BERT learns from them (Yao et al. 2019, section 3.2).

Head or tail of a true triple is replaced by an entity drawn evenly; what is true in the *training*
triples is drawn again. Triples of dev and test are not looked at: to reject them would tell the
model which they are.
"""

from typing import Literal, NamedTuple, Protocol, get_args, runtime_checkable

import numpy as np
import numpy.typing as npt

from graphs.errors import DataError, OptionsError
from graphs.options import check_choice, check_range
from graphs.tables import Ids
from kbert.triples.ids import TripleIds

Sides = Literal["both", "balanced", "even", "head", "tail"]
"""Where false triples are false: half of them at each side; at the side with fewer right answers the more often
(:func:`_fewer_answers`); as many for each question (:func:`_evenly`); at one side."""

ROUNDS = 100
"""Draws of one negative at most at one side. Where nearly every entity makes a true triple, chance finds no other."""


MARKS, MOST_BITS = 32, 28
"""Marks for each triple that is there, and how many there are at most, in bits of their number (256 MB)."""

FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""2⁶⁴ over the golden ratio: its products are spread evenly (Knuth, The Art of Computer Programming 3, 6.4)."""


class TripleSet:
    """Which triples are there, for millions of questions a second.

    Pairs of head and relation are numbered first, so that a triple is one 64-bit number however
    large the graph. A table of marks answers for most that are not there: none stands where a triple
    that is not there would have it (Bloom 1970, https://doi.org/10.1145/362686.362692, with one hash).
    """

    def __init__(self, triples: TripleIds, entities: int, relations: int) -> None:
        self._entities, self._relations = entities, relations
        pairs = self._pair(triples)
        distinct = np.unique(pairs)
        keys = np.unique(np.searchsorted(distinct, pairs) * entities + triples.tail)
        # Behind the last stands what nobody asks for: what is not found is compared with that.
        self._pairs, self._keys = np.append(distinct, -1), np.append(keys, -1)
        bits = min(max((len(keys) * MARKS).bit_length(), 10), MOST_BITS)
        self._shift = np.uint64(64 - bits)
        self._marks = np.zeros(2**bits, dtype=bool)
        self._marks[self._mark(triples)] = True

    def _pair(self, triples: TripleIds) -> Ids:
        return np.asarray(triples.head, np.int64) * self._relations + triples.relation

    def _mark(self, triples: TripleIds) -> npt.NDArray[np.uint64]:
        """Where the mark of each triple is: the first bits of a product that mixes all of them."""
        number = (self._pair(triples) * self._entities + triples.tail).view(np.uint64)  # may wrap: it is a hash
        return np.asarray(number * FACTOR >> self._shift)

    def holds(self, triples: TripleIds) -> npt.NDArray[np.bool_]:
        """Which of some triples are there."""
        found = self._marks[self._mark(triples)]
        perhaps = np.flatnonzero(found)
        found[perhaps] = self._surely(triples.where(perhaps))
        return found

    def _surely(self, triples: TripleIds) -> npt.NDArray[np.bool_]:
        pairs = self._pair(triples)
        place = np.searchsorted(self._pairs[:-1], pairs)
        known = self._pairs[place] == pairs
        key = place * self._entities + triples.tail
        return np.asarray(known & (self._keys[np.searchsorted(self._keys[:-1], key)] == key))


@runtime_checkable
class Proposer(Protocol):
    """What proposes wrong answers that are hard to tell from right ones."""

    def __call__(self, which: Ids, asks_tail: npt.NDArray[np.bool_], generator: np.random.Generator) -> Ids:
        """An entity for the tail or the head of true triples, told by their places; −1 where it has none."""


def draw(
    positives: TripleIds,
    true: TripleSet,
    entities: int,
    *,
    count: int,
    sides: Sides = "both",
    generator: np.random.Generator,
    proposer: Proposer | None = None,
    where: str = "the training triples",
) -> TripleIds:
    """``count`` false triples for each of some true ones: the first's, then the second's, and so on.

    With the sides ``even`` there are ``count`` for each on average alone, and the order tells nothing.
    Where no false one is found at one side, the other side is tried (a relation may hold between
    one tail and every head). With a ``proposer`` the entity of every other one is what that
    proposes. Raises :class:`DataError` if none is found for a triple after many draws; ``where`` is
    what that calls the triples; and :class:`OptionsError` for other ``sides``, a ``count`` below 1, and
    a ``proposer`` beside ``even``, where nothing is drawn for one triple.
    """
    check_choice("sides", sides, get_args(Sides))
    check_range("count", count, 1)
    if sides == "even":
        if proposer is not None:
            raise OptionsError("sides even draws for questions, and nothing proposes entities for these")
        place, replaces_tail = _evenly(positives, count, generator)
        repeated = positives.where(place)
    else:
        repeated, replaces_tail = positives.repeat(count), _sides(positives, count, sides, generator)
    size = len(repeated)
    head, tail = repeated.head.copy(), repeated.tail.copy()
    wanted = np.arange(size)
    if proposer is not None:
        wanted = _propose(repeated, replaces_tail, head, tail, count, proposer, generator)
    other_side = ROUNDS if sides not in ("head", "tail") else 0
    for replaced in [replaces_tail] * ROUNDS + [~replaces_tail] * other_side:
        drawn = generator.integers(entities, size=len(wanted))
        head[wanted] = np.where(replaced[wanted], repeated.head[wanted], drawn)
        tail[wanted] = np.where(replaced[wanted], drawn, repeated.tail[wanted])
        wanted = wanted[true.holds(TripleIds(head[wanted], repeated.relation[wanted], tail[wanted]))]
        if not len(wanted):
            return TripleIds(head, repeated.relation, tail)
    raise DataError(
        where,
        None,
        f"a false triple for each true one within {ROUNDS} draws",
        f"none for {len(wanted):,} of {size:,}: nearly every entity makes a true one",
    )


def _propose(
    repeated: TripleIds,
    replaces_tail: npt.NDArray[np.bool_],
    head: Ids,
    tail: Ids,
    count: int,
    proposer: Proposer,
    generator: np.random.Generator,
) -> Ids:
    """Put proposed entities into half of the triples, two of four at each side; give the places that still want one."""
    # Sides alternate, so that pairs are taken: two that are proposed, two that are not.
    turn = np.arange(len(repeated)) % count // 2 + np.repeat(generator.integers(2, size=len(repeated) // count), count)
    places = np.flatnonzero(turn % 2 == 0)
    proposed = proposer(places // count, replaces_tail[places], generator)
    places, proposed = places[proposed >= 0], proposed[proposed >= 0]
    at_tail = replaces_tail[places]
    tail[places[at_tail]], head[places[~at_tail]] = proposed[at_tail], proposed[~at_tail]
    return np.setdiff1d(np.arange(len(repeated)), places)


def _sides(positives: TripleIds, count: int, sides: Sides, generator: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Whether each negative replaces the tail.

    Of the ``count`` of a triple half, and an odd one by chance; or as often as :func:`_fewer_answers` says.
    """
    size = len(positives) * count
    if sides in ("head", "tail"):
        return np.full(size, sides == "tail")
    turn = np.arange(size) % count + np.repeat(generator.integers(2, size=len(positives)), count)
    if sides == "balanced":
        return np.asarray(generator.random(size) < np.repeat(_fewer_answers(positives), count))
    return np.asarray(turn % 2 == 0)


def _evenly(positives: TripleIds, count: int, generator: np.random.Generator) -> tuple[Ids, npt.NDArray[np.bool_]]:
    """Which triple each negative is made of, and whether its tail is replaced: as many for each distinct question.

    What balancing the two sides of a triple leaves (:func:`_fewer_answers`) is that a question of many answers
    is met in many triples. Here each of ``n`` questions has ``count * len(positives) / n`` false answers (or
    the whole number next to that), of which its triples have equal shares. Where a question has no wrong answer, or
    hardly one, :func:`draw` goes to the other side, so that another question gets what it cannot have.
    """
    size = len(positives)
    heads, tails = _questions(positives)
    order = np.argsort(np.concatenate((heads.which, tails.which + len(heads.times))), kind="stable")
    share = 1 / np.concatenate((heads.of_each, tails.of_each))[order]
    # One random start for all places in a row (systematic sampling): no sum is further from what it should be than 1.
    summed = np.cumsum(share)
    bounds = np.floor(summed / summed[-1:] * size * count + generator.random()).astype(np.int64)
    bounds = np.minimum(bounds, size * count)
    bounds[-1:] = size * count  # whatever rounding made of it
    asked = np.repeat(order, np.diff(bounds, prepend=0))
    return np.asarray(asked % max(size, 1)), np.asarray(asked >= size)


def _fewer_answers(positives: TripleIds) -> npt.NDArray[np.float64]:
    """For each triple how often to replace the tail: heads that are right beside its tail, over both kinds of answers.

    A question with many right answers is met once for each of them, and where many are known some are not:
    drawn as often as it is met, they would be learnt to be false. So as many false triples are drawn for
    one of many answers as for one of few. Wang et al. 2014, *Knowledge Graph Embedding by Translating on Hyperplanes*
    (https://doi.org/10.1609/aaai.v28i1.8870), do so for each relation; here it is for each question.
    """
    heads, tails = (some.of_each for some in _questions(positives))
    return np.asarray(heads / (heads + tails))


class _Asked(NamedTuple):
    """The question of each triple for one of its sides: its number, and how often each question is asked."""

    which: npt.NDArray[np.int64]
    times: npt.NDArray[np.int64]

    @property
    def of_each(self) -> npt.NDArray[np.int64]:
        """How often the question of each triple is asked."""
        return np.asarray(self.times[self.which])


def _questions(positives: TripleIds) -> tuple[_Asked, _Asked]:
    """The questions for the heads of triples, and those for their tails."""
    relation = np.asarray(positives.relation, np.int64)

    def asked(given: Ids) -> _Asked:
        number = relation * (int(given.max(initial=0)) + 1) + given
        return _Asked(*np.unique(number, return_inverse=True, return_counts=True)[1:])

    return asked(positives.tail), asked(positives.head)
