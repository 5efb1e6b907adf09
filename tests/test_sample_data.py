"""The sample data are what their README says: made by their script, balanced, without leaks, and solvable by facts."""

import csv
import itertools
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from graphs.corpora import conll, conllu, fewrel, tsv, ufet
from graphs.extract import candidates
from graphs.formats import kgbert, labels, spo
from graphs.formats import tsv as facts_tsv
from graphs.types import Document, Mention, TextGraph, Triple

SAMPLE = Path(__file__).parent.parent / "sample_data"
BY_HAND = {Path("english/parsed.conllu")}
PARTS = ("train", "dev", "test")
LANGUAGES = ("english", "chinese")
FOLDERS = (*LANGUAGES, "behaviour")

Facts = dict[str, list[tuple[str, str]]]


def table(name: str) -> list[list[str]]:
    with open(SAMPLE / name, encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def facts(language: str) -> Facts:
    name = {"english": "english/facts.tsv", "chinese": "chinese/facts.spo"}[language]
    found: Facts = {}
    for head, relation, tail in table(name):
        found.setdefault(head, []).append((relation, tail))
    return found


@cache
def entity_lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLE / "english/labels.jsonl").read_text("utf-8").splitlines()]


@cache
def names(language: str) -> dict[str, str]:
    """Entity by name or alias; of several, the one with the highest prior."""
    found = {name: name for name in facts(language)}
    if language == "english":
        for line in sorted(entity_lines(), key=lambda line: line["prior"]):
            found.update(dict.fromkeys(line["aliases"], line["name"]))
    return found


@cache
def _names_pattern(language: str) -> re.Pattern[str]:
    longest_first = sorted(map(re.escape, names(language)), key=len, reverse=True)
    edge = r"\b" if language == "english" else ""
    return re.compile(f"{edge}({'|'.join(longest_first)}){edge}")


def mentioned(language: str, text: str) -> list[str]:
    return [names(language)[match] for match in _names_pattern(language).findall(text)]


@cache
def words(language: str, kind: str) -> dict[str, Any]:
    return tomllib.loads((SAMPLE / "sources" / f"{language}_{kind}.toml").read_text("utf-8"))


@cache
def telling(language: str) -> dict[tuple[str, str], str]:
    """The label that a useful fact tells."""
    kinds = words(language, "world")["kinds"]
    return {(relation, tail): kind["label"] for kind in kinds for relation, tail in kind["seen"] + kind["unseen"]}


def label_of(language: str, entity: str) -> str | None:
    """The label that the first two facts of an entity tell; None for a bystander."""
    told = {telling(language)[fact] for fact in facts(language)[entity][:2] if fact in telling(language)}
    assert len(told) <= 1
    return next(iter(told), None)


def corpus(language: str, part: str) -> list[list[str]]:
    return table(f"{language}/corpus/{part}.tsv")[1:]


def texts(language: str, part: str) -> list[str]:
    """All texts of a part: of notes, pairs and tagged sentences."""
    notes = [row[1] for row in corpus(language, part)]
    if language == "chinese":
        return notes + [row[0].replace(" ", "") for row in table(f"chinese/tagging/{part}.tsv")[1:]]
    pairs = [text for row in table(f"english/pairs/{part}.tsv")[1:] for text in row[1:]]
    tagged = [one.texts[0] for one in conll.read(SAMPLE / f"english/tagging/{part}.conll")]
    return notes + pairs + tagged


def templates(language: str, text: str) -> list[str]:
    """The hand-written frames that a note may have been made from."""
    found = []
    for lists in words(language, "text")["frames"].values():
        for frame in (frame for some in lists.values() for frame in some):
            pieces = [re.escape(piece) for piece in re.split(r"\{\w+\}", frame)]
            if re.search(".+".join(pieces), text, re.IGNORECASE):
                found.append(frame)
    return found


def is_marked(language: str, text: str, *sections: str) -> bool:
    """Whether a note was made from a template of these sections of the text file."""
    some = [list_ for section in sections for list_ in words(language, "text")[section].values()]
    patterns = (".+".join(map(re.escape, re.split(r"\{\w+\}", one))) for list_ in some for one in list_)
    return any(re.fullmatch(pattern, text) for pattern in patterns)


def test_the_script_makes_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, SAMPLE / "make.py", tmp_path], check=True)
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    there = {path.relative_to(SAMPLE) for folder in FOLDERS for path in (SAMPLE / folder).rglob("*.*")}
    assert made == there - BY_HAND
    for path in made:
        assert (tmp_path / path).read_bytes() == (SAMPLE / path).read_bytes(), path


@pytest.mark.parametrize(
    ("name", "header", "counts"),
    [
        ("english/corpus", ["label", "text"], (399, 99, 201)),
        ("english/pairs", ["label", "text_a", "text_b"], (400, 60, 60)),
        ("chinese/corpus", ["label", "text_a"], (120, 40, 40)),
    ],
)
def test_tables_are_balanced(name: str, header: list[str], counts: tuple[int, ...]) -> None:
    for part, count in zip(PARTS, counts, strict=True):
        first, *rows = table(f"{name}/{part}.tsv")
        assert first == header
        assert all(len(row) == len(header) and all(cell == cell.strip() != "" for cell in row) for row in rows)
        assert len(rows) == len({tuple(row) for row in rows}) == count
        assert len(set(Counter(row[0] for row in rows).values())) == 1


@pytest.mark.parametrize("part", PARTS)
def test_our_own_readers_take_every_file(part: str) -> None:
    def targets(documents: list[Document]) -> list[object]:
        return [one.target.tags or one.target.label for one in documents]

    for name in ("english/corpus", "english/pairs", "chinese/corpus", "chinese/tagging"):
        read = list(tsv.read(SAMPLE / name / f"{part}.tsv"))
        assert len(read) == len(table(f"{name}/{part}.tsv")) - 1
        assert all(targets(read))
    assert all(targets(list(conll.read(SAMPLE / f"english/tagging/{part}.conll"))))


def test_graphs_are_read_and_hold_no_fact_twice() -> None:
    english = list(facts_tsv.read(SAMPLE / "english/facts.tsv"))
    chinese = list(spo.read(SAMPLE / "chinese/facts.spo"))
    assert len(english) == len(set(english)) == sum(map(len, facts("english").values()))
    assert len(chinese) == len(set(chinese)) == sum(map(len, facts("chinese").values()))
    assert {one.name for one in labels.read(SAMPLE / "english/labels.jsonl")} == facts("english").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entity_is_in_two_parts(language: str) -> None:
    found = [{name for text in texts(language, part) for name in mentioned(language, text)} for part in PARTS]
    if language == "english":
        new = (SAMPLE / "english/new.txt").read_text("utf-8").splitlines()
        found.append({name for text in new for name in mentioned(language, text)})
        assert len(found[-1]) == len(new)
    assert all(found)
    assert sum(map(len, found)) == len(set().union(*found))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_names_an_entity_with_two_facts_or_more(language: str) -> None:
    assert all(len(found) >= 2 for found in facts(language).values())
    assert all(mentioned(language, text) for part in PARTS for text in texts(language, part))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_tail_takes_words_of_a_text(language: str) -> None:
    edge = r"\b" if language == "english" else ""
    tails = {tail for found in facts(language).values() for _, tail in found} - facts(language).keys()
    pattern = re.compile(f"{edge}({'|'.join(map(re.escape, tails))}){edge}", re.IGNORECASE)
    every = [text for part in PARTS for text in texts(language, part)]
    assert not [text for text in every if pattern.search(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_two_facts_tell_the_label(language: str) -> None:
    for part in PARTS:
        for label, text in corpus(language, part):
            told = [label_of(language, name) for name in mentioned(language, text)]
            if is_marked(language, text, "contrast"):
                assert label in told
            else:
                assert [one for one in told if one] == [label], text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_useful_fact_is_sometimes_second(language: str) -> None:
    subjects = [found for name, found in facts(language).items() if label_of(language, name)]
    second = sum(found[0] not in telling(language) for found in subjects)
    assert 0.25 < second / len(subjects) < 0.45


@pytest.mark.parametrize("language", LANGUAGES)
def test_some_wordings_are_kept_for_the_test_part(language: str) -> None:
    unseen = {tuple(fact) for kind in words(language, "world")["kinds"] for fact in kind["unseen"]}

    def share(part: str) -> float:
        entities = {name for _, text in corpus(language, part) for name in mentioned(language, text)}
        subjects = [name for name in entities if label_of(language, name)]
        return sum(bool(unseen & set(facts(language)[name])) for name in subjects) / len(subjects)

    assert share("train") == share("dev") == 0
    assert 0.2 < share("test") < 0.6


@pytest.mark.parametrize(("language", "most"), [("english", 0.07), ("chinese", 0.1)])
def test_few_notes_tell_their_label_themselves(language: str, most: float) -> None:
    for part in PARTS:
        rows = corpus(language, part)
        assert 0 < sum(is_marked(language, text, "evident") for _, text in rows) / len(rows) <= most


def test_the_english_notes_are_varied() -> None:
    used = {part: {one for _, text in corpus("english", part) for one in templates("english", text)} for part in PARTS}
    assert len(used["train"]) >= 40
    assert len(used["test"] - used["train"]) >= 10
    assert len(used["train"] & used["test"]) >= 20


def test_two_siblings_share_an_alias() -> None:
    siblings = [line for line in entity_lines() if "Tollivan" in line["aliases"]]
    assert len(siblings) == 2
    assert (
        len({line["prior"] for line in siblings}) == len({label_of("english", line["name"]) for line in siblings}) == 2
    )
    rows = corpus("english", "train")
    assert all(any(line["name"] in text for _, text in rows) for line in siblings)


@pytest.mark.parametrize(("name", "most"), [("english/corpus", 0.45), ("english/pairs", 0.62), ("chinese/corpus", 0.7)])
def test_words_and_letters_alone_stay_near_chance(name: str, most: float) -> None:
    rows = {part: table(f"{name}/{part}.tsv")[1:] for part in ("train", "test")}
    sides = {part: (["\t".join(row[1:]) for row in some], [row[0] for row in some]) for part, some in rows.items()}
    letters = TfidfVectorizer(analyzer="char", ngram_range=(1, 5))
    for features in (CountVectorizer(), letters):
        model = make_pipeline(features, LogisticRegression(max_iter=2000)).fit(*sides["train"])
        assert model.score(*sides["test"]) <= most


@pytest.mark.parametrize("part", PARTS)
def test_tags_are_well_formed_and_told_by_the_facts(part: str) -> None:
    english = [(one.texts[0], one.target.tags) for one in conll.read(SAMPLE / f"english/tagging/{part}.conll")]
    chinese = [(one.texts[0], one.target.tags) for one in tsv.read(SAMPLE / f"chinese/tagging/{part}.tsv")]
    assert (len(english), len(chinese)) == {"train": (81, 80), "dev": (30, 30), "test": (30, 30)}[part]
    for language, rows in (("english", english), ("chinese", chinese)):
        for text, tags in rows:
            assert tags
            assert all(b[0] != "I" or a[1:] == b[1:] for a, b in zip(("O", *tags), tags, strict=False))
            told = [(label_of(language, name) or "").upper() for name in mentioned(language, text)]
            begun = [tag[2:] for tag in tags if tag[0] == "B"]
            assert [one if one else begun[i] for i, one in enumerate(told)] == begun


def test_the_parsed_sentences_are_trees_over_their_text() -> None:
    path = SAMPLE / "english/parsed.conllu"
    read = list(conllu.read(path, columns={"target": "desk"}))
    blocks = path.read_text("utf-8").strip().split("\n\n")
    assert len(read) == len(blocks) == 10
    for block, document in zip(blocks, read, strict=True):
        rows = [line.split("\t") for line in block.splitlines() if not line.startswith("#")]
        heads = {int(row[0]): int(row[6]) for row in rows if row[0].isdigit()}
        assert list(heads) == list(range(1, len(heads) + 1))
        for word in heads:
            path_up = [word]
            while heads[path_up[-1]]:
                path_up.append(heads[path_up[-1]])
                assert len(path_up) <= len(heads)
        told = [label_of("english", name) for name in mentioned("english", document.texts[0])]
        assert document.target.label in told


@cache
def firms() -> list[Triple]:
    """What the three parts say; the newspaper's facts are not among them."""
    return [one for one in kgbert.read(SAMPLE / "english/firms") if isinstance(one, Triple)]


def heralds() -> list[TextGraph]:
    """The sentences about the firms, with the entities of train linked."""
    longest_first = sorted({name for one in firms() for name in (one.head, one.tail)}, key=len, reverse=True)
    known = re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})\b")
    found = []
    for one in conllu.read(SAMPLE / "english/firms/news.conllu"):
        mentions = tuple(Mention(0, m.start(), m.end(), m.group()) for m in known.finditer(one.texts[0]))
        found.append(TextGraph(one.id, one.texts, tokens=one.tokens or (), arcs=one.arcs, mentions=mentions))
    return found


def test_every_firm_is_known_in_train_and_labels_are_right() -> None:
    train = {one[:3] for one in firms() if one.split == "train"}
    known = {name for head, _, tail in train for name in (head, tail)}
    assert all(one.head in known and one.tail in known for one in firms())
    true = {one[:3] for one in firms() if one.label == 1}
    assert not any(one[:3] in true for one in firms() if one.label == -1)
    for part in PARTS:
        count = Counter(one.label for one in firms() if one.split == part)
        assert count == ({1: 212} if part == "train" else {1: 32, -1: 32})
    assert len({one[:4] for one in firms()}) == len(firms())


def test_the_newspaper_says_what_its_phrases_mean() -> None:
    """By the phrases every candidate is a fact; most are in no part, some are, and asides and denials are none."""
    header, *rows = table("english/firms/phrases.tsv")
    assert header == ["phrase", "relation", "direction"]
    meant = {phrase: (relation, direction) for phrase, relation, direction in rows}
    relations = {one.relation for one in firms()}
    assert {relation for relation, _ in meant.values()} == relations
    said = [one for graph in heralds() for one in candidates(graph)]
    assert {one.phrase for one in said} - meant.keys() == {"visited", "wrote to"}
    assert meant.keys() - {one.phrase for one in said} == {"was married to"}
    facts = set()
    for one in said:
        if one.phrase in meant:
            relation, direction = meant[one.phrase]
            head, tail = (one.head, one.tail) if direction == "own" else (one.tail, one.head)
            facts.add((head, relation, tail))
    assert {relation for _, relation, _ in facts} == relations
    assert len(facts - {one[:3] for one in firms()}) == 32
    assert not facts & {one[:3] for one in firms() if one.label == -1}
    assert ("Emil Orrell", "founded", "Aldersey Bakery") not in facts


def test_the_newspaper_is_well_formed() -> None:
    assert len(heralds()) == 36
    for graph in heralds():
        assert sum(arc.head < 0 for arc in graph.arcs) == 1
        heads = {arc.dependent: arc.head for arc in graph.arcs}
        assert heads.keys() == set(range(len(graph.tokens)))
        for token in heads:
            above = token
            for _ in heads:
                above = heads[above] if above >= 0 else above
            assert above < 0, graph.texts


def test_the_readme_counts_right() -> None:
    readme = (SAMPLE / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\S+)` \|.*\| ([\d, ]+) \|$", readme, re.MULTILINE)
    assert len(rows) == 19
    for name, counts in rows:
        paths = [SAMPLE / name.replace("*", part) for part in PARTS] if "*" in name else [SAMPLE / name]
        paths = [path for path in paths if path.exists() or "types" not in path.parts]
        assert [_size(path) for path in paths] == [int(count) for count in counts.split(",")], name


def test_the_readme_shows_real_notes() -> None:
    readme = (SAMPLE / "README.md").read_text("utf-8")
    shown = re.findall(r"^\| (music|sport|shipping) \| (.+) \| (.+) · (.+) \|$", readme, re.MULTILINE)
    assert len(shown) == 3
    for label, text, *first_two in shown:
        assert [label, text] in corpus("english", "test")
        (name,) = mentioned("english", text)
        assert [" ".join(fact) for fact in facts("english")[name][:2]] == first_two


def _size(path: Path) -> int:
    """The texts, facts or entities in a file."""
    text = path.read_text("utf-8").strip()
    if path.suffix == ".json":
        return sum(map(len, json.loads(text).values()))
    if path.suffix in (".conll", ".conllu"):
        return len(text.split("\n\n"))
    has_header = (
        path.parent.name in ("corpus", "pairs", "behaviour")
        or path.name == "phrases.tsv"
        or path.parent.parts[-2:] == ("chinese", "tagging")
    )
    return len(text.splitlines()) - has_header


def test_sentences_with_marked_names() -> None:
    """Each relation is that of a true fact; every head, tail and mention is a name of the firms' world."""
    facts = {one[:3] for one in firms() if one.label == 1}
    related = list(fewrel.read(SAMPLE / "english/firms/relations.json"))
    assert Counter(one.target.label for one in related) == dict.fromkeys({fact[1] for fact in facts}, 10)
    for one in related:
        head, tail = (one.texts[0][span.start : span.end] for span in one.spans)
        assert (head, one.target.label, tail) in facts
        assert [mention.entity for mention in one.mentions] == [head, tail]
    names = {name for head, _, tail in facts for name in (head, tail)}
    for part, count in (("train", 48), ("dev", 24)):
        typed = list(ufet.read(SAMPLE / f"english/firms/types/{part}.jsonl"))
        assert len(typed) == count
        assert {one.texts[0][span.start : span.end] for one in typed for span in one.spans} <= names


@cache
def library() -> dict[str, list[list[str]]]:
    """The tables of the library without their headers."""
    return {name: table(f"behaviour/{name}.tsv")[1:] for name in ("loans", "readers", "friends", "books")}


@cache
def genres() -> dict[str, str]:
    """Of each book its genre."""
    series = tomllib.loads((SAMPLE / "sources" / "library.toml").read_text("utf-8"))["series"]
    titles = {title: one["genre"] for one in series for title in one["books"]}
    return {item: titles[label.rpartition(" (")[0]] for item, label in library()["books"]}


def borrowed() -> dict[str, list[str]]:
    """The books of each reader in the order of their days."""
    found: dict[str, list[str]] = {}
    for user, item, _ in library()["loans"]:
        found.setdefault(user, []).append(item)
    return found


def liked() -> dict[str, str]:
    """The genre of most loans of each reader."""
    return {user: Counter(genres()[item] for item in items).most_common(1)[0][0] for user, items in borrowed().items()}


def test_the_library_is_whole() -> None:
    names = [name for name, *_ in library()["readers"]]
    assert len({*names}) == len(names) == len(borrowed()) == 60
    assert [item for item, _ in library()["books"]] == [f"b{number:02}" for number in range(1, 41)]
    assert {item for _, item, _ in library()["loans"]} == genres().keys()
    days = [day for *_, day in library()["loans"]]
    assert days == sorted(days)
    assert len({(user, day) for user, _, day in library()["loans"]}) == len(days)
    pairs = {frozenset(pair) for pair in library()["friends"]}
    assert len(pairs) == len(library()["friends"])
    assert all(len(pair) == 2 and pair <= {*names} for pair in pairs)


def test_readers_begin_with_the_first_book_of_a_series_and_mostly_go_on() -> None:
    goes_on = []
    for items in borrowed().values():
        assert len({*items}) == len(items) >= 3
        numbers = [int(item[1:]) for item in items]
        assert all(number % 5 == 1 or number - 1 in numbers[:place] for place, number in enumerate(numbers))
        goes_on += [b == a + 1 for a, b in itertools.pairwise(numbers) if a % 5]
    assert 0.8 < sum(goes_on) / len(goes_on) < 0.95


def test_age_town_and_friends_hang_on_the_genre() -> None:
    towns, ages = {}, {}
    for name, age, town in library()["readers"]:
        towns.setdefault(liked()[name], []).append(town)
        ages.setdefault(liked()[name], []).append(age)
    (own,) = {tuple(Counter(filter(None, some)).most_common(1)[0][0] for some in towns.values())}
    assert len({*own}) == 4
    at_home = sum(some.count(town) for some, town in zip(towns.values(), own, strict=True))
    assert 0.6 < at_home / sum(len([*filter(None, some)]) for some in towns.values()) < 0.9
    means = {genre: sum(map(int, filter(None, some))) / len([*filter(None, some)]) for genre, some in ages.items()}
    assert sorted(means, key=means.__getitem__) == ["sky", "mystery", "sea", "garden"]
    untold = sum(not cell for row in library()["readers"] for cell in row)
    assert 0.05 < untold / 120 < 0.15
    alike = [liked()[one] == liked()[other] for one, other in library()["friends"]]
    assert 0.6 < sum(alike) / len(alike) < 0.9
