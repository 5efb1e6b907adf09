"""How a number was come by: nothing is measured on what was trained on, and a sentence stands beside each number."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graphs.corpus import Corpus
from graphs.digests import COLUMNS, Digests, digests_of
from graphs.errors import OptionsError
from graphs.linked import has_links

Described = Mapping[str, Any]
"""What ``run.json`` says of a run."""

Seen = Literal["trained", "dev", "pretrained", "held out", "unknown"]
"""What a run has done with texts: learnt from some of them, chosen its epoch on some, begun with an encoder whose
pre-training has seen some, nothing of all that, or nobody knows."""


def data_of(corpus: Corpus) -> dict[str, Any]:
    """What a run keeps of the text graphs it was made from."""
    return {name: corpus.manifest[name] for name in ("texts", "parts", "counts")}


@dataclass(frozen=True, eq=False)
class Data:
    """Text graphs to measure on, and how they were made.

    ``name`` is what messages call them, ``texts`` and ``recipe`` are as in their manifest, ``rows``
    reads them, and ``digests`` are those of their texts, with the spans of some ``roles``.
    """

    name: str
    texts: Mapping[str, Any]
    recipe: Mapping[str, Any]
    rows: Callable[[], Iterable[pa.RecordBatch]]
    digests: Digests
    roles: Collection[str] = ()
    left_out: int = 0
    """Texts that are not measured on because the run was trained on them."""
    unlinked: int = 0
    """Texts that are not measured on because nothing is linked in them, or in what is asked about."""

    @classmethod
    def of(cls, corpus: Corpus, roles: Collection[str] = ()) -> "Data":
        """Text graphs on disk; a task is about the spans of ``roles``."""
        manifest = corpus.manifest
        digests = digests_of(corpus.batches(COLUMNS), roles)
        return cls(str(corpus.folder), manifest["texts"], manifest["recipe"], corpus.batches, digests, roles)

    def __len__(self) -> int:
        """The number of text graphs."""
        return len(self.digests)

    def without(self, others: Digests) -> "Data":
        """Those of the texts that are not among others."""
        data = self._where(~np.isin(self.digests, others))
        return replace(data, left_out=len(self) - len(data))

    def linked(self) -> "Data":
        """Those with a link; of a task about spans, those where a span has one."""
        found = [has_links(batch, self.roles) for batch in self.rows()]
        data = self._where(np.concatenate([np.zeros(0, bool), *found]))
        return replace(data, unlinked=len(self) - len(data))

    def _where(self, is_kept: npt.NDArray[np.bool_]) -> "Data":
        """Some of the texts."""

        def rows() -> Iterator[pa.RecordBatch]:
            start = 0
            for batch in self.rows():
                kept = batch.filter(pa.array(is_kept[start : start + batch.num_rows]))
                start += batch.num_rows
                if kept.num_rows:
                    yield kept

        return replace(self, rows=rows, digests=self.digests[is_kept])

    def without_spans(self) -> Digests:
        """The digests of the texts alone: a pre-training has read them whatever was marked."""
        return digests_of(self.rows()) if self.roles else self.digests

    @property
    def gone(self) -> list[str]:
        """Which texts are not measured on, and why."""
        what = "no marked span is linked" if self.roles else "nothing is linked"
        told = ((self.left_out, "that it was trained on"), (self.unlinked, f"in which {what}"))
        return [f"the {count:,} {why}" for count, why in told if count]

    @property
    def files(self) -> str:
        """The names of the files they were built from."""
        return ", ".join(file["name"] for file in self.texts["files"])


class KnownTexts(NamedTuple):
    """Digests of the texts that a run was trained on, of those that chose its epoch, and of those ``pretrained`` on.

    The last, which its encoder's pre-trainings have seen, are of texts without spans. None where none were kept.
    """

    train: Digests | None
    dev: Digests | None
    pretrained: Digests | None = None

    def is_whole(self, described: Described) -> bool:
        """Whether they are all that a run has seen."""
        return all(digests is not None or not described.get(name) for name, digests in self._asdict().items())


@dataclass(frozen=True)
class Standing:
    """How texts stand to a run: how many of them it was trained on, and on how many its epoch was chosen.

    ``pretrained`` is how many the pre-trainings of its encoder have seen, to learn from or to choose on.
    None where that cannot be told. Without digests of what the run has seen it is told ``by_files``.
    """

    texts: int
    trained: int | None
    chosen: int | None
    by_files: bool
    same_recipe: bool
    pretrained: int | None = 0

    @property
    def seen(self) -> Seen:
        """In one word."""
        if self.trained:
            return "trained"
        if None in (self.trained, self.chosen, self.pretrained):
            return "unknown"
        if self.chosen:
            return "dev"
        return "pretrained" if self.pretrained else "held out"


def standing(data: Data, described: Described, known: KnownTexts) -> Standing:
    """How text graphs stand to a run."""
    train, dev = described["train"], described["dev"]
    return Standing(
        texts=len(data),
        trained=_among(data, train, known.train),
        chosen=_among(data, dev, known.dev),
        by_files=not known.is_whole(described),
        same_recipe=not _differences(data.recipe, described),
        pretrained=_among_read(data, described.get("pretrained"), known.pretrained),
    )


def _among(data: Data, others: Mapping[str, Any] | None, digests: Digests | None) -> int | None:
    """How many texts are among others: all or none by their files where there are no digests of the others."""
    if others is None:
        return 0
    if digests is not None:
        return int(np.isin(data.digests, digests).sum())
    own, theirs = ({file["sha256"] for file in texts["files"]} for texts in (data.texts, others["texts"]))
    if (own & theirs) - {None}:
        return len(data)
    return None if None in own | theirs else 0


def _among_read(data: Data, pretrained: Mapping[str, Any] | None, digests: Digests | None) -> int | None:
    """How many texts an encoder's pre-trainings have seen: all or none by their files where there are no digests."""
    if pretrained is None:
        return 0
    if digests is not None:
        return int(np.isin(data.without_spans(), digests).sum())
    found = [_among(data, pretrained[name], None) for name in ("train", "dev")]
    found.append(_among_read(data, pretrained["pretrained"], None))
    return next((some for some in found if some), None if None in found else 0)


def apart(
    corpus: Corpus,
    dev: Corpus | None,
    described: Described,
    *,
    roles: Collection[str] = (),
    pretrained: Digests | None = None,
) -> tuple[Data | None, KnownTexts]:
    """The texts that choose the epoch, and what a training will have seen.

    It is about the spans of ``roles``; its encoder has seen the texts with the digests ``pretrained``.
    Raises :class:`OptionsError` when these are the texts to train on, or were made by another recipe.
    """
    data = None if dev is None else Data.of(dev, roles)
    known = KnownTexts(digests_of(corpus.batches(COLUMNS), roles), None if data is None else data.digests, pretrained)
    if data is not None:
        check_dev(data, standing(data, described, known))
        check_recipe(data.name, data.recipe, described)
    return data, known


def check_held_out(data: Data, how: Standing) -> None:
    """Raise :class:`OptionsError` when a run was trained on some of the texts."""
    if how.trained:
        raise OptionsError(
            f"{data.name}: the run was trained on {_of(how.trained, how.texts, 'all texts')} of {data.files}; pass "
            f"--unseen to leave them out, or --any-data"
        )


def check_dev(data: Data, how: Standing) -> None:
    """Raise :class:`OptionsError` when the texts that shall choose the epoch are those to train on."""
    if how.trained == how.texts > 0:
        raise OptionsError(f"dev: {data.files} is what is trained on; choose the epoch on texts that are held out")


def check_recipe(name: str, recipe: Described, described: Described) -> None:
    """Raise :class:`OptionsError` when the graphs called ``name`` were made in another way than those trained on."""
    odd = _differences(recipe, described)
    if odd:
        named = ", ".join(_CALLED.get(key, key.replace("_", " ")) for key in odd)
        raise OptionsError(f"{name} was built with another {named} than the graphs trained on")


_CALLED = {"kg_digest": "knowledge graph", "linkers": "linker"}
"""What parts of a recipe are called in messages."""


def _differences(own: Described, described: Described) -> list[str]:
    """In what two recipes differ; where the knowledge graph lies makes no difference, nor does a seed nobody used."""
    recipe = described["recipe"]
    idle = {"kg"} if "shuffled" in (own["facts"], recipe["facts"]) else {"kg", "seed"}
    return [key for key in recipe if key not in idle and recipe[key] != own.get(key)]


def _of(some: int, texts: int, all_of_them: str) -> str:
    return all_of_them if some == texts else f"{some:,} of the {texts:,} texts"


def sentence(metric: str, measured: int, data: Data, how: Standing) -> str:
    """What a number was measured on, and what had been chosen by it or learnt from it."""
    total = len(data)
    share = f"all {total:,} texts" if measured == total else f"the {measured:,} of {total:,} texts that have a target"
    texts = f"{share} of {data.files}"
    texts += "".join(f" but {some}" for some in data.gone)
    return f"{metric} over {texts} ({'; '.join(_told(how))})"


def _told(how: Standing) -> list[str]:
    """What is known of texts, in a few words each."""
    told = []
    if how.chosen:
        told.append(f"dev: the epoch was chosen on {_of(how.chosen, how.texts, 'them')}")
    if how.trained:
        told.append(f"the model was trained on {_of(how.trained, how.texts, 'them')}")
    if how.pretrained:
        told.append(
            f"the encoder was pre-trained or chosen on {_of(how.pretrained, how.texts, 'them')}, without labels"
        )
    if how.seen == "unknown":
        told.append("whether the model has seen them is not known: standard input has no checksum")
    elif how.seen == "held out" and how.by_files:
        told.append("held out, as far as files tell: other files than those trained on or chosen on")
    elif how.seen == "held out":
        told.append("held out: nothing was learnt from them or chosen on them")
    if not how.same_recipe:
        told.append("the graphs were built in another way than those trained on")
    return told
