"""Named entities that a spaCy pipeline finds, looked up among the graph's labels and aliases."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import marisa_trie
import numpy as np

from graphs.errors import OptionsError
from graphs.linkers._candidates import Candidates
from graphs.options import check_range
from graphs.spacy_pipelines import check_lengths, listed, load, version_of
from graphs.tables import NIL, Mentions, Parse
from graphs.types import Mention

if TYPE_CHECKING:
    from spacy.language import Language

    from graphs.knowledge import KnowledgeGraph


class _Names:
    """What each label and alias of the graph may mean, the most likely first."""

    def __init__(self, kg: "KnowledgeGraph", fold_case: bool, most: int) -> None:
        self._fold_case = fold_case
        phrases, entities, priors = kg.phrases()
        keys = [self._key(phrase) for phrase in phrases.to_pylist()]
        self._trie = marisa_trie.Trie(keys)
        which = np.fromiter(map(self._trie.key_id, keys), dtype=np.int64, count=len(keys))
        self._candidates = Candidates.of(which, entities, priors, len(self._trie), most)

    def _key(self, phrase: str) -> str:
        phrase = " ".join(phrase.split())
        return phrase.casefold() if self._fold_case else phrase

    def candidates(self, surface: str) -> list[tuple[int, float]]:
        """Entities of this name and their scores."""
        key = self._key(surface)
        return self._candidates.at(self._trie.key_id(key)) if key in self._trie else []


def _recognised(nlp: "Language", pipeline: str) -> set[str]:
    """The labels of the entities that the pipeline finds."""
    finders = [name for name in nlp.pipe_names if "doc.ents" in nlp.get_pipe_meta(name).assigns]
    if not finders:
        found = ", ".join(nlp.pipe_names) or "none"
        raise OptionsError(f"the spaCy pipeline {pipeline!r} finds no named entities (its components: {found})")
    return {label for name in finders for label in getattr(nlp.get_pipe(name), "labels", ())}


def version(*, pipeline: str, **others: Any) -> str:
    """Name and version of the pipeline. Raises :class:`graphs.errors.UnavailableError` if there is none."""
    return version_of(pipeline)


class Linker:
    """Look the named entities of a spaCy pipeline up among the labels and aliases of the graph.

    Of several entities of one name the one with the best prior wins; all stay as candidates,
    scored by their share of the priors. A named entity that the graph does not know stays as a
    mention of nothing, with score 0.

    Args:
        pipeline: an installed pipeline by name, or the folder of one
        disable: components to leave out, separated by commas (those it does not have are no matter)
        labels: only named entities of these labels, separated by commas (empty: all)
        fold_case: look up without regard to upper and lower case
        max_candidates: keep at most this many candidates of a mention
        batch_size: texts that run through the pipeline together
    """

    def __init__(
        self,
        kg: "KnowledgeGraph",
        *,
        pipeline: str = "en_core_web_sm",
        disable: str = "tagger,parser,attribute_ruler,lemmatizer",
        labels: str = "",
        fold_case: bool = True,
        max_candidates: int = 8,
        batch_size: int = 128,
    ) -> None:
        check_range("batch_size", batch_size, 1)
        check_range("max_candidates", max_candidates, 1)
        self._nlp = load(pipeline, listed(disable))
        known = _recognised(self._nlp, pipeline)
        self._labels = set(listed(labels)) or known
        if not self._labels <= known:
            wrong = ", ".join(sorted(self._labels - known))
            raise OptionsError(f"labels: {pipeline!r} finds no {wrong}; there are: {', '.join(sorted(known))}")
        self._names = _Names(kg, fold_case, max_candidates)
        self._batch_size = batch_size

    def __call__(self, texts: Sequence[str], parse: Parse, given: Sequence[Mention]) -> Mentions:
        """Find the named entities of every text; what the corpus came with is not looked at."""
        check_lengths(self._nlp, texts)
        rows = []
        with self._nlp.memory_zone():
            for number, doc in enumerate(self._nlp.pipe(texts, batch_size=self._batch_size)):
                for entity in doc.ents:
                    if entity.label_ in self._labels:
                        candidates = self._names.candidates(entity.text)
                        chosen, score = candidates[0] if candidates else (NIL, 0.0)
                        rows.append((number, entity.start_char, entity.end_char, chosen, score, candidates))
        return Mentions.of(rows)
