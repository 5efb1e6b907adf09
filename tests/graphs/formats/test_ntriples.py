import bz2
import gzip

import numpy as np
import pyoxigraph as rdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.errors import DataError, Skipped
from graphs.formats import ntriples
from graphs.formats._iris import plain
from graphs.rooms import with_defaults
from graphs.triples import LeftOut
from graphs.types import EntityText, Triple

X, P, Y = "http://a/x", "http://a/p", "http://a/y"
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"


def write(tmp_path, text, name="facts.nt"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# Each piece may turn a plain line into one that only looks plain.
PIECES = [
    "http:",
    "https:",
    "HTTP:",
    "urn:",
    "//",
    "a",
    "b.org/",
    "#",
    "?",
    "%41",
    "%4",
    "é",
    ":",
    "@",
    "[",
    "\\u0041",
    "~",
]
NODE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map(lambda pieces: f"<{''.join(pieces)}>")
GOOD = st.sampled_from([f"<{X}>", f"<{Y}>", "<https://b.org/i?j=1#k>"])
TERM = st.one_of(GOOD, GOOD, GOOD, NODE, st.sampled_from(['"lit"', '"li <t> ."@en', "_:b", "<>", "<http://a b>", ""]))
GAP = st.sampled_from([" ", " ", " ", " ", " ", "\t", "  ", ""])
END = st.sampled_from([" .", " .", " .", ".", " . ", " . # why", "", " ,", " ..", "\t."])
LINE = st.tuples(TERM, GAP, TERM, GAP, TERM, END).map("".join)


def judged(line):
    """What the parser alone makes of one line: None where it finds an error."""
    try:
        return list(rdf.parse(line.encode(), rdf.RdfFormat.N_TRIPLES))
    except SyntaxError:
        return None


def named(node):
    return node.value if isinstance(node, rdf.NamedNode) else f"_:facts.nt#{node.value}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all examples of a property: thousands of new files would take longer than the tests."""
    return tmp_path_factory.mktemp("kg")


@given(st.lists(st.one_of(LINE, st.sampled_from(["", "# comment", f"<{X}> <{P}> <{Y}> ."])), max_size=6))
def test_the_fast_way_agrees_with_the_parser(folder, lines):
    path = write(folder, "".join(line + "\n" for line in lines))
    skipped = Skipped(len(lines))
    found = [record for record in ntriples.read(path, bad=skipped) if isinstance(record, Triple)]
    results = [judged(line) for line in lines]
    statements = [s for result in results for s in result or () if not isinstance(s.object, rdf.Literal)]
    assert found == [Triple(named(s.subject), s.predicate.value, named(s.object)) for s in statements]
    assert [error.line for error in skipped.errors] == [i for i, r in enumerate(results, 1) if r is None]


def test_which_lines_are_plain():
    good = f"<{X}> <{P}> <https://b.org/i?j=1#k> .\n"
    others = ["\n", "# <http://a> <http://a> <http://a> .\n", good.replace(" .", "."), good.replace("http", "ftp", 1)]
    is_plain, names = plain("".join([good, *others, good]).encode())
    assert np.flatnonzero(is_plain).tolist() == [0, 5]
    assert names == [[X.encode()] * 2, [P.encode()] * 2, [b"https://b.org/i?j=1#k"] * 2]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
@pytest.mark.parametrize(
    ("ending", "text"),
    [(".nt", f"<{X}> <{P}> <{Y}> .\n"), (".ttl", "\ufeff@prefix a: <http://a/> .\na:x a:p a:y .\n")],
)
def test_plain_and_compressed(tmp_path, pack, ending, text):
    packed = {bytes: "", gzip.compress: ".gz", bz2.compress: ".bz2"}[pack]
    path = write(tmp_path, pack(text.encode()), f"facts{ending}{packed}")
    assert list(ntriples.read(path)) == [Triple(X, P, Y)]


def test_the_syntax_can_be_named(tmp_path):
    path = write(tmp_path, "<x> <http://a/p> <y>.", "facts.rdf")
    assert list(ntriples.read(path, syntax="turtle", base="http://a/")) == [Triple(X, P, Y)]


TEXTS = f"""\
<{X}> {LABEL} "Ex"@en .
<{X}> {LABEL} "Ix"@de .
<{X}> <http://www.w3.org/2004/02/skos/core#prefLabel> "X" .
<{X}> <http://www.w3.org/2004/02/skos/core#altLabel> "a \\"quoted\\" x"@EN .
<{X}> <http://schema.org/description> "a letter"@en .
<{X}> <http://www.w3.org/2000/01/rdf-schema#comment> ""@en .
<{X}> <http://a/height> "3"^^<http://www.w3.org/2001/XMLSchema#integer> .
"""


def blocks_of(path):
    return ntriples.blocks(path, **with_defaults(ntriples.read, {"bad": pytest.fail}))


@pytest.mark.parametrize("name", ["facts.nt", "facts.ttl"])
def test_literals_are_texts_or_left_out(tmp_path, name):
    path = write(tmp_path, TEXTS, name)
    blocks = list(blocks_of(path))
    assert [block for block in blocks if isinstance(block, EntityText)] == [
        EntityText(X, label="Ex"),
        EntityText(X, label="X"),
        EntityText(X, aliases=('a "quoted" x',)),
        EntityText(X, description="a letter"),
    ]
    kinds = ("empty texts", "literal values", "texts in other languages")
    assert [block for block in blocks if isinstance(block, LeftOut)] == [LeftOut(kind, 1) for kind in kinds]
    labels = [record.label for record in ntriples.read(path, language="de") if record.label]
    assert labels == ["Ix", "X"]


def test_quoted_triples_are_left_out(tmp_path):
    path = write(tmp_path, f"<{X}> <{P}> <<( <{X}> <{P}> <{Y}> )>> .\n")
    assert [b for b in blocks_of(path) if isinstance(b, LeftOut)] == [LeftOut("quoted triples", 1)]


def test_blank_nodes_belong_to_their_file(tmp_path):
    line = f"_:b <{P}> _:c .\n"
    for name in ("one.nt", "two.nt"):
        assert list(ntriples.read(write(tmp_path, line, name))) == [Triple(f"_:{name}#b", P, f"_:{name}#c")]
    path = write(tmp_path, f"<{X}> <{P}> [ <{P}> [] ] . _:b <{P}> _:b .", "three.ttl")
    found = list(ntriples.read(path))
    assert found == list(ntriples.read(path))
    names = {name for triple in found for name in (triple.head, triple.tail)}
    assert names == {X, "_:three.ttl#1", "_:three.ttl#2", "_:three.ttl#3"}


BAD = {
    f"<{X}> <{P}> .\n": r"facts.nt:2: expected an N-Triples statement, found The object .* at column 27: '<http",
    f"<{X}> <{P}> <y> .\n": "facts.nt:2: expected an N-Triples statement, found No scheme",
    f"<{X}> <{P}> <{Y}>\n": "facts.nt:2: expected an N-Triples statement, found Triples must be followed by a dot",
    f"<{X}> <{P}>\n<{Y}> .\n": "facts.nt:2: expected an N-Triples statement",
}


@pytest.mark.parametrize(("line", "message"), BAD.items())
def test_a_bad_line_stops_or_is_skipped(tmp_path, line, message):
    good = f"<{X}> <{P}> <{Y}> .\n"
    path = write(tmp_path, good + line + good)
    with pytest.raises(DataError, match=message):
        list(ntriples.read(path))
    assert list(ntriples.read(path, bad=Skipped(2))) == [Triple(X, P, Y)] * 2


def test_broken_utf8(tmp_path):
    path = write(tmp_path, f"<{X}> <{P}> <{Y}> .\n<{X}> <{P}> ".encode() + b'"\xff" .\n')
    with pytest.raises(DataError, match=r"facts.nt:2: expected UTF-8, found byte 0xff at byte 28"):
        list(ntriples.read(path))


def test_broken_turtle_says_what_was_left_out(tmp_path):
    text = "@prefix a: <http://a/> .\na:x a:p a:y .\na:x a:p b:c ;\n  a:q a:z .\na:y a:p a:x .\n"
    path = write(tmp_path, text, "facts.ttl")
    span = "left out: from line 3, column 9 to line 3, column 12, and on to the next statement"
    with pytest.raises(DataError, match=f"facts.ttl:3: expected Turtle, found The prefix b: .* .{span}"):
        list(ntriples.read(path))
    assert list(ntriples.read(path, bad=Skipped(1))) == [Triple(X, P, Y), Triple(Y, P, X)]


@pytest.mark.parametrize("name", ["facts.nt.gz", "facts.ttl.gz"])
def test_a_damaged_archive_is_named(tmp_path, name):
    packed = gzip.compress(b"".join(b"<http://a/%d> <http://a/p> <http://a/%d> .\n" % (i, i * i) for i in range(9999)))
    with pytest.raises(DataError, match=f"{name}.* expected a whole archive"):
        list(ntriples.read(write(tmp_path, packed[: len(packed) // 2], name)))


def test_a_file_that_is_no_archive_is_named(tmp_path):
    with pytest.raises(DataError, match=r"facts.ttl.gz: expected a whole archive, found Not a gzipped file"):
        list(ntriples.read(write(tmp_path, b"a:x a:p a:y .", "facts.ttl.gz")))


@pytest.mark.parametrize("name", ["none.nt", "none.ttl"])
def test_a_missing_file_is_named(tmp_path, name):
    with pytest.raises(DataError, match=f"{name}: expected a file, found nothing there"):
        list(ntriples.read(tmp_path / name))
