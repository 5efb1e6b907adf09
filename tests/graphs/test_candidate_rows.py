"""Candidates of a whole corpus: the rows, what is counted, and what cannot be written or found."""

import csv
import io
import json

import pytest

from graphs import candidate_rows
from graphs.candidate_rows import ExtractCounts, columns_of, tsv_lines
from graphs.corpus import Corpus
from graphs.errors import DataError, StoreError
from graphs.extract import candidates
from graphs.pipeline import build_corpus
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.texts import Texts
from graphs.types import Triple

ADA = """\
# text = Ada founded Brix.
1	Ada	Ada	PROPN	_	_	2	nsubj	_	_
2	founded	find	VERB	_	_	0	root	_	_
3	Brix	Brix	PROPN	_	_	2	obj	_	SpaceAfter=No
4	.	.	PUNCT	_	_	2	punct	_	_

"""
LIVES = """\
# text = Ada lives in Lyon.
1	Ada	Ada	PROPN	_	_	2	nsubj	_	_
2	lives	live	VERB	_	_	0	root	_	_
3	in	in	ADP	_	_	4	case	_	_
4	Lyon	Lyon	PROPN	_	_	2	obl	_	SpaceAfter=No
5	.	.	PUNCT	_	_	2	punct	_	_

"""


@pytest.fixture(scope="module")
def kg(graph_of):
    triples = [Triple("Ada", "knows", "Q1"), Triple("Ada", "knows", "Lyon")]
    return graph_of(triples, [json.dumps({"name": "Q1", "label": "Brix", "aliases": ["Brix Ltd"]})])


@pytest.fixture
def corpus(kg, tmp_path):
    def build(name, *contents, parser="conllu"):
        path = tmp_path / name
        path.write_text("".join(contents), encoding="utf-8")
        recipe = Recipe.of(Part(parser), (Part("dictionary"),), str(kg.folder))
        return build_corpus(Texts((str(path),)), recipe, tmp_path / f"{name}-graphs")

    return build


def rows_of(corpus: Corpus, **options):
    counts = ExtractCounts()
    how = {key: options.pop(key) for key in ("limit", "on_text") if key in options}
    return list(candidate_rows.candidate_rows(corpus, columns_of(**options), counts, **how)), counts


def test_rows_are_the_candidates_of_each_text(corpus):
    made = corpus("x.conllu", ADA, LIVES, ADA)
    rows, counts = rows_of(made, lemmas=True)
    assert [tuple(row.values()) for row in rows] == [
        (*found[:4], found.text, found.lemmas) for graph in made for found in candidates(graph)
    ]
    assert [row["text"] for row in rows] == ["x:2", "x:8", "x:15"]
    assert counts == ExtractCounts(texts=3, without_arcs=0, candidates=3, pairs=2)
    assert all(tuple(row) == ("head", "phrase", "tail", "evidence", "text", "lemmas") for row in rows)


def test_what_the_graphs_call_the_entities(corpus):
    ((first, _), _) = rows_of(corpus("x.conllu", ADA, LIVES), texts=True)
    assert (first["tail"], first["head_text"], first["tail_text"]) == ("Q1", "Ada", "Brix")


def test_so_many_texts(corpus):
    heard = []
    rows, counts = rows_of(corpus("x.conllu", ADA, LIVES, ADA), limit=2, on_text=lambda: heard.append(1))
    assert (len(rows), counts.texts, len(heard)) == (2, 2, 2)


def test_texts_without_arcs(corpus):
    with pytest.raises(StoreError, match=r"expected text graphs with dependency arcs .*spacy, or conllu.*, found none"):
        rows_of(corpus("x.txt", "Ada founded Brix.\n", parser="words"))
    assert rows_of(corpus("none.txt", "", parser="words")) == ([], ExtractCounts())


def test_the_table_is_read_back_by_another_reader(corpus):
    rows, _ = rows_of(corpus("x.conllu", ADA.replace("Ada founded", "Ada  founded"), LIVES))
    text = "\n".join(tsv_lines(iter(rows), columns_of()))
    read = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert read == rows


def test_white_space_in_fields_and_in_names():
    row = {"head": "a  b", "phrase": "x\ty", "tail": "c", "evidence": "one\ntwo", "text": "t\t1"}
    assert list(tsv_lines([row], columns_of()))[1] == "a  b\tx y\tc\tone two\tt 1"
    for name in ("c\td", "c\nd"):
        with pytest.raises(DataError, match=r"text t\t1: expected entities without tab and line end, found 'c\\[tn]d'"):
            list(tsv_lines([{**row, "tail": name}], columns_of()))
