"""Turn texts and behaviour into graphs; show and export them, extract what they say, and measure links."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cli import console
from cli.behaviour_graphs import show_behaviour
from cli.command import command as kbert_command
from cli.graph_behaviour import behaviour
from cli.graph_build import build
from cli.graph_extract import extract
from cli.graph_links import evaluate_links, fit_linker
from cli.models import MODEL
from cli.options import as_json, out, quiet, refuse_idle
from graphs.folders import is_free


@click.group()
def command() -> None:
    """Text graphs and behaviour graphs: build, show, export; extract, fit linkers and measure links.

    \b
    Example:
      kbert graph build train.tsv --kg kg --linker dictionary -o graphs/train
    """


TREES = "kbert"
"""The model that reads sentence trees."""


@kbert_command("show", slots=[MODEL], fixed={"model": TREES})
@click.argument("graphs", type=click.Path(path_type=Path))
@click.option("--id", "name", help="Show the text of this id.")
@click.option(
    "--number",
    "-n",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Show the text at this place, counted from 0.",
)
@click.option("--encoder", help="Cut words as this encoder's tokenizer does; else every word is one piece.")
@click.option("--all", "whole", is_flag=True, help="List every piece of a long text, or every event of a user.")
@click.option("--user", metavar="NAME", help="Of a behaviour graph: show this user.")
@as_json
def show(
    graphs: Path,
    name: str | None,
    number: int,
    encoder: str | None,
    model_options: dict[str, dict[str, Any]],
    whole: bool,
    user: str | None,
    as_json: bool,
) -> None:
    """Show one text as K-BERT reads it: its tree, soft positions and visible matrix.

    Of a behaviour graph: what it holds, or what one user is like and did, and
    which of his events are learnt and which held out.

    \b
    Examples:
      kbert graph show graphs/dev -n 3
      kbert graph show behaviour --user ada
    """
    from graphs.behaviour import KIND, BehaviourGraph

    if KIND.is_in(graphs):
        show_behaviour(BehaviourGraph.open(graphs), user, whole=whole, as_json=as_json)
        return
    refuse_idle({"user": f"is for behaviour graphs, and {graphs} holds none"})
    _show_text(graphs, name, number, encoder, model_options[TREES], whole=whole, as_json=as_json)


def _show_text(
    graphs: Path,
    name: str | None,
    number: int,
    encoder: str | None,
    options: dict[str, Any],
    *,
    whole: bool,
    as_json: bool,
) -> None:
    """Show the text of an id, or at a place."""
    from cli.tree import print_tree
    from graphs.corpus import Corpus
    from graphs.errors import OptionsError
    from kbert.backbone import quiet as quiet_transformers
    from kbert.flat_tree import flat_tree

    quiet_transformers()
    corpus = Corpus.open(graphs)
    found = corpus.find(name) if name is not None else corpus.at(number)
    if found is None:
        what = f"with the id {name!r}" if name is not None else f"at place {number}"
        raise OptionsError(f"no text {what} among the {len(corpus):,} of {graphs}")
    flat = flat_tree(found, encoder=encoder, **options)
    if as_json:
        console.print_json({"graph": console.named(found), "tree": console.named(flat)})
    else:
        print_tree(found, flat, max_facts=options["max_facts"], whole=whole)


@kbert_command("export")
@click.argument("graphs", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "form",
    required=True,
    type=click.Choice(["graphml", "json", "pyg"]),
    help="GraphML or node-link JSON (one file a text), or tensors for PyTorch Geometric.",
)
@out("Folder to write to.")
@as_json
@quiet
def export(graphs: Path, form: str, out: Path, as_json: bool, quiet: bool) -> None:
    """Write graphs for other tools: networkx, Gephi, Cytoscape (GraphML), JavaScript (JSON), PyTorch Geometric.

    Text graphs, or a behaviour graph.

    \b
    Examples:
      kbert graph export graphs/dev --to graphml -o dev-graphml
      kbert graph export behaviour --to pyg -o behaviour-pyg
    """
    from graphs.behaviour import KIND

    write = _export_behaviour if KIND.is_in(graphs) else _export_texts
    told, line = write(graphs, form, out, quiet)
    if as_json:
        console.print_json({"out": str(out), "form": form, **told})
    else:
        console.line(f"{out}: {line} ({form})")


def _export_texts(graphs: Path, form: str, out: Path, quiet: bool) -> tuple[dict[str, int], str]:
    """Write text graphs; how many there are, for a program and in words."""
    from graphs.corpus import Corpus
    from graphs.export import write_graphml, write_json_graphs
    from graphs.folders import new_folder

    corpus = Corpus.open(graphs)
    _check_free(out)
    writers: dict[str, Callable[..., None]] = {"graphml": write_graphml, "json": write_json_graphs}
    if form == "pyg":
        from kbert.pyg import write

        writers["pyg"] = write
    with new_folder(out, "export into this folder") as folder, console.bar("texts", len(corpus), quiet=quiet) as bar:
        writers[form](corpus, folder, on_graph=lambda: bar.advance(1))
    return {"graphs": len(corpus)}, f"{len(corpus):,} text graphs"


def _export_behaviour(graphs: Path, form: str, out: Path, quiet: bool) -> tuple[dict[str, int], str]:
    """Write a behaviour graph; what it holds, for a program and in words."""
    from graphs.behaviour import BehaviourGraph
    from graphs.export import write_behaviour_graphml, write_behaviour_json
    from graphs.folders import new_folder

    graph = BehaviourGraph.open(graphs)
    _check_free(out)
    writers: dict[str, Callable[..., None]] = {"graphml": write_behaviour_graphml, "json": write_behaviour_json}
    if form == "pyg":
        from kbert.behaviour.pyg import write

        writers["pyg"] = write
    with new_folder(out, "export into this folder") as folder:
        writers[form](graph, folder)
    counts = {name: graph.manifest["counts"][name] for name in ("users", "items", "events")}
    return counts, ", ".join(f"{count:,} {name}" for name, count in counts.items())


def _check_free(out: Path) -> None:
    """Raise :class:`OptionsError` if something is where a folder is to be written."""
    from graphs.errors import OptionsError

    if not is_free(out):
        raise OptionsError(f"{out} is there already: name another folder")


for subcommand in (build, behaviour, show, export, extract, fit_linker, evaluate_links):
    command.add_command(subcommand)
