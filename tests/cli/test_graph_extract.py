"""Candidate triples on the command line."""

import json

import pytest

NEWS = """\
# text = Ada Moor founded Moor Mills in Elmford.
1	Ada	Ada	PROPN	_	_	3	nsubj	_	_
2	Moor	Moor	PROPN	_	_	1	flat	_	_
3	founded	found	VERB	_	_	0	root	_	_
4	Moor	Moor	PROPN	_	_	5	compound	_	_
5	Mills	Mill	PROPN	_	_	3	obj	_	_
6	in	in	ADP	_	_	7	case	_	_
7	Elmford	Elmford	PROPN	_	_	3	obl	_	SpaceAfter=No
8	.	.	PUNCT	_	_	3	punct	_	_

"""
HEADER = "head\tphrase\ttail\tevidence\ttext\n"
FIRST = "Ada Moor\tfounded\tMoor Mills\tAda Moor founded Moor Mills in Elmford.\tnews:2\n"
SECOND = "Ada Moor\tfounded in\tElmford\tAda Moor founded Moor Mills in Elmford.\tnews:2\n"


@pytest.fixture(scope="module")
def news(kbert, tmp_path_factory):
    folder = tmp_path_factory.mktemp("extract")
    (folder / "facts.tsv").write_text("Ada Moor\tlives in\tElmford\nMoor Mills\tlies in\tElmford\n", encoding="utf-8")
    (folder / "news.conllu").write_text(NEWS, encoding="utf-8")
    kbert("kg", "import", folder / "facts.tsv", "-o", folder / "kg", "-q")
    link = ("--kg", folder / "kg", "--linker", "dictionary", "-o", folder / "graphs", "-q")
    kbert("graph", "build", folder / "news.conllu", "--parser", "conllu", *link)
    return folder / "graphs"


def test_a_table_on_standard_output(kbert, news):
    done = kbert("graph", "extract", news)
    assert done.stdout == HEADER + FIRST + SECOND
    assert done.stderr == "1 texts (0 without arcs): 2 candidates between 2 pairs of entities\n"
    assert kbert("graph", "extract", news, "-q", "--limit", 1).stderr == ""


def test_more_columns(kbert, news):
    header, first, _ = kbert("graph", "extract", news, "--lemmas", "--texts").stdout.splitlines()
    assert header == HEADER.rstrip("\n") + "\tlemmas\thead_text\ttail_text"
    assert first == FIRST.rstrip("\n") + "\tfound\tAda Moor\tMoor Mills"


def test_a_file(kbert, news, tmp_path):
    words = ("graph", "extract", news, "-o", tmp_path / "out.tsv", "-q")
    assert kbert(*words).stdout == ""
    assert (tmp_path / "out.tsv").read_text(encoding="utf-8") == HEADER + FIRST + SECOND
    assert "is there already" in kbert(*words, code=2).stderr
    lines = ("graph", "extract", news, "-o", tmp_path / "out.tsv", "--overwrite", "-q")
    kbert(*lines, "--json", json_lines=True)
    first, _ = map(json.loads, (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines())
    assert list(first) == HEADER.split()
    assert "\t".join(first.values()) + "\n" == FIRST


def test_graphs_without_arcs(kbert, graphs, tmp_path):
    done = kbert("graph", "extract", graphs / "own" / "dev", "-o", tmp_path / "out.tsv", code=1)
    assert "expected text graphs with dependency arcs (kbert graph build --parser spacy, or conllu)" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert kbert("graph", "extract", graphs / "own" / "dev", code=1).stdout == ""
