"""Attachment scores of parsers."""

import random
from dataclasses import replace

import pytest
import spacy
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example

from graphs.corpora.conllu import read
from graphs.errors import DataError, OptionsError, Skipped
from graphs.parse_scores import score_parser
from graphs.tables import Parse
from graphs.types import Arc, Document, Sentence, Token

LABELS = ["nsubj", "nsubj:pass", "det", "obj", "punct"]
WORDS = ["ships", "sail", "the", "sea", "today", "...", ",", "harbour"]


def document(words, heads, labels, id="1"):
    tokens, start = [], 0
    for word in words:
        tokens.append(Token(0, start, start + len(word)))
        start += len(word) + 1
    arcs = tuple(Arc(head, word, label) for word, (head, label) in enumerate(zip(heads, labels, strict=True)))
    text = " ".join(words)
    return Document(id, (text,), tokens=tuple(tokens), arcs=arcs, sentences=(Sentence(0, 0, len(text)),))


class Answers:
    """A parser that says of given words what was decided before."""

    def __init__(self, *documents):
        self.said = {document.texts[0]: document for document in documents}

    def __call__(self, texts):
        rows = [(number, self.said[text]) for number, text in enumerate(texts)]
        tokens = [token._replace(text=number) for number, some in rows for token in some.tokens]
        return Parse.of(tokens, [(number, arc) for number, some in rows for arc in some.arcs])

    def annotate(self, texts, given):
        assert not len(given.head), "the answers are not to be seen"
        return self(texts)


GOLD = document(["the", "ships", "sail", "."], [1, 2, -1, 2], ["det", "nsubj:pass", "root", "punct"])


def test_by_hand():
    said = document(["the", "ships", "sail", "."], [2, 2, -1, 1], ["det", "nsubj", "ROOT", "punct"])
    found = score_parser(Answers(said), [GOLD]).as_dict()
    assert found["texts"] == 1
    assert found["all"] == {"gold": 4, "found": 4, "words_f1": 1, "uas": 0.5, "las": 0.25, "las_without_subtypes": 0.5}
    without = found["without_punctuation"]
    assert (without["gold"], without["uas"], without["las"]) == (3, pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert found["per_label"]["punct"] == {"gold": 1, "attached": 0, "labelled": 0}
    assert found["per_label"]["nsubj:pass"] == {"gold": 1, "attached": 1, "labelled": 0}
    assert (found["foreign_labels"], found["foreign_share"]) == ([], 0.0)  # a subtype makes no other scheme


def test_words_that_the_parser_cut_itself_are_matched_by_their_characters():
    """One word of the gold is two for the parser: of 4 and 5 words, 3 are the same."""
    whole = document(["the", "ship's", "sail", "."], [2, 2, -1, 2], ["det", "nmod", "root", "punct"])
    cut = replace(
        whole,
        tokens=tuple(Token(0, *span) for span in [(0, 3), (4, 8), (8, 10), (11, 15), (16, 17)]),
        arcs=tuple(
            Arc(*arc) for arc in [(3, 0, "det"), (3, 1, "nmod"), (1, 2, "case"), (-1, 3, "root"), (1, 4, "punct")]
        ),
    )
    found = score_parser(Answers(cut), [whole], own_tokens=True).as_dict()["all"]
    assert (found["gold"], found["found"]) == (4, 5)
    assert found["words_f1"] == pytest.approx(2 * 3 / 9)
    assert found["uas"] == found["las"] == pytest.approx(2 * 2 / 9)


def test_a_parser_is_right_about_itself():
    found = score_parser(Answers(GOLD), [GOLD]).as_dict()
    assert found["all"]["las"] == found["without_punctuation"]["uas"] == 1.0
    assert found["foreign_labels"] == []


def randomly(count, seed):
    """Documents with random heads; two of the same number have the same words."""
    shape, random_ = random.Random(0), random.Random(seed)
    for number in range(count):
        words = [f"{shape.choice(WORDS)}" for _ in range(shape.randrange(1, 9))]
        words.append(f"n{number}")
        root = random_.randrange(len(words))
        heads = [-1 if i == root else root for i in range(len(words))]
        for i in range(len(words)):
            if (
                i != root
                and random_.random() < 0.3
                and (other := random_.randrange(len(words))) != i
                and heads[other] == root
            ):
                heads[i] = other if all(head != i for head in heads) else root
        yield document(words, heads, [random_.choice(LABELS) if head >= 0 else "root" for head in heads], str(number))


def test_scores_are_those_of_spacy():
    gold, said = list(randomly(300, 1)), list(randomly(300, 2))
    vocab = spacy.blank("en").vocab

    def doc(some):
        words = some.texts[0].split(" ")
        heads = [i if arc.head < 0 else arc.head for i, arc in enumerate(some.arcs)]
        return Doc(
            vocab,
            words,
            heads=heads,
            deps=[arc.label for arc in some.arcs],
            sent_starts=[True] + [False] * (len(words) - 1),
        )

    examples = [Example(doc(ours), doc(theirs)) for ours, theirs in zip(said, gold, strict=True)]
    theirs = Scorer.score_deps(examples, "dep", ignore_labels=(), head_attr="head")
    ours = score_parser(Answers(*said), gold).as_dict()
    assert 0.05 < ours["all"]["las"] < ours["all"]["uas"] < 0.95
    assert ours["all"]["uas"] == pytest.approx(theirs["dep_uas"])
    assert ours["all"]["las"] == pytest.approx(theirs["dep_las"])
    for label, found in theirs["dep_las_per_type"].items():
        tally = ours["per_label"][vocab.strings[label]]
        assert tally["labelled"] / tally["gold"] == pytest.approx(found["r"])


class Mute(Answers):
    """Says nothing of some words."""

    def __call__(self, texts):
        parse = super().__call__(texts)
        return replace(
            parse, **{name: getattr(parse, name)[:2] for name in ("arc_text", "head", "dependent", "arc_label")}
        )


def test_a_word_without_an_arc_is_a_word_that_is_wrong():
    found = score_parser(Mute(GOLD), [GOLD]).as_dict()["all"]
    assert found == {"gold": 4, "found": 4, "words_f1": 1, "uas": 0.5, "las": 0.5, "las_without_subtypes": 0.5}


def test_two_texts_of_a_document_are_two():
    pair = replace(
        GOLD,
        texts=(GOLD.texts[0], GOLD.texts[0]),
        tokens=GOLD.tokens + tuple(token._replace(text=1) for token in GOLD.tokens),
        arcs=GOLD.arcs
        + tuple(Arc(arc.head + 4 if arc.head >= 0 else -1, arc.dependent + 4, arc.label) for arc in GOLD.arcs),
    )
    scores = score_parser(Answers(GOLD), [pair])
    assert (scores.texts, scores.all.gold, scores.all.scores()["las"]) == (2, 8, 1.0)


@pytest.mark.parametrize(("often", "expected"), [(20, True), (2, False)])
def test_another_scheme_is_told_where_there_are_enough_words(often, expected):
    said = document(["the", "ships", "sail", "."], [1, 2, -1, 2], ["NK", "SB", "ROOT", "punct"])
    scores = score_parser(Answers(said), [GOLD] * often)
    assert scores.foreign_labels == ["nk", "sb"]
    assert scores.other_scheme == expected


def test_a_parser_that_cannot_work_on_given_words():
    class Own:
        def __call__(self, texts):
            return Answers(GOLD)(texts)

    with pytest.raises(OptionsError, match="the parser cannot work on given words: let it cut them itself"):
        score_parser(Own(), [GOLD])
    assert score_parser(Own(), [GOLD], own_tokens=True).all.scores()["las"] == 1.0


def test_texts_without_arcs_are_passed_over_where_asked(tmp_path):
    path = tmp_path / "half.conllu"
    unparsed = "1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n\n"
    path.write_text(unparsed + "1\ta\t_\t_\t_\t_\t0\troot\t_\t_\n\n", encoding="utf-8")
    bad = Skipped(1)
    said = document(["a"], [-1], ["root"])
    assert score_parser(Answers(said), read(path), bad=bad).texts == 1
    assert "half.conllu:1" in str(bad.errors[0])
    with pytest.raises(DataError, match="treebank: expected a text with dependency arcs at least, found none"):
        score_parser(Answers(said), [])


def test_a_parser_without_arcs_and_texts_without_arcs(tmp_path):
    class Silent(Answers):
        def __call__(self, texts):
            return Parse.of([token for number, text in enumerate(texts) for token in self.said[text].tokens])

    with pytest.raises(DataError, match="the parser: expected arcs between words, found none: it does not parse"):
        score_parser(Silent(GOLD), [GOLD])
    path = tmp_path / "unparsed.conllu"
    path.write_text("1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"unparsed.conllu:1: expected a text with dependency arcs to compare with"):
        score_parser(Answers(GOLD), read(path))
