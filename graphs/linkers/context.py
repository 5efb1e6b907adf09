"""Labels and aliases of the graph, told apart by the sentence they stand in: each candidate's description is compared.

An encoder has read the descriptions (``kbert kg embed --method text``) and reads the sentences as it did these. It is
not known here: the module that the option ``reader`` names brings it along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from graphs.contexts import contexts_of
from graphs.errors import OptionsError, UnavailableError
from graphs.link_weights import Setting, Weights, digest_of, read_weights
from graphs.linkers import dictionary
from graphs.options import check_range
from graphs.tables import NIL, Floats, Ids, Mentions, Parse
from graphs.types import Mention

if TYPE_CHECKING:
    from graphs.knowledge import KnowledgeGraph

SAMPLE = 1_000
"""Entities that are looked up to see whether vectors are of the graph at all."""

AT_ONCE = 2**14
"""Pairs that are compared together."""


class Reader(Protocol):
    """What reads sentences as the descriptions of entities were read; its vectors have the length 1."""

    def sentences(self, texts: Sequence[str]) -> Floats:
        """The vectors of texts, ``[texts, width]``."""

    def entities(self, names: Sequence[str]) -> Floats:
        """The vectors of entities by name, ``[names, width]``; zeros for one that has none."""


class ReaderModule(Protocol):
    """A module that brings a reader along."""

    def version(self, vectors: str) -> str:
        """What the vectors in a folder are, in a few words; another for others."""

    def open_reader(self, vectors: str, encoder: str) -> Reader:
        """The reader whose vectors of entities are in a folder."""


class Compared(NamedTuple):
    """Mentions with their candidates as the dictionary has them, and how like each candidate is to the context."""

    mentions: Mentions
    cosine: Floats


def _module(reader: str) -> ReaderModule:
    try:
        return import_module(reader)
    except ImportError as error:
        raise UnavailableError(f"the reader {reader!r} of the context linker does not load: {error}") from error


def version(*, vectors: str, reader: str, fitted: str, **others: object) -> str:
    """What the vectors and the fitted weights are. Raises :class:`OptionsError` if there are no vectors."""
    _check_named(vectors)
    found = _module(reader).version(vectors)
    return f"{found}, weights {digest_of(fitted)}" if fitted else found


def _check_named(vectors: str) -> None:
    if not vectors:
        raise OptionsError(
            "the context linker needs vectors of descriptions (--vectors FOLDER, made by kbert kg embed --method text)"
        )


class Linker:
    """Link what the dictionary linker finds to the candidate whose prior and description fit best.

    A candidate's score is its probability: a softmax over all candidates and over *nothing in the
    graph*, of ``prior · log(share of the priors) + context · cosine(sentence, description)``. Below the
    threshold a mention is one of nothing; its candidates stay. The weights are best fitted on given
    links (``kbert graph fit-linker``); ``fitted_with`` says how mentions are found and compared, as it must
    have been when they were fitted. An entity without a vector counts as unlike any sentence (cosine 0).

    Args:
        vectors: folder of the vectors that an encoder made of descriptions (kbert kg embed --method text)
        encoder: the encoder that made them (empty: as it was named then)
        fitted: file of fitted weights, instead of the four that follow
        prior: weight of the prior
        context: weight of the likeness of sentence and description
        nil: what counts for nothing in the graph
        threshold: leave a mention unlinked where the best candidate's probability is lower
        window: read at most so many characters of a sentence on either side of the mention
        fold_case: match without regard to upper and lower case
        lemmas: match the dictionary forms of words too (needs a parser that gives lemmas)
        whole_tokens: keep a match only where tokens of the parser begin and end
        min_length: leave shorter labels and aliases out (characters)
        max_candidates: compare at most this many candidates of a mention, those of the best priors
        reader: module that brings the encoder along
    """

    def __init__(
        self,
        kg: "KnowledgeGraph",
        *,
        vectors: str = "",
        encoder: str = "",
        fitted: str = "",
        prior: float = 1.0,
        context: float = 10.0,
        nil: float = 2.0,
        threshold: float = 0.5,
        window: int = 300,
        fold_case: bool = False,
        lemmas: bool = False,
        whole_tokens: bool = False,
        min_length: int = 1,
        max_candidates: int = 16,
        reader: str = "kbert.context_reader",
    ) -> None:
        _check_named(vectors)
        check_range("window", window, 0)
        matching: dict[str, Any] = {
            "fold_case": fold_case,
            "lemmas": lemmas,
            "whole_tokens": whole_tokens,
            "min_length": min_length,
            "max_candidates": max_candidates,
        }
        self.fitted_with = {"reader": _module(reader).version(vectors), "window": window, **matching}
        self.weights = _weights(Weights(prior, context, nil, threshold), fitted, self.fitted_with)
        self._find = dictionary.Linker(kg, **matching)
        self._kg, self._window = kg, window
        self._reader = _module(reader).open_reader(vectors, encoder)
        some = np.unique(np.linspace(0, len(kg) - 1, min(SAMPLE, len(kg))).astype(np.int64))
        if len(some) and not self._reader.entities(kg.names(some).to_pylist()).any():
            raise OptionsError(f"{vectors} has a vector of none of {len(some):,} entities of the graph")

    def __call__(self, texts: Sequence[str], parse: Parse, given: Sequence[Mention]) -> Mentions:
        """Find the mentions of every text and choose among the candidates; given mentions are not looked at."""
        return chosen(self.compare(texts, parse), self.weights)

    def compare(self, texts: Sequence[str], parse: Parse) -> Compared:
        """The mentions of every text with all their candidates, before one is chosen; each sentence is read once."""
        found = self._find(texts, parse, ())
        contexts = contexts_of(texts, parse, found.text, found.start, found.end, self._window)
        number = {context: i for i, context in enumerate(dict.fromkeys(contexts))}
        sentence = np.fromiter(map(number.__getitem__, contexts), np.int64, len(contexts))
        sentence = np.repeat(sentence, np.diff(found.candidate_offsets))
        entities, entity = np.unique(found.candidate_entity, return_inverse=True)
        read = self._reader.sentences(list(number))
        known = self._reader.entities(self._kg.names(entities).to_pylist())
        return Compared(found, _cosine(read, sentence, known, entity))


def _cosine(left: Floats, i: Ids, right: Floats, j: Ids) -> Floats:
    """The products of rows ``i`` of one table with rows ``j`` of another, pair by pair."""
    made = np.empty(len(i), np.float32)
    for start in range(0, len(i), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        made[some] = np.einsum("pw,pw->p", left[i[some]], right[j[some]])
    return made


def _weights(given: Weights, fitted: str, fitted_with: Mapping[str, Setting]) -> Weights:
    """Those of the file where one is named. Raises :class:`OptionsError` for a file beside other weights."""
    if not fitted:
        return given.check()
    if given != Weights():
        raise OptionsError("fitted: weights are either read from a file or given as prior, context, nil and threshold")
    return read_weights(fitted, fitted_with)


def chosen(compared: Compared, weights: Weights) -> Mentions:
    """The mentions with the best candidate of each, or none where that is below the threshold."""
    found, offsets = compared.mentions, compared.mentions.candidate_offsets
    score = weights.scores(offsets, found.candidate_score, compared.cosine).astype(np.float32)
    order = ranked(offsets, score)
    best = order[offsets[:-1]]
    taken: npt.NDArray[np.bool_] = score[best] >= np.float32(weights.threshold)
    return replace(
        found,
        entity=np.where(taken, found.candidate_entity[best], NIL),
        score=np.where(taken, score[best], np.float32(0)),
        candidate_entity=found.candidate_entity[order],
        candidate_score=score[order],
    )


def ranked(offsets: Ids, score: npt.NDArray[np.floating]) -> Ids:
    """The candidates of each mention from the best to the worst; equal ones keep their order."""
    mention = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return np.lexsort((np.arange(len(score)), -score, mention))
