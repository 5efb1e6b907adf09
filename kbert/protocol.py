"""How a number was come by: nothing is measured on what was trained on, and a sentence stands beside each number."""

from collections.abc import Mapping
from typing import Any

from graphs.corpus import Corpus
from graphs.errors import OptionsError

Described = Mapping[str, Any]
"""What ``run.json`` says of a run."""


def data_of(corpus: Corpus) -> dict[str, Any]:
    """What a run keeps of the text graphs it was made from."""
    return {name: corpus.manifest[name] for name in ("texts", "parts", "counts")}


def _unknown(data: Mapping[str, Any] | None) -> bool:
    """Whether text graphs were built from standard input, of which no checksum is known."""
    return data is not None and any(not file["sha256"] for file in data["texts"]["files"])


def _files(data: Mapping[str, Any] | None) -> set[str]:
    """Checksums of the files that text graphs were built from (standard input has none)."""
    return {file["sha256"] for file in data["texts"]["files"] if file["sha256"]} if data else set()


def check_held_out(corpus: Corpus, trained_on: Mapping[str, Any], name: str) -> None:
    """Raise :class:`OptionsError` when the graphs are of a file that was trained on."""
    known = _files(trained_on)
    for file in corpus.manifest["texts"]["files"]:
        if file["sha256"] in known:
            raise OptionsError(f"{name}: {file['name']} is what was trained on; measure on texts that are held out")


def check_recipe(corpus: Corpus, recipe: Mapping[str, Any]) -> None:
    """Raise :class:`OptionsError` when the graphs were made in another way than those trained on."""
    odd = _differences(corpus, recipe)
    if odd:
        raise OptionsError(f"{corpus.folder} was built with another {', '.join(odd)} than the graphs trained on")


def _differences(corpus: Corpus, recipe: Mapping[str, Any]) -> list[str]:
    """In what a recipe differs from that of the graphs; where the knowledge graph lies makes no difference."""
    other = corpus.manifest["recipe"]
    return [key for key in recipe if key != "kg" and recipe[key] != other.get(key)]


def sentence(metric: str, measured: int, corpus: Corpus, described: Described) -> str:
    """What a number was measured on, and what had been chosen by it or learnt from it."""
    manifest = {"texts": corpus.manifest["texts"]}
    files = ", ".join(file["name"] for file in manifest["texts"]["files"])
    total = len(corpus)
    share = f"all {total:,} texts" if measured == total else f"the {measured:,} of {total:,} texts that have a target"
    if _files(manifest) & _files(described["train"]):
        what = "the model was trained on them"
    elif _files(manifest) & _files(described["dev"]):
        what = "dev: the epoch was chosen on them"
    elif any(map(_unknown, (manifest, described["train"], described["dev"]))):
        what = "whether the model has seen them is not known: standard input has no checksum"
    else:
        what = "held out: nothing was learnt from them or chosen on them"
    if _differences(corpus, described["recipe"]):
        what += "; the graphs were built in another way than those trained on"
    return f"{metric} over {share} of {files} ({what})"
