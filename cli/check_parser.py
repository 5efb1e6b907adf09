"""Measuring a parser against a treebank, under ``kbert check``."""

from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.graph_build import PARSER
from cli.options import as_json, quiet, skip_bad
from cli.texts import COLUMNS, FORMAT, FORMAT_OPTION, texts_of

if TYPE_CHECKING:
    from graphs.parse_scores import ParseScores

MOST = 15
"""Labels shown; --json has all."""


@kbert_command("parser", slots=[FORMAT, PARSER])
@click.argument("texts", nargs=-1, required=True, metavar="FILE...")
@FORMAT_OPTION
@COLUMNS
@click.option("--parser", default="spacy", show_default=True, metavar="NAME", help="What parses (kbert list parsers).")
@click.option("--own-tokens", is_flag=True, help="The parser cuts words and sentences itself; else it is given those.")
@skip_bad
@as_json
@quiet
def parser(
    texts: tuple[str, ...],
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    parser: str,
    parser_options: dict[str, dict[str, Any]],
    own_tokens: bool,
    skip_bad: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Parse the sentences of a treebank (CoNLL-U) anew, and say how much is right: what syntax can give hangs on it.

    UAS: words with the right head. LAS: those that have the right label, too.
    Words that are written as one (1-2 of CoNLL-U) count as one.

    \b
    Example:
      kbert check parser treebank.conllu --pipeline en_core_web_sm
    """
    from graphs import rooms
    from graphs.errors import OptionsError, Skipped
    from graphs.parse_scores import score_parser

    if parser == "conllu":
        raise OptionsError("the parser conllu keeps the arcs of the treebank: name one that parses")
    made = rooms.find(PARSER.room, parser).Parser(**parser_options[parser])
    bad = Skipped(skip_bad)
    documents = texts_of(texts, format, format_options, columns).read(bad)
    try:
        with console.bar("texts", quiet=quiet) as bar:
            scores = score_parser(made, documents, own_tokens=own_tokens, bad=bad, on_documents=bar.advance)
    finally:
        for error in bad.errors:
            console.say(f"skipped {error}")
    if as_json:
        console.print_json({"parser": parser, "options": parser_options[parser], **scores.as_dict()})
    else:
        _print(f"{parser} on {', '.join(texts)}", scores)


def _print(title: str, scores: "ParseScores") -> None:
    kinds = {"all words": scores.all, "without punctuation": scores.without_punctuation}
    names = {"words_f1": "words F1", "uas": "UAS", "las": "LAS", "las_without_subtypes": "LAS, subtypes aside"}
    rows = [
        (kind, f"{tally.gold:,}", *(console.number(tally.scores()[name]) for name in names))
        for kind, tally in kinds.items()
    ]
    header = ("", "gold", *names.values())
    console.table(f"{title}, {scores.texts:,} texts", header, rows, right=tuple(range(1, len(header))))
    labels = scores.by_frequency()
    most = f", the {MOST} most frequent of {len(labels):,}" if len(labels) > MOST else ""
    shares = [
        (label, f"{tally.gold:,}", f"{tally.attached / tally.gold:.1%}", f"{tally.labelled / tally.gold:.1%}")
        for label, tally in labels[:MOST]
    ]
    console.table(f"labels of the treebank{most}", ("", "gold", "attached", "labelled"), shares, right=(1, 2, 3))
    if scores.other_scheme:
        some = ", ".join(scores.foreign_labels[:5])
        console.line(
            f"LAS says little: {scores.foreign_share:.1%} of the arcs have a label that the treebank does not have "
            f"({some}), so its labels may be of another scheme. UAS may differ by the scheme, too."
        )
