"""Training a recommender on behaviour, under ``kbert train`` and ``kbert pretrain``."""

from pathlib import Path
from typing import Any

import click

from cli import console
from cli.command import Command
from cli.options import NOT_NEGATIVE, Option, refuse_idle
from cli.parts import Slot
from cli.training import carry_out, summary_rows, training_command
from cli.training_options import settings

RECOMMENDER = Slot("recommender", "kbert.recommenders", "Model")

BEHAVIOUR: Option = click.option(
    "--behaviour", required=True, type=click.Path(), help="Behaviour graph to learn from (kbert graph behaviour)."
)

SAMPLED: Option = click.option(
    "--sampled",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Items drawn as rivals of the right one, the same for a whole step (0: all items are).",
)

STRETCHES: Option = click.option(
    "--stretches",
    type=click.Choice(["one", "overlapping"]),
    default="overlapping",
    show_default=True,
    help="Stretches of each history in an epoch: one, or overlapping ones, which ask for each item once.",
)

ITEM_VECTORS: Option = click.option(
    "--item-vectors",
    type=click.Path(),
    metavar="VECTORS",
    help="Items begin with the vectors of their entities, or of their own names (kbert kg embed).",
)

SETTINGS = settings(
    learnt="stretches of histories",
    a_step="Stretches a step.",
    epochs=100,
    batch_size=64,
    max_padded=65_536,
    learning_rate=1e-3,
)

ATTRIBUTES: Option = click.option(
    "--attribute", multiple=True, help="What of users to tell (else all that the graph knows)."
)

TRAIN: list[Option] = [
    BEHAVIOUR,
    click.option(
        "--task",
        type=click.Choice(["recommend", "profile"]),
        default="recommend",
        show_default=True,
        help="Tell which item comes next, or attributes of users.",
    ),
    click.option("--begin", type=click.Path(), metavar="RUN", help="Go on from this run (kbert pretrain uprec)."),
    ATTRIBUTES,
    ITEM_VECTORS,
    STRETCHES,
    SAMPLED,
    *SETTINGS,
]

PRETRAIN: list[Option] = [
    BEHAVIOUR,
    ITEM_VECTORS,
    click.option("--mip", type=NOT_NEGATIVE, default=1.0, show_default=True, help="Weight of hidden (or next) items."),
    click.option("--uap", type=NOT_NEGATIVE, default=0.0, show_default=True, help="Weight of what is known of users."),
    click.option("--srd", type=NOT_NEGATIVE, default=0.0, show_default=True, help="Weight of who knows whom."),
    ATTRIBUTES,
    click.option(
        "--hold-profiles",
        is_flag=True,
        help="Leave unlearnt what is known of the users that --task profile asks about on dev and test.",
    ),
    click.option(
        "--control",
        type=click.Choice(["shuffled"]),
        help="What is known of users, and who knows whom, is told of others instead.",
    ),
    click.option(
        "--mask-rate",
        type=click.FloatRange(0, 1),
        default=0.2,
        show_default=True,
        help="Share of items that are hidden.",
    ),
    click.option(
        "--last-share",
        type=click.FloatRange(0, 1),
        default=0.5,
        show_default=True,
        help="Share of stretches of which the last item alone is hidden.",
    ),
    STRETCHES,
    SAMPLED,
    *SETTINGS,
]


def training_of(recommender: str) -> Command:
    """The command that trains a recommender to tell next items."""
    return training_command([RECOMMENDER], recommender, TRAIN, _train, "--behaviour behaviour")


def pretraining_of(recommender: str) -> Command:
    """The command that pre-trains one on items, users and who knows whom."""
    example = "--behaviour behaviour --uap 0.1 --srd 0.1"
    return training_command([RECOMMENDER], recommender, PRETRAIN, _pretrain, example, group="pretrain")


def _train(
    recommender: str,
    *,
    task: str,
    begin: str | None,
    attribute: tuple[str, ...],
    stretches: str,
    sampled: int,
    recommender_options: dict[str, dict[str, Any]],
    **given: Any,
) -> None:
    """Train as the options say."""
    if task == "profile":
        refuse_idle(dict.fromkeys(("sampled", "stretches"), "is for --task recommend"))
    else:
        refuse_idle({"attribute": "is for --task profile"})
    options = recommender_options[recommender]
    if begin is not None:
        refuse_idle(dict.fromkeys(options, f"is that of {begin}, which goes on"))
        options = {}
    how = {"task": task, "begin": begin, "attributes": attribute or None}
    # The last item alone is hidden, as it is where the next one is asked for.
    _learn(recommender, {"sampled": sampled, "stretches": stretches, "last_share": 1.0}, how, options, **given)


def _pretrain(
    recommender: str,
    *,
    attribute: tuple[str, ...],
    mip: float,
    uap: float,
    srd: float,
    hold_profiles: bool,
    control: str | None,
    mask_rate: float,
    last_share: float,
    stretches: str,
    sampled: int,
    recommender_options: dict[str, dict[str, Any]],
    **given: Any,
) -> None:
    """Pre-train as the options say."""
    if not uap and not srd:
        refuse_idle({"attribute": "is of no use without a weight of --uap or --srd"})
    if not mip:
        refuse_idle({"sampled": "is of no use with --mip 0"})
    if recommender_options[recommender].get("objective") == "causal":
        refuse_idle(dict.fromkeys(("mask_rate", "last_share"), "hides items, and --objective causal hides none"))
    users = {"mip": mip, "uap": uap, "srd": srd, "hold_profiles": hold_profiles, "shuffled": control == "shuffled"}
    items = {"mask_rate": mask_rate, "last_share": last_share, "stretches": stretches, "sampled": sampled}
    learning = {**users, **items}
    _learn(recommender, learning, {"attributes": attribute or None}, recommender_options[recommender], **given)


def _learn(
    recommender: str,
    learning: dict[str, Any],
    how: dict[str, Any],
    options: dict[str, Any],
    *,
    out: Path,
    behaviour: str,
    item_vectors: str | None,
    resume: bool,
    as_json: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Train, and say what came of it; ``settings`` are those of :class:`kbert.train.Settings`."""
    from kbert.behaviour.objective import Learning
    from kbert.recommender_protocol import ELSEWHERE
    from kbert.train import Settings
    from kbert.train_recommender import RecommenderPlan, train_recommender

    plan = RecommenderPlan(
        recommender,
        behaviour,
        learning=Learning(**learning),
        item_vectors=item_vectors,
        recommender_options=options,
        settings=Settings(**settings),
        **how,
    )
    result = carry_out(train_recommender, plan, out, resume=resume, quiet=quiet)
    if as_json:
        console.print_json(result)
        return
    rows = summary_rows(result)
    if "item_vectors" in result:
        counts = result["item_vectors"]
        rows.append(("items that began with a vector", f"{counts['found']:,} of {counts['items']:,}"))
        rows.append(("of them by their own name", f"{counts['by_name']:,}"))
    console.table(str(out), ("", ""), rows, right=(1,))
    if "protocol" in result:
        console.line(result["protocol"])
        if result["elsewhere"]:
            console.line(ELSEWHERE)
