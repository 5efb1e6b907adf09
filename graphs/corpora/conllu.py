"""CoNLL-U: sentences that are already cut into words, tagged and parsed."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from graphs.corpora._blocks import blocks
from graphs.corpora._conllu import Row, Sentence, comments, sentence
from graphs.corpora._fields import check_columns, number
from graphs.errors import DataError, OnBad, OptionsError, did_you_mean, shown, stop
from graphs.lines import stem
from graphs.types import Arc, Document, Target, Token
from graphs.types import Sentence as Span

SUFFIXES = (".conllu",)

FIELDS = ("id", "group", "target", "value", "tags")


def _groups(path: str | Path, per: str, pos: str, bad: OnBad) -> Iterator[list[Sentence]]:
    """The sentences of each document. A document that lost a sentence to an error is left out."""
    group: list[Sentence] = []
    whole = True
    for block in blocks(path, bad=bad):
        begins = per == "sentence" or any(key.split()[:1] == ["newdoc"] for key in comments(block.lines))
        if begins:
            if group and whole:
                yield group
            group, whole = [], True
        if not block.whole:
            whole = False
            continue
        try:
            found = sentence(path, block.lines, pos)
            if whole and not group and not begins:
                raise DataError(path, block.lines[0][0], "a '# newdoc' before the first sentence", "none")
            group.append(found)
        except DataError as error:
            bad(error)
            whole = False
    if group and whole:
        yield group


class _Reader:
    """Makes documents of sentences, with what the user wants from comments and columns."""

    def __init__(self, path: str | Path, columns: Mapping[str, str], named_by: str) -> None:
        self._path, self._columns, self._named_by = path, columns, named_by

    def _comment(self, field: str, sentences: Sequence[Sentence]) -> tuple[int, str] | None:
        """The comment of a document for a field: that of its first sentence, which no other may gainsay."""
        key = self._columns.get(field)
        if not key:
            return None
        line, value = sentences[0].comments.get(key, (sentences[0].line, ""))
        if not value:
            raise DataError(self._path, line, f"a comment '# {key} = …' for {field}", "none")
        for later in sentences[1:]:
            line_there, there = later.comments.get(key, (0, value))
            if there != value:
                raise DataError(self._path, line_there, f"one {key} in a document ({shown(value)})", shown(there))
        return line, value

    def _id(self, sentences: Sequence[Sentence]) -> str:
        named = self._comment("id", sentences)
        if named is not None:
            return named[1]
        name = sentences[0].comments.get(self._named_by, (0, ""))[1]
        return name or f"{stem(self._path)}:{sentences[0].line}"

    def _tag(self, column: str, word: Row) -> str:
        tag: str = getattr(word, column)
        if tag == "_":
            raise DataError(self._path, word.line, f"a tag in the column {column}", "none")
        return tag

    def _target(self, sentences: Sequence[Sentence]) -> Target:
        label, value = self._comment("target", sentences), self._comment("value", sentences)
        column = self._columns.get("tags")
        words = [word for one in sentences for word in one.speakers]
        return Target(
            label=None if label is None else label[1],
            value=None if value is None else number(self._path, *value),
            tags=None if column is None else tuple(self._tag(column, word) for word in words),
        )

    def document(self, sentences: Sequence[Sentence]) -> Document:
        """One document of all these sentences, one after the other in its text."""
        tokens: list[Token] = []
        arcs: list[Arc] = []
        spans: list[Span] = []
        text = ""
        for i, one in enumerate(sentences):
            if i and sentences[i - 1].space_after:
                text += " "
            shift, before = len(text), len(tokens)
            tokens += [token._replace(start=token.start + shift, end=token.end + shift) for token in one.tokens]
            arcs += [Arc(a.head + before if a.head >= 0 else -1, a.dependent + before, a.label) for a in one.arcs]
            spans.append(Span(0, shift, shift + len(one.text)))
            text += one.text
        group = self._comment("group", sentences)
        return Document(
            id=self._id(sentences),
            texts=(text,),
            group=None if group is None else group[1],
            tokens=tuple(tokens),
            arcs=tuple(arcs),
            sentences=tuple(spans),
            target=self._target(sentences),
            file=str(self._path),
            line=sentences[0].line,
        )


def read(
    path: str | Path,
    *,
    columns: Mapping[str, str] = {},
    bad: OnBad = stop,
    per: Literal["sentence", "document"] = "sentence",
    pos: Literal["upos", "xpos"] = "upos",
) -> Iterator[Document]:
    """Each sentence, or each document, comes with its tokens, tags, lemmas, arcs and sentences.

    The text is that of ``# text``; without it the forms are joined, with ``SpaceAfter=No`` obeyed.
    A token is what stands in the text: where several words are written as one (``1-2``), the
    word nearest to the root speaks for all with its tag, lemma and arc, and what depends on any of
    them depends on the token. Empty nodes (``8.1``) and enhanced dependencies are not read. A
    sentence whose heads are all ``_`` has no arcs; any other must be a tree with one root.

    ``columns`` names comments for the fields id, group, target (a label) and value (a number), as
    in ``{"target": "sentiment"}`` for lines ``# sentiment = good``; for the field tags it names a
    column, as in ``{"tags": "upos"}``. Else the id is ``sent_id`` (of a document, the id of
    ``# newdoc``), or the file's name and the number of the sentence's first line. A bad line takes
    its sentence or document with it.

    Args:
        per: what makes a document of the corpus: a sentence, or all from one `# newdoc` to the next
        pos: which column holds the tokens' part of speech
    """
    check_columns(columns, FIELDS, "a CoNLL-U file")
    if columns.get("tags", "upos") not in Row._fields[2:]:
        known = Row._fields[2:]
        hint = did_you_mean(columns["tags"], known)
        raise OptionsError(f"columns: tags={columns['tags']} is no column{hint}; there are: {', '.join(known)}")
    reader = _Reader(path, columns, "sent_id" if per == "sentence" else "newdoc id")
    for group in _groups(path, per, pos, bad):
        try:
            document = reader.document(group)
        except DataError as error:
            bad(error)
        else:
            yield document
