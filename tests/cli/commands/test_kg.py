"""Import, look at, look up."""

from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[3] / "sample_data" / "english"


@pytest.fixture
def facts(tmp_path):
    path = tmp_path / "facts.tsv"
    path.write_text("a\tlikes\tb\nb\tlikes\tc\n", encoding="utf-8")
    return path


def test_import_counts_what_it_read(kbert, facts, tmp_path):
    report = kbert("kg", "import", facts, "-o", tmp_path / "kg", "--json").json
    assert (report["entities"], report["relations"], report["triples"]) == (3, 1, 2)
    assert report["skipped"] == []
    assert "triples" in kbert("kg", "import", facts, "-o", tmp_path / "other").stdout


def test_an_empty_folder_is_free(kbert, facts, tmp_path):
    (tmp_path / "kg").mkdir()
    kbert("kg", "import", facts, "-o", tmp_path / "kg")


def test_a_graph_of_nothing_is_told(kbert, tmp_path):
    (tmp_path / "none.tsv").touch()
    told = kbert("kg", "import", tmp_path / "none.tsv", "-o", tmp_path / "kg").stderr
    assert "kg is empty: there is no fact and no name in what was read" in told


def test_add_keeps_what_is_there(kbert, facts, tmp_path):
    kbert("kg", "import", facts, "-o", tmp_path / "kg")
    more = tmp_path / "more.spo"
    more.write_text("c\tlikes\td\na\tlikes\tb\n", encoding="utf-8")
    report = kbert("kg", "import", more, "--add", "-o", tmp_path / "kg", "--json").json
    assert (report["entities"], report["new_entities"], report["new_triples"], report["duplicates"]) == (4, 1, 1, 1)


def test_what_stands_in_several_splits_is_named(kbert, facts, tmp_path):
    kbert("kg", "import", facts, "--split", "train", "-o", tmp_path / "kg")
    test = tmp_path / "test.tsv"
    test.write_text("a\tlikes\tc\nb\tlikes\tc\n", encoding="utf-8")
    told = kbert("kg", "import", test, "--split", "test", "--add", "-o", tmp_path / "kg", "-q").stderr
    assert told == "triples in several splits: 1, the first b, likes, c\n"
    report = kbert("kg", "import", test, "--split", "dev", "--add", "-o", tmp_path / "kg", "--json").json
    assert report["leaks"] == {"triples": 3, "first": ["b", "likes", "c"]}
    apart = kbert("kg", "import", test, "--split", "dev", "-o", tmp_path / "other", "--json", "-q")
    assert (apart.json["leaks"], apart.stderr) == ({"triples": 0, "first": None}, "")


def test_overwrite_begins_anew(kbert, facts, tmp_path):
    kbert("kg", "import", facts, "-o", tmp_path / "kg")
    facts.write_text("x\tlikes\ty\n", encoding="utf-8")
    assert kbert("kg", "import", facts, "--overwrite", "-o", tmp_path / "kg", "--json").json["entities"] == 2


def test_options_of_formats(kbert, tmp_path):
    path = tmp_path / "facts.tsv"
    path.write_text("head\ttail\trelation\tweight\na\tb\tlikes\t2\n", encoding="utf-8")
    words = ("--order", "htr", "--header", "--fourth", "weight")
    report = kbert("kg", "import", path, *words, "-o", tmp_path / "kg", "--json").json
    assert (report["entities"], report["relations"]) == (2, 1)
    assert "likes" in kbert("kg", "info", tmp_path / "kg").stdout


def test_sources_of_several_formats_each_with_their_options(kbert, facts, tmp_path):
    rdf = tmp_path / "facts.ttl"
    rdf.write_text('<b> <http://www.w3.org/2000/01/rdf-schema#label> "Bee"@en .', encoding="utf-8")
    words = ("--base", "http://x/", "--header")
    report = kbert("kg", "import", facts, rdf, *words, "-o", tmp_path / "kg", "--json").json
    assert report["triples"] == 1
    assert report["unknown_texts"] == 1


def test_a_label_separator_parts_labels(kbert, facts, tmp_path):
    labels = tmp_path / "labels.tsv"
    labels.write_text("name\tlabel\na\tAnn, a person\n", encoding="utf-8")
    words = ("--labels", labels, "--label-separator", ", ", "-o", tmp_path / "kg")
    kbert("kg", "import", facts, *words)
    (found,) = kbert("kg", "show", "Ann", "--kg", tmp_path / "kg", "--json").json
    assert (found["name"], found["description"]) == ("a", "a person")
    message = kbert("kg", "import", facts, "--label-separator", ",", "-o", tmp_path / "other", code=2).stderr
    assert "--label-separator is for labels files" in message


def test_the_formats_own_separator_is_not_given_twice(kbert, tmp_path):
    folder = tmp_path / "wordnet"
    folder.mkdir()
    (folder / "train.tsv").write_text("a\tlikes\tb\n", encoding="utf-8")
    (folder / "entity2text.txt").write_text("a\tAnn, a person\nb\tBob, a person\n", encoding="utf-8")
    kbert("kg", "import", folder, "--label-separator", ", ", "-o", tmp_path / "kg")
    (found,) = kbert("kg", "show", "Bob", "--kg", tmp_path / "kg", "--json").json
    assert found["facts_about"] == [["likes", "Ann", "train"]]


def test_standard_input_needs_a_format(kbert, tmp_path):
    words = ("kg", "import", "-", "-o", tmp_path / "kg")
    assert "expected the name of a format" in kbert(*words, code=1, input="a\tr\tb\n").stderr


def test_info(kbert, kg):
    found = kbert("kg", "info", kg, "--json", "--verify").json
    assert found["triples"] == len((SAMPLE / "facts.tsv").read_text(encoding="utf-8").splitlines())
    shown = kbert("kg", "info", kg, "--top", "1").stdout
    assert f"{found['entities']:,}" in shown
    assert shown.count(found["relations_by_count"][0][0]) > 0
    assert found["relations_by_count"][5][0] not in shown.partition("relations\n")[2]


def test_show_by_label_and_with_few_facts(kbert, kg):
    (found,) = kbert("kg", "show", "Painted Sparrow", "--kg", kg, "--json").json
    shown = kbert("kg", "show", "Painted Sparrow", "--kg", kg, "--top", "1").stdout
    assert shown.startswith("Painted Sparrow\n")
    assert f"facts ({len(found['facts']) - 1} more)" in shown
    assert found["facts"][0][1] in shown


def test_hostile_labels_are_shown_as_text(kbert, tmp_path):
    facts = tmp_path / "facts.tsv"
    facts.write_text("[red]x[/red]\t<script>\t\x1b[31my\n", encoding="utf-8")
    kbert("kg", "import", facts, "-o", tmp_path / "kg")
    shown = kbert("kg", "show", "[red]x[/red]", "--kg", tmp_path / "kg").stdout
    assert shown.startswith("[red]x[/red]\n")
    assert "<script>" in shown
    assert r"\x1b[31my" in shown
    assert "\x1b" not in shown
    assert r"\x1b[31my" in kbert("kg", "show", "\x1b[31m", "--kg", tmp_path / "kg", code=2).stderr


def test_what_is_added_and_known_already(kbert, tmp_path):
    """A fact that some split has is known; one of another label is named."""
    kg, table = tmp_path / "kg", tmp_path / "facts.tsv"
    for split, row, add in (("train", "a\tr\tb\t1", ()), ("dev", "a\tr\tc\t-1", ("--add",))):
        table.write_text(f"head\trelation\ttail\tlabel\n{row}\n", encoding="utf-8")
        kbert("kg", "import", table, "--split", split, *add, "-o", kg, "-q")
    table.write_text("a\tr\tb\na\tr\tc\n", encoding="utf-8")
    result = kbert("kg", "import", table, "--add", "-o", kg, "-q", "--json")
    assert (result.json["duplicates"], result.json["new_triples"]) == (1, 1)
    assert result.json["leaks"] == {"triples": 0, "first": None}
    assert result.json["contradictions"] == {"triples": 1, "first": ["a", "r", "c"]}
    assert "triples called true and false: 1, the first a, r, c\n" in result.stderr
