"""Behaviour that was made up to be learnt: items in order, what users are like, and who knows whom.

Nobody did any of it. Effects are planted, so that it can be said whether a model finds them, and nothing about people:

- items belong to hidden groups, and each is followed by one of a few others of its group with the chance ``--chain``;
- else a user takes an item of a group that he likes: his taste has a favourite group and something of all others;
- the category ``circle`` and the number ``age`` hang on the favourite group, but for a share ``--noise`` of users of
  whom both are drawn from anybody; of a share ``--untold`` nothing is said;
- friends have one favourite group, but for the share 1 - ``--homophily`` that are drawn from all.

Lengths of histories are log-normal: most are short. With the defaults an item has eleven events, too few to tell its
group by what stands beside it alone; who took it can tell. With ``--items 500 --events 12`` it has sixty, and there is
less to gain. Nobody takes an item twice. With ``--noise 1 --homophily 0`` the events are the same to the byte, and
attributes and friends tell nothing: a control.

Run with ``FOLDER``, where ``events.tsv``, ``users.tsv``, ``friends.tsv`` and ``items.tsv`` go.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

FOLLOWING = np.array([0.6, 0.3, 0.1])
"""How often each of the items that may follow another does."""

FAVOURITE = 0.7
"""The share of the favourite group in a taste."""

LEAST, DAY, FIRST_DAY = 3, 86_400, 1_700_000_000
"""Events of a user at least, and what times are made of."""

FEW = 5

YOUNGEST, OLDEST, SPREAD_OF_AGE = 20, 80, 4


@dataclass(frozen=True)
class World:
    """Who likes what, and what follows on what."""

    group: Ints
    """Of each item."""
    weight: npt.NDArray[np.float64]
    """How often each item is taken of its group, summing to 1 in each group."""
    following: Ints
    """Of each item those that may follow it."""
    favourite: Ints
    """The group that each user likes best."""
    taste: npt.NDArray[np.float64]
    """Of each user and group, how often he takes an item of it."""


def world(users: int, items: int, groups: int, random: np.random.Generator) -> World:
    """A world of some users and items; a group has more items than may follow one."""
    group = random.permutation(np.arange(items) % groups)
    rank = np.zeros(items)
    following = np.zeros((items, len(FOLLOWING)), dtype=np.int64)
    for one in range(groups):
        own = np.flatnonzero(group == one)
        rank[own] = np.arange(len(own))
        # Each is followed by the next ones of a circle through the group.
        circle = random.permutation(own)
        for step in range(len(FOLLOWING)):
            following[circle, step] = np.roll(circle, -1 - step)
    weight = 1 / (1 + rank)
    weight /= np.bincount(group, weight)[group]
    favourite = random.integers(groups, size=users)
    taste = (1 - FAVOURITE) * random.dirichlet(np.full(groups, 0.3), size=users)
    taste[np.arange(users), favourite] += FAVOURITE
    return World(group, weight, following, favourite, taste)


def history(world: World, user: int, length: int, chain: float, random: np.random.Generator) -> list[int]:
    """What a user takes, one item after another, none of them twice."""
    left = world.taste[user][world.group] * world.weight
    taken: list[int] = []
    for _ in range(length):
        if taken and random.random() < chain:
            odds = FOLLOWING * (left[world.following[taken[-1]]] > 0)
            if odds.any():
                taken.append(int(random.choice(world.following[taken[-1]], p=odds / odds.sum())))
                left[taken[-1]] = 0
                continue
        total = np.cumsum(left)
        taken.append(int(np.searchsorted(total, random.random() * total[-1], side="right")))
        left[taken[-1]] = 0
    return taken


def friends(world: World, each: int, homophily: float, random: np.random.Generator) -> list[tuple[int, int]]:
    """Pairs of users: everybody looks for some friends, and has those who look for him too."""
    everybody = np.arange(len(world.favourite))
    alike = [everybody[world.favourite == one] for one in range(world.taste.shape[1])]
    pairs = set()
    for user in everybody.tolist():
        for _ in range(int(random.integers(each + 1))):
            among = alike[world.favourite[user]] if random.random() < homophily else everybody
            other = int(random.choice(among))
            if other != user:
                pairs.add((min(user, other), max(user, other)))
    return sorted(pairs)


def attributes(world: World, noise: float, untold: float, random: np.random.Generator) -> list[tuple[str, str]]:
    """Circle and age of each user: a circle is that of two groups, and ages of several groups overlap."""
    users, groups = world.taste.shape
    anybody = random.permutation(world.favourite)
    of = np.where(random.random(users) < noise, anybody, world.favourite)
    middle = np.linspace(YOUNGEST, OLDEST, groups)[random.permutation(groups)][of]
    age = np.rint(middle + random.normal(0, SPREAD_OF_AGE, users)).clip(YOUNGEST - 5).astype(int)
    told = random.random(users) >= untold
    return [(f"circle {of[user] // 2}", str(age[user])) if told[user] else ("", "") for user in range(users)]


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write tab-separated rows below a header."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines("\t".join(row) + "\n" for row in (header, *rows))


def main() -> None:
    """Make, write and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--users", type=int, default=2_000)
    parser.add_argument("--items", type=int, default=2_000)
    parser.add_argument("--groups", type=int, default=20)
    parser.add_argument("--events", type=int, default=8, help="of a user, at the median")
    parser.add_argument("--spread", type=float, default=0.8, help="of the logarithm of a user's events")
    parser.add_argument("--chain", type=float, default=0.5)
    parser.add_argument("--friends", type=int, default=6, help="that a user looks for at most")
    parser.add_argument("--homophily", type=float, default=0.8)
    parser.add_argument("--noise", type=float, default=0.2)
    parser.add_argument("--untold", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if given.items < given.groups * (len(FOLLOWING) + 1):
        parser.error(f"--items: expected {len(FOLLOWING) + 1} for each of the {given.groups} groups or more")
    of_events, of_friends, of_attributes = (np.random.default_rng((given.seed, part)) for part in range(3))
    made = world(given.users, given.items, given.groups, of_events)
    lengths = np.rint(given.events * np.exp(given.spread * of_events.normal(size=given.users)))
    lengths = lengths.clip(LEAST, given.items // 2).astype(int)
    histories = [history(made, user, int(length), given.chain, of_events) for user, length in enumerate(lengths)]
    gaps = [of_events.integers(DAY // 24, 7 * DAY, size=length) for length in lengths]
    pairs = friends(made, given.friends, given.homophily, of_friends)
    told = attributes(made, given.noise, given.untold, of_attributes)

    folder: Path = given.folder
    folder.mkdir(parents=True, exist_ok=True)
    events = (
        (f"u{user}", f"i{item}", str(FIRST_DAY + time))
        for user, (items, gap) in enumerate(zip(histories, gaps, strict=True))
        for item, time in zip(items, np.cumsum(gap).tolist(), strict=True)
    )
    write(folder / "events.tsv", ("user", "item", "time"), events)
    write(folder / "users.tsv", ("user", "circle", "age"), ((f"u{user}", *row) for user, row in enumerate(told)))
    write(folder / "friends.tsv", ("user", "friend"), ((f"u{one}", f"u{other}") for one, other in pairs))
    labels = ((f"i{item}", f"item {item} of group {group}") for item, group in enumerate(made.group.tolist()))
    write(folder / "items.tsv", ("item", "label"), labels)

    followed = [item in made.following[last] for items in histories for last, item in pairwise(items)]
    same = [made.favourite[one] == made.favourite[other] for one, other in pairs]
    print(f"users {given.users:,}, items {given.items:,}, events {lengths.sum():,}")
    few = (lengths <= FEW).mean()
    print(f"events of a user: median {np.median(lengths):.0f}, up to {lengths.max()}; {FEW} or fewer of {few:.1%}")
    print(f"events that follow on the one before: {np.mean(followed):.1%}")
    print(f"pairs of friends {len(pairs):,}, of one favourite group {np.mean(same):.1%}")
    print(f"users of whom circle and age are told: {sum(bool(circle) for circle, _ in told):,}")


if __name__ == "__main__":
    main()
