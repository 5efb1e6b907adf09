"""Asking a run about new texts."""

import json
import shutil
from pathlib import Path

SAMPLE = Path(__file__).parents[3] / "sample_data" / "english"
TEXT = "Nobody forgets Painted Sparrow."


def ask(kbert, *words, text=TEXT):
    """What is said of one text on standard input."""
    return json.loads(kbert("predict", *words, "-", input=f"{text}\n").stdout)


def test_a_text_whose_entity_has_facts_shows_them(kbert, runs, kg):
    answer = ask(kbert, runs.kbert)
    (mention,) = answer["mentions"]
    assert (mention["mention"], mention["start"], mention["end"], mention["text"]) == ("Painted Sparrow", 15, 30, 0)
    (entity,) = kbert("kg", "show", "Painted Sparrow", "--kg", kg, "--json").json
    assert mention["facts"] == [f"{relation} {tail}" for relation, tail, _ in entity["facts"]]
    assert answer["texts"] == [TEXT]
    assert answer["id"] == "stdin:1"
    assert abs(sum(answer["scores"].values()) - 1) < 1e-5


def test_facts_change_what_kbert_says_and_not_what_bert_says(kbert, runs, kg, tmp_path):
    other = tmp_path / "kg"
    facts = tmp_path / "facts.tsv"
    facts.write_text("Painted Sparrow\tsails\tto the northern islands\n", encoding="utf-8")
    kbert("kg", "import", facts, "-o", other, "-q")
    scores = {
        (run, kg): ask(kbert, runs.folder / run, *(("--kg", kg) if kg else ()))["scores"]
        for run in ("bert", "kbert")
        for kg in (None, other)
    }
    assert scores["bert", None] == scores["bert", other]
    assert scores["kbert", None] != scores["kbert", other]


def test_answers_equal_those_of_evaluate(kbert, runs):
    lines = kbert("predict", runs.kbert, SAMPLE / "corpus" / "test.tsv").stdout.splitlines()
    kept = json.loads((runs.kbert / "predictions" / "test.json").read_text(encoding="utf-8"))["predictions"]
    for line, row in zip(lines, kept, strict=False):
        answer = json.loads(line)
        assert answer["id"] == row["id"]
        assert all(abs(answer["scores"][label] - row["scores"][label]) < 1e-5 for label in answer["scores"])


def test_a_graph_that_is_gone_or_changed_is_refused_unless_another_is_named(kbert, encoder, tmp_path):
    kg, facts = tmp_path / "kg", tmp_path / "facts.tsv"
    facts.write_text("Painted Sparrow\twrote\ta hit single\n", encoding="utf-8")
    kbert("kg", "import", facts, "-o", kg, "-q")
    link = ("--kg", kg, "--linker", "dictionary", "--limit", "10", "-q")
    kbert("graph", "build", SAMPLE / "corpus" / "dev.tsv", *link, "-o", tmp_path / "graphs")
    words = ("--encoder", encoder, "--train", tmp_path / "graphs", "--epochs", "1", "-o", tmp_path / "run", "-q")
    kbert("train", "kbert", "--task", "classify", *words)
    moved = tmp_path / "moved"
    kg.rename(moved)
    message = kbert("predict", tmp_path / "run", "-", input=TEXT, code=1).stderr
    assert "expected the knowledge graph of the training (--kg says where it is), found nothing there" in message
    before = ask(kbert, tmp_path / "run", "--kg", moved)
    facts.write_text("Painted Sparrow\tsails\tto the islands\n", encoding="utf-8")
    kbert("kg", "import", facts, "-o", kg, "-q")
    assert "found a changed one" in kbert("predict", tmp_path / "run", "-", input=TEXT, code=1).stderr
    after = ask(kbert, tmp_path / "run", "--kg", kg)
    assert before["mentions"][0]["facts"] == ["wrote a hit single"]
    assert after["mentions"][0]["facts"] == ["sails to the islands"]


def test_a_graph_adds_nothing_to_a_run_without_one(kbert, kg, encoder, tmp_path):
    kbert("graph", "build", SAMPLE / "corpus" / "dev.tsv", "--limit", "10", "-q", "-o", tmp_path / "graphs")
    words = ("--encoder", encoder, "--train", tmp_path / "graphs", "--epochs", "1", "-o", tmp_path / "run", "-q")
    kbert("train", "bert", "--task", "classify", *words)
    assert ask(kbert, tmp_path / "run")["mentions"] == []
    message = kbert("predict", tmp_path / "run", "-", "--kg", kg, input=TEXT, code=2).stderr
    assert "was trained on graphs without facts" in message


def test_what_was_cut_is_said(kbert, runs):
    assert kbert("predict", runs.kbert, "-", input=TEXT).stderr == ""
    told = kbert("predict", runs.kbert, "-", input=f"{'the ' * 130}{TEXT}\n" * 2).stderr
    assert told.startswith("for want of room: ")
    assert "branches without room, 2 texts cut, " in told


def test_answers_to_a_file(kbert, runs, tmp_path):
    out = tmp_path / "deep" / "answers.jsonl"
    result = kbert("predict", runs.kbert, SAMPLE / "new.txt", "-o", out)
    assert result.stdout == ""
    assert out.read_text(encoding="utf-8") == kbert("predict", runs.kbert, SAMPLE / "new.txt").stdout
    kbert("predict", runs.kbert, SAMPLE / "new.txt", "-o", out, code=2)
    kbert("predict", runs.kbert, "-", "-o", out, "--overwrite", input=TEXT)
    assert len(out.read_text(encoding="utf-8").splitlines()) == 1
    assert json.loads(kbert("predict", runs.kbert, "-", "-o", "-", input=TEXT).stdout)["texts"] == [TEXT]


def test_a_failed_prediction_leaves_no_file(kbert, runs, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "fine"}\nnot JSON\n', encoding="utf-8")
    kbert("predict", runs.kbert, bad, "-o", tmp_path / "out.jsonl", code=1)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.jsonl"]
    result = kbert("predict", runs.kbert, bad, "--skip-bad", "1")
    assert len(result.stdout.splitlines()) == 1
    assert f"skipped {bad}:2" in result.stderr


def test_a_table_for_people(kbert, runs):
    shown = kbert("predict", runs.kbert, "-", "--table", input=f"{TEXT}\nNobody came.\n").stdout
    assert "Painted Sparrow: " in shown
    assert "Nobody came." in shown


def test_numbers_in_a_table(kbert, encoder, tmp_path):
    """A number a text, and a number a word beside its word."""
    targets = {"text": [{"value": 1.5}, {"value": 2.5}], "word": [{"values": [1, 2]}, {"values": [3, 2.5]}]}
    for kind, some in targets.items():
        rows = [{"text": text, **target} for text, target in zip(("good film", "bad film"), some, strict=True)]
        file = tmp_path / f"{kind}.jsonl"
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        kbert("graph", "build", file, "-o", tmp_path / kind, "-q")
        words = ("--task", "regress", "--encoder", encoder, "--epochs", "1", "-q", "--train", tmp_path / kind)
        kbert("train", "bert", *words, "-o", tmp_path / f"run-{kind}")
        asked = ("predict", tmp_path / f"run-{kind}", file)
        answer = json.loads(kbert(*asked).stdout.splitlines()[0])
        shown = " ".join(kbert(*asked, "--table").stdout.split())
        if kind == "text":
            assert f"{answer['value']:.4f}" in shown
        else:
            assert answer["tokens"] == ["good", "film"]
            first, second = answer["values"]
            assert f"good/{first:.4f} film/{second:.4f}" in shown
    for kind, other in (("text", "word"), ("word", "text")):
        message = kbert("evaluate", tmp_path / f"run-{kind}", tmp_path / other, "--any-data", code=1).stderr
        assert f"expected a number a {kind}, as in training, found a number a {other}" in message


def test_hostile_texts_are_written_safely(kbert, runs):
    hostile = "\x1b[31mPainted Sparrow\x9b [red]x[/red]"
    out = kbert("predict", runs.kbert, "-", input=hostile).stdout
    assert json.loads(out)["texts"] == [hostile]
    assert "\x1b" not in out
    assert "\x9b" not in out
    assert (
        r"\x1b[31mPainted Sparrow\x9b [red]x[/red]"
        in kbert("predict", runs.kbert, "-", "--table", input=hostile).stdout
    )


def test_damaged_runs_are_refused(kbert, runs, tmp_path):
    for name, damage in (
        ("run.json", lambda path: path.write_text("{", encoding="utf-8")),
        ("run.json", lambda path: path.write_text('{"format": "x"}', encoding="utf-8")),
        ("model.safetensors", lambda path: path.write_bytes(path.read_bytes()[:1000])),
        ("model.safetensors", lambda path: path.unlink()),
        ("config.json", lambda path: path.write_text("{", encoding="utf-8")),
        ("config.json", lambda path: path.unlink()),
        ("tokenizer.json", lambda path: path.unlink()),
        ("result.json", lambda path: path.write_text("", encoding="utf-8")),
    ):
        run = tmp_path / "run"
        shutil.copytree(runs.kbert, run)
        damage(run / name)
        result = kbert("predict", run, "-", input=TEXT, code=1)
        assert str(run) in result.stderr, name
        assert result.stderr.count("\n") == 1
        shutil.rmtree(run)


def test_a_run_on_triples(kbert, kg, encoder, tmp_path):
    run = tmp_path / "run"
    kbert("train", "kgbert", "--kg", kg, "--encoder", encoder, "--epochs", "1", "-o", run, "-q")
    said = "is a run on triples (see kbert evaluate, score and rank), not on texts"
    (tmp_path / "texts.txt").write_text("a text\n", encoding="utf-8")
    assert said in kbert("predict", run, tmp_path / "texts.txt", code=2).stderr
    assert said in kbert("compare", run, run, code=2).stderr
    assert "A model made with kbert" in (run / "README.md").read_text(encoding="utf-8")
