"""Rank triples with a run: link prediction, relation prediction, or the best answers to one question."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.command import command as kbert_command
from cli.options import NOT_NEGATIVE, as_json, other_kg, quiet, refuse_idle, seed
from cli.results import reading_rows

if TYPE_CHECKING:
    from kbert.triple_runs import TripleRun

METRICS = {"mr": "MR", "mrr": "MRR", "hits@1": "Hits@1", "hits@3": "Hits@3", "hits@10": "Hits@10"}
MOST = 20
"""Relations in a table for people."""
OF_A_RANKING = ("split", "limit", "seed", "name", "overwrite")
OF_A_QUERY = ("top", "new")
OF_A_RETRIEVER = ("k", "retriever_weight")


@kbert_command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--split",
    type=click.Choice(["test", "dev", "train"]),
    default="test",
    show_default=True,
    help="Rank the true triples of this split (train: also those of no split).",
)
@other_kg
@click.option(
    "--retriever",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Read only the best entities of this run (kbert train biencoder), not all.",
)
@click.option("--k", type=click.IntRange(1), default=50, show_default=True, help="How many of them.")
@click.option(
    "--retriever-weight",
    type=NOT_NEGATIVE,
    default=0.0,
    show_default=True,
    help="How much of the retriever's score is added to that of what is read.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Rank N of the triples, drawn by --seed.")
@seed
@click.option("--name", help="Keep the ranking in the run under this name, else under that of the split.")
@click.option("--overwrite", is_flag=True, help="Replace another ranking that has this name.")
@click.option(
    "--query",
    metavar="QUERY",
    help='Answer one question instead: "head, relation, ?", "?, relation, tail" or "head, ?, tail".',
)
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Answers to print.")
@click.option("--new", is_flag=True, help="Leave out answers that the graph knows already.")
@as_json
@quiet
def command(
    run: Path,
    kg: str | None,
    retriever: Path | None,
    k: int,
    retriever_weight: float,
    query: str | None,
    top: int,
    new: bool,
    as_json: bool,
    quiet: bool,
    **ranking: Any,
) -> None:
    """Rank the head and the tail of each test triple among all entities, or its relation among all relations.

    Other true triples are left out (filtered), and ties take the mean of the best and the worst place.
    A ranking that was broken off goes on when the same command is run again.

    \b
    Examples:
      kbert rank runs/kgbert
      kbert rank runs/kgbert --query "velmora, is a, ?"
    """
    from kbert.backbone import quiet as quiet_transformers
    from kbert.link_answerers import Shortlist
    from kbert.triple_runs import TripleRun

    _check_options(query, retriever, ranking["limit"])
    quiet_transformers()
    first = None if retriever is None else Shortlist(TripleRun(retriever), k, retriever_weight)
    if query is None:
        _rank(TripleRun(run), quiet, as_json, {"kg": kg, "retriever": first, **ranking})
    else:
        _answer(TripleRun(run), kg, query, quiet, as_json, {"retriever": first, "top": top, "new": new})


def _check_options(query: str | None, retriever: Path | None, limit: int | None) -> None:
    """Refuse options that would be without effect."""
    idle = dict.fromkeys(OF_A_QUERY, "goes with --query") if query is None else {}
    if query is not None:
        idle |= dict.fromkeys(OF_A_RANKING, "does not go with --query, which ranks no split")
    elif limit is None:
        idle["seed"] = "goes with --limit"
    if retriever is None:
        idle |= dict.fromkeys(OF_A_RETRIEVER, "goes with --retriever")
    refuse_idle(idle)


def _rank(run: "TripleRun", quiet: bool, as_json: bool, how: dict[str, Any]) -> None:
    from kbert.rank_run import rank_run

    with console.bar("questions", quiet=quiet) as bar:
        result = rank_run(
            run,
            on_progress=lambda done, total: bar.update(done, total=total),
            on_entities=lambda done, total: bar.update(done, "entities, read first", total=total),
            **how,
        )
    if as_json:
        console.print_json(result)
        return
    metrics, relations = result["metrics"], result["by_relation"]
    kinds = list(metrics)
    rows = [(kind, *_cells(metrics[kind])) for kind in kinds]
    header = ("", *METRICS.values())
    console.table(f"{run.folder}, {how['name'] or how['split']}", header, rows, right=range(1, len(header)))
    rows = [(row["text"], f"{row[kinds[0]]['ranks']:,}", *_cells(row[kinds[0]])) for row in relations[:MOST]]
    header = ("relation", "ranks", *METRICS.values())
    console.table(f"by relation ({kinds[0]})", header, rows, right=range(1, len(header)))
    if len(relations) > MOST:
        console.line(f"and {len(relations) - MOST:,} relations more (all with --json)")
    console.line(_told(result))
    console.line(result["protocol"])
    leaks = result["leaks"]
    if leaks["triples"] and how["split"] != "train":
        console.say(f"{leaks['triples']:,} triples stand in train, too, the first {', '.join(leaks['first'])}")


def _cells(metrics: dict[str, float]) -> list[str]:
    """A row of metrics: ranks with two places, shares with four."""
    return [f"{metrics[name]:,.2f}" if name == "mr" else f"{metrics[name]:.4f}" for name in METRICS]


def _told(result: dict[str, Any]) -> str:
    """What there was to do, and how much of it was decided by ties."""
    told = [f"{result['questions']:,} distinct questions"]
    if result.get("scored_triples"):
        told.append(f"{result['scored_triples']:,} triples read")
    told += [f"{count} {name}" for name, count in reading_rows(result)]
    told.append(f"{result['tied_share']:.2%} of the answers tied with a rival")
    if "held_share" in result:
        told.append(f"{result['held_share']['both']:.2%} of the answers among those read")
    return ", ".join(told)


def _answer(run: "TripleRun", kg: str | None, query: str, quiet: bool, as_json: bool, how: dict[str, Any]) -> None:
    from graphs.queries import RelationQuery, query_of
    from kbert.best_answers import best_answers

    graph = run.graph(kg)
    asked = query_of(query, graph)
    if isinstance(asked, RelationQuery):
        refuse_idle({"retriever": "finds entities, and the question asks for a relation"})
    with console.bar("entities", quiet=quiet) as bar:
        answers = best_answers(run, graph, asked, on_entities=lambda done, total: bar.update(done, total=total), **how)
    if as_json:
        console.print_json({"query": query, "answers": console.named(answers)})
        return
    rows = [
        (str(place), answer.label, answer.name, f"{answer.score:.4f}", _known(answer.known))
        for place, answer in enumerate(answers, 1)
    ]
    console.table(query, ("", "answer", "name", "score", "known"), rows, right=(0, 3))


def _known(splits: list[str]) -> str:
    """Where the graph has an answer already."""
    return ", ".join(split or "no split" for split in splits) or "new"
