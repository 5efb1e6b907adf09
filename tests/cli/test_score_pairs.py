"""Scoring pairs of entities from the command line, and taking accepted facts back in."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from cli import score_pairs
from cli.commands import score
from cli.score_pairs import PairOptions
from graphs.knowledge import KnowledgeGraph
from kbert.scoring import judges as score_run
from kbert.scoring import pair_plan, score_file
from kbert.scoring.pair_plan import PairPlan
from kbert.triple_runs import TripleRun

SAID = ["margin", "probability", "true", "unseen"]


@pytest.fixture(scope="module")
def relation_run(kbert, encoder, split_kg, tmp_path_factory):
    """The folder of a run that names relations, of the same graph."""
    out = tmp_path_factory.mktemp("relation") / "run"
    words = ("--task", "relation", "--kg", split_kg, "--encoder", encoder, "--epochs", "1", "--precision", "fp32")
    kbert("train", "kgbert", *words, "-q", "-o", out)
    return out


@pytest.fixture(scope="module")
def candidates(split_kg, tmp_path_factory):
    """Pairs of the first facts of dev with phrases, as ``kbert graph extract`` writes them."""
    facts = [line.split("\t") for line in (split_kg.parent / "dev.tsv").read_text(encoding="utf-8").splitlines()[:6]]
    path = tmp_path_factory.mktemp("pairs") / "candidates.tsv"
    lines = ["head\tphrase\ttail\tevidence\ttext"]
    lines += [f"{head}\tso {relation}\t{tail}\tAs they say.\tt:{i}" for i, (head, relation, tail) in enumerate(facts)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def phrases(candidates):
    """What the first five of their phrases mean, the second the other way round."""
    rows = table(candidates.read_text(encoding="utf-8"))[:5]
    lines = [f"{row['phrase']}\t{row['phrase'][3:]}\t{'inverse' if i == 1 else 'own'}" for i, row in enumerate(rows)]
    path = candidates.with_name("phrases.tsv")
    path.write_text("".join(f"{line}\n" for line in dict.fromkeys(lines)), encoding="utf-8")
    return path


def table(text):
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def test_all_relations(kbert, triple_run, candidates):
    result = kbert("score", triple_run, candidates, "--relations", "all")
    rows, learnt = table(result.stdout), TripleRun(triple_run).relations()
    assert list(rows[0]) == ["head", "relation", "tail", *SAID, "phrase", "evidence", "text"]
    assert [(row["text"], row["relation"]) for row in rows] == [(f"t:{i}", name) for i in range(6) for name in learnt]
    assert result.stderr.splitlines()[:2] == ["6 pairs", f"{len(rows)} triples scored"]
    best = table(kbert("score", triple_run, candidates, "--relations", "all", "--best", "-q").stdout)
    assert [row["text"] for row in best] == [f"t:{i}" for i in range(6)]
    for row in best:
        assert float(row["margin"]) == max(float(one["margin"]) for one in rows if one["text"] == row["text"])
    both = table(kbert("score", triple_run, candidates, "--relations", "all", "--both-ways", "-q").stdout)
    assert len(both) == 2 * len(rows)


def test_the_size_of_parts_and_standard_input(kbert, triple_run, candidates, tmp_path):
    words = ("score", triple_run, "-", "--relations", "all", "--part-size", 30, "-q")
    lines = kbert(*words, input=candidates.read_text(encoding="utf-8")).stdout
    whole = table(kbert("score", triple_run, candidates, "--relations", "all", "-q").stdout)
    for one, other in zip(table(lines), whole, strict=True):
        assert one["relation"] == other["relation"]
        assert float(one["margin"]) == pytest.approx(float(other["margin"]), abs=1e-4)
    kbert("score", triple_run, candidates, *words[3:], "-o", tmp_path / "scored.tsv")
    assert (tmp_path / "scored.tsv").read_text(encoding="utf-8") == lines


def test_a_table_of_phrases(kbert, triple_run, candidates, phrases):
    result = kbert("score", triple_run, candidates, "--relations", phrases)
    rows, pairs = table(result.stdout), table(candidates.read_text(encoding="utf-8"))
    known = {line.split("\t")[0] for line in phrases.read_text(encoding="utf-8").splitlines()}
    assert {row["text"] for row in rows} == {pair["text"] for pair in pairs if pair["phrase"] in known}
    second = next(row for row in rows if row["text"] == "t:1" and row["head"] == pairs[1]["tail"])
    assert (second["tail"], second["relation"]) == (pairs[1]["head"], pairs[1]["phrase"][3:])
    unknown = sum(pair["phrase"] not in known for pair in pairs)
    told = "6 pairs" + (f", {unknown} of them with a phrase of unknown meaning" if unknown else "")
    assert result.stderr.splitlines()[0] == told


def test_texts_are_turned_with_their_entities(kbert, triple_run, tmp_path):
    """What stands in a row is read of it again: the same pairs and texts, scored as triples, have the same margins."""
    learnt = TripleRun(triple_run).relations()[0]
    pairs, phrases = tmp_path / "pairs.tsv", tmp_path / "phrases.tsv"
    pairs.write_text("head\thead_text\tphrase\ttail\ttail_text\nq1\tBrix Ltd\tof\tq2\tAda Lovelace\n", encoding="utf-8")
    phrases.write_text(f"of\t{learnt}\tinverse\n", encoding="utf-8")
    (turned,) = table(kbert("score", triple_run, pairs, "--relations", phrases, "-q").stdout)
    said = {"head": "q2", "head_text": "Ada Lovelace", "tail": "q1", "tail_text": "Brix Ltd", "phrase": "of"}
    assert turned.items() >= {**said, "relation": learnt}.items()
    triple = f"relation\ttail\ttail_text\thead\thead_text\n{learnt}\tq1\tBrix Ltd\tq2\tAda Lovelace\n"
    again = kbert("score", triple_run, "-", "-q", input=triple).stdout
    assert float(table(again)[0]["margin"]) == pytest.approx(float(turned["margin"]), abs=1e-5)
    both = table(kbert("score", triple_run, pairs, "--relations", "all", "--both-ways", "-q").stdout)
    assert {(row["head"], row["head_text"]) for row in both} == {("q1", "Brix Ltd"), ("q2", "Ada Lovelace")}


def test_relations_chosen_by_another_run(kbert, triple_run, relation_run, candidates):
    words = ("score", triple_run, candidates, "--relations", "all", "--relation-run", relation_run, "-q")
    three, one = table(kbert(*words).stdout), table(kbert(*words, "--top", 1).stdout)
    asked = 6 * len(TripleRun(triple_run).relations())
    told = kbert(*words[:-1], "--top", 1).stderr
    assert f"6 pairs\n{asked} triples in question, the 1 likeliest of each pair scored\n" in told
    assert [row["text"] for row in three] == [f"t:{i}" for i in range(6) for _ in range(3)]
    named = {row["text"]: row["best"] for row in table(kbert("score", relation_run, candidates, "-q").stdout)}
    assert {row["text"]: row["relation"] for row in one} == named
    assert [row["relation"] for row in three[::3]] == [row["relation"] for row in one]


def test_relations_are_not_chosen_again_for_finished_parts(
    kbert, triple_run, relation_run, candidates, tmp_path, monkeypatch
):
    path = tmp_path / "scored.tsv"
    words = ("score", triple_run, candidates, "--relations", "all", "--relation-run", relation_run, "--part-size", 1)
    whole = kbert(*words, "-q").stdout
    chosen, scored = [], []

    class Chooser(score_run.RelationJudge):
        def judge(self, worded):
            chosen.append(worded.questions[0].line)
            return super().judge(worded)

    class Killed(score_run.TripleJudge):
        def judge(self, worded):
            scored.append(worded.questions[0].line)
            if len(scored) == 3:
                raise KeyboardInterrupt
            return super().judge(worded)

    monkeypatch.setattr(score_run, "RelationJudge", Chooser)
    monkeypatch.setattr(score_run, "TripleJudge", Killed)
    kbert(*words, "-o", path, code=130)
    kbert(*words, "-o", path)
    assert chosen == scored == [2, 3, 4, 4, 5, 6, 7]
    assert path.read_text(encoding="utf-8") == whole


def test_accepted_facts_are_taken_back_in(kbert, triple_run, split_kg, candidates, tmp_path):
    words = ("score", triple_run, candidates, "--relations", "all")
    rows = table(kbert(*words, "-q").stdout)
    highest = sorted({float(row["probability"]) for row in rows})[-7:]
    wanted = (highest[0] + highest[1]) / 2
    out = tmp_path / "accepted.tsv"
    said_of_them = kbert(*words, "--accept", wanted, "-o", out).stderr
    accepted = table(out.read_text(encoding="utf-8"))
    assert accepted == [row for row in rows if float(row["probability"]) >= wanted]
    assert f"{len(rows):,} triples scored, {len(accepted):,} of them accepted" in said_of_them
    shutil.copytree(split_kg, tmp_path / "kg")
    report = kbert("kg", "import", out, "--add", "-o", tmp_path / "kg", "--json", "-q").json
    assert report["new_triples"] + report["duplicates"] == len(accepted)
    assert (report["new_entities"], report["texts"]) == (0, 0)
    said = {triple[:3] for triple in KnowledgeGraph.open(tmp_path / "kg")}
    assert {(row["head"], row["relation"], row["tail"]) for row in accepted} <= said
    kbert(*words, "--accept", 1, "-o", out, "--overwrite", "-q")
    none = kbert("kg", "import", out, "--add", "-o", tmp_path / "kg", "--json", "-q").json
    assert none["new_triples"] == 0


@pytest.mark.parametrize("value", ["nan", "1.5", "-1"])
def test_what_is_no_probability_to_accept_by(kbert, triple_run, candidates, value):
    words = ("score", triple_run, candidates, "--relations", "all", "--accept", value)
    assert "Invalid value for '--accept'" in kbert(*words, code=2).stderr


def test_accepted_facts_are_scored_as_before(kbert, triple_run, split_kg, tmp_path):
    """New entities keep the texts that they were scored by; one that the graph has keeps its own."""
    pairs, out = tmp_path / "pairs.tsv", tmp_path / "accepted.tsv"
    pairs.write_text("head\thead_text\ttail\ttail_text\nq1\tLoud Harbour\tthe bishop\t\n", encoding="utf-8")
    kbert("score", triple_run, pairs, "--relations", "all", "--accept", 0, "-o", out, "-q")
    shutil.copytree(split_kg, tmp_path / "kg")
    report = kbert("kg", "import", out, "--add", "-o", tmp_path / "kg", "--json", "-q").json
    assert (report["new_entities"], report["texts"]) == (1, 1)
    rows = table(out.read_text(encoding="utf-8"))
    plain = "".join(f"q1\t{row['relation']}\tthe bishop\n" for row in rows)
    again = table(kbert("score", triple_run, "-", "--kg", tmp_path / "kg", "-q", input=plain).stdout)
    for row, other in zip(rows, again, strict=True):
        assert float(row["margin"]) == pytest.approx(float(other["margin"]), abs=1e-5)
    assert (rows[0]["unseen"], again[0]["unseen"]) == ("head", "")


@pytest.mark.parametrize("name", ["label", "weight"])
def test_accepted_facts_bring_no_label_of_their_own(kbert, triple_run, candidates, tmp_path, name):
    rows = [line.split("\t") for line in candidates.read_text(encoding="utf-8").splitlines()[:3]]
    path = tmp_path / "labelled.tsv"
    lines = [f"head\ttail\t{name}", *(f"{head}\t{tail}\t-1" for head, _, tail, *_ in rows[1:])]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    words = ("score", triple_run, path, "--relations", "all", "--best", "-q")
    assert name in table(kbert(*words).stdout)[0]
    message = kbert(*words, "--accept", 0, "-o", tmp_path / "accepted.tsv", code=1).stderr
    assert f"{path}:1: expected no column of a name that kbert kg import reads" in message
    assert f"found '{name}'" in message
    assert not (tmp_path / "accepted.tsv").exists()


def test_bad_pairs(kbert, triple_run, tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("head\ttail\nnobody\tthe bishop\nPatient Ember\tthe bishop\n", encoding="utf-8")
    words = ("score", triple_run, path, "--relations", "all")
    assert f"{path}:2: expected a head that the graph knows" in kbert(*words, code=1).stderr
    assert "pairs.tsv:2" in kbert(*words, "--skip-bad", 1).stderr
    path.write_text("head\trelation\ttail\nPatient Ember\twrote\tthe bishop\n", encoding="utf-8")
    assert f"{path}:2: expected a pair without a relation" in kbert(*words, code=1).stderr
    path.write_text("head\trelation\ttail\nPatient Ember\twrote\tthe bishop\nPatient Ember\t\tthe bishop\n")
    result = kbert(*words, "--skip-bad", 1)
    assert {row["head"] for row in table(result.stdout)} == {"Patient Ember"}
    assert f"skipped {path}:2: expected a pair without a relation" in result.stderr
    assert "\n1 pairs" in f"\n{result.stderr}"
    message = kbert("score", triple_run, path, "--relations", tmp_path / "none.tsv", code=1).stderr
    assert "none.tsv: expected a file, found nothing there" in message


def test_a_relation_that_is_none(kbert, triple_run, candidates, tmp_path):
    path = tmp_path / "phrases.tsv"
    path.write_text("wrote\twrites\n", encoding="utf-8")
    message = kbert("score", triple_run, candidates, "--relations", path, code=1).stderr
    assert f"{path}:1: expected one of the" in message
    assert "found 'writes' (did you mean 'wrote'?)" in message


def test_options_that_do_not_fit(kbert, triple_run, relation_run, candidates, phrases, tmp_path):
    words = ("score", triple_run, candidates)
    for odd, message in (
        (("--best",), "--both-ways, --relation-run, --top and --best are for pairs: say --relations"),
        (("--relations", phrases, "--both-ways"), "--both-ways is for --relations all"),
        (("--relations", "all", "--top", 2), "--top says how many relations --relation-run chooses: name that run"),
        (("--relations", "all", "--relation-run", triple_run), "a run of the task relation is needed to choose"),
    ):
        assert message in kbert(*words, *odd, code=2).stderr
    message = kbert("score", relation_run, candidates, "--relations", "all", code=2).stderr
    assert "names relations: to accept, and to ask of pairs, is for the task triple" in message
    shutil.copytree(triple_run, tmp_path / "run")
    (tmp_path / "run" / "calibration.json").unlink()
    message = kbert("score", tmp_path / "run", candidates, "--relations", "all", "--accept", 0.5, code=2).stderr
    assert "is not calibrated: there is no probability to accept by" in message
    shutil.copytree(relation_run, tmp_path / "other")
    config = tmp_path / "other" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"relations": ["wrote"]}), encoding="utf-8")
    message = kbert(*words, "--relations", "all", "--relation-run", tmp_path / "other", code=2).stderr
    assert "has not learnt" in message


def test_what_is_planned():
    assert PairOptions(None, False, None, None, False).plan() is None
    assert PairOptions("all", False, None, None, False).plan() == PairPlan()
    given = PairOptions("phrases.tsv", False, Path("run"), 2, True).plan()
    assert given == PairPlan("phrases.tsv", False, Path("run"), 2, best=True)


def test_defaults_that_commands_name_are_those_of_the_library():
    """Named twice, because --help does not load the library."""
    assert (score_pairs.ALL, score_pairs.TOP) == (pair_plan.ALL, pair_plan.TOP)
    options = {option.name: option for option in score.command.params}
    assert options["part_size"].default == score_file.PART_SIZE
    assert options["part_size"].type.max == score_file.MOST
