"""Measuring links of text graphs and fitting a linker to known ones, under ``kbert graph``."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.graph_build import PARSER
from cli.options import as_json, other_kg, quiet
from cli.parts import Slot
from cli.texts import COLUMNS, FORMAT, FORMAT_OPTION, texts_of

if TYPE_CHECKING:
    from graphs.link_counts import LinkCounts

FITTED = "context"
"""The linker that is fitted."""

WEIGHTS = ("fitted", "prior", "context", "nil", "threshold")
"""What is looked for, and no option then."""

LINKER = Slot("linker", "graphs.linkers", "Linker", skip=WEIGHTS)

_CALLED = {
    "mentions": "mentions",
    "links": "links",
    "links_in_graph": "links, known ones in the graph alone",
    "nil": "nothing in the graph",
}


@kbert_command("evaluate-links", slots=[FORMAT])
@click.argument("graphs", type=click.Path(path_type=Path))
@click.argument("texts", nargs=-1, required=True, metavar="GOLD...")
@FORMAT_OPTION
@COLUMNS
@other_kg
@click.option("--any-data", is_flag=True, help="Also measure on texts that the weights of the linker were fitted to.")
@as_json
def evaluate_links(
    graphs: Path,
    texts: tuple[str, ...],
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    kg: str | None,
    any_data: bool,
    as_json: bool,
) -> None:
    """Compare the links of text graphs with those that the same texts bring along (GOLD, as it was built from).

    A mention is right where it has the same characters, a link where it names the same entity, too.

    \b
    Example:
      kbert graph evaluate-links graphs/dev gold.jsonl
    """
    from graphs.corpus import Corpus
    from graphs.link_counts import LinkCounts, said_in
    from graphs.link_gold import gold_of
    from graphs.link_protocol import standing
    from graphs.recipe import Recipe

    corpus = Corpus.open(graphs)
    recipe = Recipe.from_dict(corpus.manifest["recipe"])
    graph = recipe.graph(kg)
    gold = gold_of(texts_of(texts, format, format_options, columns).read(), graph)
    how = standing(recipe, gold.documents)
    if how is not None and not any_data:
        how.check()
    protocol = "no weights were fitted" if how is None else how.sentence
    counts = LinkCounts.of(gold.entity, said_in(corpus, gold, graph))
    if as_json:
        console.print_json({"graphs": str(graphs), "texts": len(corpus), "protocol": protocol, **counts.as_dict()})
    else:
        _show(f"links of {len(corpus):,} texts", counts)
        console.line(protocol)


@kbert_command("fit-linker", slots=[FORMAT, PARSER, LINKER], fixed={"linker": FITTED})
@click.argument("texts", nargs=-1, required=True, metavar="GOLD...")
@click.option("--out", "-o", required=True, type=click.Path(path_type=Path), help="File of the weights (JSON).")
@click.option("--overwrite", is_flag=True, help="Replace the file.")
@click.option("--kg", required=True, type=click.Path(), help="Folder of the knowledge graph (kbert kg import).")
@click.option(
    "--parser", default="words", show_default=True, metavar="NAME", help="How texts are cut into tokens and sentences."
)
@FORMAT_OPTION
@COLUMNS
@click.option(
    "--folds",
    type=click.IntRange(2),
    default=5,
    show_default=True,
    help="Parts of the texts, each measured with weights fitted to the others.",
)
@as_json
@quiet
def fit_linker(
    texts: tuple[str, ...],
    out: Path,
    overwrite: bool,
    kg: str,
    parser: str,
    parser_options: dict[str, dict[str, Any]],
    linker_options: dict[str, dict[str, Any]],
    format: str | None,
    format_options: dict[str, dict[str, Any]],
    columns: tuple[str, ...],
    folds: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fit the weights of the linker context to texts with known links, and say how right it is on others.

    \b
    Example:
      kbert graph fit-linker gold.jsonl --kg kg --vectors runs/descriptions \\
          -o linker.json
    """
    from graphs import rooms
    from graphs.files import check_free_file
    from graphs.knowledge import KnowledgeGraph
    from graphs.link_counts import LinkCounts
    from graphs.link_fitting import cross_fit, examples_of, fit
    from graphs.link_gold import gold_of
    from graphs.link_protocol import text_digests
    from graphs.link_weights import write_weights
    from graphs.linkers.context import Linker
    from graphs.recipe import PARSERS

    check_free_file(out, overwrite=overwrite, reads=texts)
    options = linker_options[FITTED]
    graph = KnowledgeGraph.open(kg)
    linker = Linker(graph, **options)
    source = texts_of(texts, format, format_options, columns)
    gold = gold_of(source.read(), graph)
    parse = rooms.find(PARSERS, parser).Parser(**parser_options[parser])
    with console.bar("texts", len(gold.documents), quiet=quiet) as bar:
        examples = examples_of(linker, parse, gold, bar.update)
    held_out = cross_fit(examples, gold, folds)
    own = LinkCounts.of(gold.entity, {})
    weights = fit(examples, own.gold_in_graph)
    results = {
        "by_prior": LinkCounts.of(gold.entity, examples.said_by_prior()),
        "control": cross_fit(examples, gold, folds, likeness=False),
        "cross_fitted": held_out,
        "fitted": LinkCounts.of(gold.entity, examples.said(weights)),
    }
    made: Mapping[str, Any] = {
        "options": options,
        "parser": {"name": parser, "options": parser_options[parser]},
        "texts": source.as_dict(),
        "folds": folds,
        "results": {name: counts.as_dict() for name, counts in results.items()},
    }
    write_weights(out, weights, linker.fitted_with, text_digests(gold.documents), made)
    if as_json:
        console.print_json({"out": str(out), "weights": weights._asdict(), **made})
        return
    _show_fit(out, weights._asdict(), results, folds)


def _show(title: str, counts: "LinkCounts") -> None:
    known = {
        "mentions": (counts.gold_mentions, counts.mentions, counts.right_mentions),
        "links": (counts.gold_links, counts.links, counts.right_links),
        "links_in_graph": (counts.gold_in_graph, counts.links, counts.right_links),
        "nil": (counts.gold_nil, counts.nil, counts.right_nil),
    }
    rows = [
        (_CALLED[name], *map(console.number, known[name]), *(console.number(value) for value in figures.values()))
        for name, figures in counts.figures().items()
    ]
    header = ("", "known", "found", "right", "precision", "recall", "f1")
    console.table(title, header, rows, right=range(1, len(header)))
    _say_bounds(counts)


def _show_fit(out: Path, weights: Mapping[str, float], results: Mapping[str, "LinkCounts"], folds: int) -> None:
    called = {
        "by_prior": "dictionary",
        "control": f"without the context, cross-fitted ({folds} folds)",
        "cross_fitted": f"context, cross-fitted ({folds} folds)",
        "fitted": "context, on what it was fitted to",
    }
    rows = []
    for name, counts in results.items():
        figures = counts.figures()["links_in_graph"].values()
        rows.append((called[name], f"{counts.links:,}", f"{counts.right_links:,}", *map(console.number, figures)))
    header = ("links, known ones in the graph alone", "found", "right", "precision", "recall", "f1")
    console.table(str(out), header, rows, right=range(1, len(header)))
    _say_bounds(results["cross_fitted"])
    console.line("weights: " + ", ".join(f"{name} {value:.4g}" for name, value in weights.items()))


def _say_bounds(counts: "LinkCounts") -> None:
    console.line(
        f"coverage {counts.coverage:.1%}: the graph has the entities of {counts.gold_in_graph:,} of "
        f"{counts.gold_links:,} known links; of {counts.candidate_recall:.1%} of these the entity was a candidate"
    )
