"""Law 6 for triples: what was cut off, and what was read for want of a description, is told by every command."""

import json

import pytest

from kbert.backbone import load

PEOPLE = ["Patient Ember", "Early Sparrow", "Quiet Letter", "Crooked Willow"]
PLACES = ["Quarlton", "Thornbeckle", "the bishop"]
TRAIN = [(a, "lives in", b) for a in PEOPLE[:3] for b in PLACES] + [
    (b, "visited", a) for a in PEOPLE[:2] for b in PLACES
]
TEST = [("Crooked Willow", "lives in", "Quarlton"), ("Crooked Willow", "lives in", "Thornbeckle")]
FALSE = [("the bishop", "lives in", "Quarlton"), ("the bishop", "lives in", "the bishop")]
DESCRIBED = {"Patient Ember": "the letter of an early sparrow in Quarlton", "Quarlton": "the bishop"}
MOST = {"kgbert": 12, "biencoder": 9}


def write(path, rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def world(kbert, encoder, tmp_path_factory):
    """A graph in which two entities have descriptions, and runs with little room, in JSON what their trainings said."""
    folder = tmp_path_factory.mktemp("world")
    labels = folder / "labels.jsonl"
    rows = (json.dumps({"id": name, "description": text}) + "\n" for name, text in DESCRIBED.items())
    labels.write_text("".join(rows), encoding="utf-8")
    for split, rows in (("train", TRAIN), ("dev", TEST[:1]), ("test", TEST)):
        more = ("--labels", labels) if split == "train" else ("--add",)
        kbert("kg", "import", write(folder / f"{split}.tsv", rows), *more, "--split", split, "-o", folder / "kg", "-q")
    words = ("--kg", folder / "kg", "--encoder", encoder, "--epochs", "1", "--precision", "fp32", "-q")
    said = {}
    for name, model, *task in (
        ("triple", "kgbert"),
        ("relation", "kgbert", "--task", "relation"),
        ("near", "biencoder"),
    ):
        options = ("--entity-text", "both", "--max-pieces", MOST[model], *task, "-o", folder / name)
        said[name] = kbert("train", model, *words, *options, "--json").json
    return folder, said


@pytest.fixture(scope="module")
def by_hand(encoder):
    """How many pieces of a triple there is no room for, counted with the tokenizer alone."""

    def pieces(*texts):
        return sum(map(len, load(str(encoder)).text_pieces([*texts])))

    def read(entity):
        return f"{entity}, {DESCRIBED[entity]}" if entity in DESCRIBED else entity

    def cut(kind, head, relation, tail):
        head, tail = read(head), read(tail)
        if kind == "triple":
            return max(0, pieces(head, relation, tail) - 8)
        if kind == "relation":
            return max(0, pieces(head, tail) - 9)
        if kind == "question":
            return max(0, pieces(head, relation) - 6)
        if kind == "entity":
            return max(0, pieces(head) - 7)
        parts = [(pieces(entity), pieces(entity, relation)) for entity in (head, tail)]
        return sum(max(0, own - 7) + max(0, asked - 6) for own, asked in parts)

    def counts(kind, triples):
        found = [cut(kind, *triple) for triple in triples]
        return {"triples": sum(lost > 0 for lost in found), "pieces": sum(found)}

    return counts


@pytest.mark.parametrize("run", ["triple", "relation", "near"])
def test_train(kbert, encoder, world, by_hand, run, tmp_path):
    folder, said = world
    assert said[run]["cut"] == {"train": by_hand(run, TRAIN), "dev": by_hand(run, TEST[:1])}
    assert said[run]["cut"]["train"]["pieces"] > 0
    assert said[run]["undescribed"] == {"entities": 5}
    model, *task = {"triple": ["kgbert"], "relation": ["kgbert", "--task", "relation"], "near": ["biencoder"]}[run]
    words = ("--kg", folder / "kg", "--encoder", encoder, "--epochs", "1", "--max-pieces", MOST[model], *task)
    shown = kbert("train", model, *words, "--entity-text", "both", "-q", "-o", tmp_path / "run").stdout
    assert f"pieces cut off in train │ {said[run]['cut']['train']['pieces']}" in squeezed(shown)
    assert "entities with a label for a description │ 5" in squeezed(shown)
    shown = kbert("train", model, *words, "-q", "-o", tmp_path / "label").stdout
    assert "label for a description" not in shown


@pytest.mark.parametrize("run", ["triple", "near"])
def test_evaluate(kbert, world, by_hand, run, tmp_path):
    folder, _ = world
    true = [*TEST, *TRAIN[:3]]
    table = write(tmp_path / "t.tsv", [*((*row, 1) for row in true), *((*row, -1) for row in FALSE)])
    words = ("evaluate", folder / run, table, "--any-data", "-q")
    result = kbert(*words, "--json").json
    assert result["cut"] == by_hand(run, true + FALSE)
    assert result["cut"]["pieces"] > 0
    assert result["undescribed"] == {"triples": undescribed(true + FALSE)}
    shown = squeezed(kbert(*words).stdout)
    assert f"triples cut │ {result['cut']['triples']}" in shown
    assert f"triples with a label for a description │ {undescribed(true + FALSE)}" in shown


@pytest.mark.parametrize("run", ["triple", "relation", "near"])
def test_score(kbert, world, by_hand, run, tmp_path):
    """Also of parts that a killed job had answered, which are not answered again."""
    folder, _ = world
    rows = [*TEST, *FALSE, *TRAIN]
    table, cut = write(tmp_path / "t.tsv", rows), by_hand(run, rows)
    told = f"for want of room: {cut['triples']} triples cut, {cut['pieces']} pieces cut off"
    for more in ((), ("-o", tmp_path / "out.tsv"), ("--json", "-o", tmp_path / "out.jsonl")):
        said = kbert("score", folder / run, table, *more, "--part-size", "2", "-q", json_lines=True).stderr
        assert told in said
        assert f"triples with a label for a description: {undescribed(rows)}" in said


@pytest.mark.parametrize("run", ["triple", "relation", "near", "both"])
def test_rank(kbert, world, by_hand, run):
    """The same when a ranking that is there is told again, and nothing is read."""
    folder, _ = world
    entities, true = [*PEOPLE, *PLACES], {*TRAIN, *TEST}
    read = {(head, relation, e) for head, relation, _ in TEST for e in entities}
    read |= {(e, relation, tail) for _, relation, tail in TEST for e in entities}
    triples = by_hand("triple", [triple for triple in read if triple not in true or triple in TEST])
    questions = {(end, relation) for head, relation, tail in TEST for end in (head, tail)}
    near = [by_hand("question", [(*question, "")]) for question in sorted(questions)]
    own = by_hand("entity", [(entity, "", "") for entity in entities])
    apart = {
        "questions": sum(one["triples"] for one in near),
        "entities": own["triples"],
        "pieces": own["pieces"] + sum(one["pieces"] for one in near),
    }
    expected = {
        "triple": triples,
        "relation": by_hand("relation", TEST),
        "near": apart,
        "both": {**apart, "triples": triples["triples"], "pieces": apart["pieces"] + triples["pieces"]},
    }[run]
    assert (expected["pieces"] > 0) == (run != "relation")
    words = ("rank", folder / ("triple" if run == "both" else run), "--name", run, "-q")
    words += ("--retriever", folder / "near", "--k", "99") if run == "both" else ()
    for _ in range(2):
        result = kbert(*words, "--json").json
        assert result["cut"] == expected
        assert result["undescribed"] == {"entities": 5}
    shown = squeezed(kbert(*words).stdout)
    assert "5 entities with a label for a description" in shown
    assert (f"{expected['pieces']} pieces cut off" in shown) == (expected["pieces"] > 0)


def undescribed(triples):
    """How many have an entity without a description."""
    return sum(not {head, tail} <= DESCRIBED.keys() for head, _, tail in triples)


def squeezed(text):
    return " ".join(text.split())
