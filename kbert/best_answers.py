"""A run's best answers to one question: entities, or relations, with scores and what the graph knows of them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from graphs.errors import OptionsError
from graphs.knowledge import KnowledgeGraph
from graphs.queries import EntityQuery, Query, RelationQuery, known_answers
from kbert.link_answerers import Shortlist, answerer_of, in_use
from kbert.ranking.graph_texts import GraphTexts
from kbert.retrieval.vectors import OnEntities
from kbert.triple_runs import TripleRun
from kbert.triples.ids import TripleIds
from kbert.triples.model import TripleModel
from kbert.triples.ranks import Queries, TrueAnswers
from kbert.triples.reader import TripleReader


class Answer(NamedTuple):
    """An answer: the larger its score the better. ``known`` names the splits in which the graph has it already.

    The score is that of :meth:`kbert.triples.reader.TripleReader.margins`; of relations in a run of
    the task ``relation`` it is the share they get of 1 (a softmax).
    """

    name: str
    label: str
    score: float
    known: list[str]


def best_answers(
    run: TripleRun,
    kg: KnowledgeGraph,
    query: Query,
    *,
    retriever: Shortlist | None = None,
    top: int = 10,
    new: bool = False,
    on_entities: OnEntities = lambda done, entities: None,
) -> list[Answer]:
    """The best of all entities of a graph, or of all relations, as the answer to a query.

    With ``new`` those that the graph has already are left out; after a retriever there are no more
    than it lets the run read. ``on_entities`` hears of entities that are read: for vectors that must be
    there first, then as answers. Raises :class:`OptionsError` for a query that the run cannot answer, and
    for a retriever where the query asks for a relation; :class:`StoreError` while a training of the
    run is at work.
    """
    with in_use(run, retriever):
        if isinstance(query, RelationQuery):
            if retriever is not None:
                raise OptionsError("a retriever finds entities, and the query asks for a relation")
            return _best_relations(run, kg, query, top, new)
        return _best_entities(run, kg, query, retriever, top, new, on_entities)


def _best_relations(run: TripleRun, kg: KnowledgeGraph, query: RelationQuery, top: int, new: bool) -> list[Answer]:
    model, known = run.load(), known_answers(kg, query)
    names, scores = _relations(model, kg, query, run.precision(model))
    numbers = {name: number for number, name in enumerate(kg.relations)}
    ids = [numbers.get(name, -1) for name in names]  # what a run has learnt another graph may lack
    labels = [name if i < 0 else kg.relation_texts[i] for i, name in zip(ids, names, strict=True)]
    chosen = _best(scores, top, {place for place, i in enumerate(ids) if new and i in known})
    return [Answer(names[i], labels[i], float(scores[i]), known.get(ids[i], [])) for i in chosen]


def _best_entities(
    run: TripleRun,
    kg: KnowledgeGraph,
    query: EntityQuery,
    retriever: Shortlist | None,
    top: int,
    new: bool,
    on_entities: OnEntities,
) -> list[Answer]:
    known = known_answers(kg, query)
    answerer = answerer_of(run, kg, retriever, on_entities=on_entities)
    asked, done, in_question = Queries.one(*query), 0.0, len(kg) if retriever is None else retriever.k

    def on_questions(questions: float) -> None:
        nonlocal done
        done += questions
        on_entities(round(done * in_question), in_question)

    without = TrueAnswers(asked.asked.with_each(np.array(sorted(known) if new else [], dtype=np.int64)))
    scores = answerer(asked, without, on_questions).scores[0]
    read = top if retriever is None else min(top, retriever.k)  # the others have a place, but no score of the run
    chosen = _best(scores, read, set(known) if new else set())
    columns = kg.names(chosen).to_pylist(), kg.labels(chosen).to_pylist(), scores[chosen].tolist(), chosen
    return [Answer(name, label, score, known.get(i, [])) for name, label, score, i in zip(*columns, strict=True)]


def _best(scores: npt.NDArray[np.floating], top: int, without: set[int]) -> list[int]:
    """The places of the largest scores, of equal ones the first."""
    order = np.argsort(-scores, kind="stable")[: top + len(without)].tolist()
    return [i for i in order if i not in without][:top]


def _relations(
    model: TripleReader, kg: KnowledgeGraph, query: RelationQuery, precision: torch.dtype
) -> tuple[list[str], npt.NDArray[np.floating]]:
    """The names of relations with a score for each: those the run has learnt to name, or those of the graph."""
    texts, ends = GraphTexts(model, kg).holding(np.array([query.head, query.tail]))
    head, tail = ends.tolist()
    if isinstance(model, TripleModel) and model.task == "relation":
        asked = TripleIds.of([head], [0], [tail])
        scores = torch.from_numpy(model.outputs(texts, asked, precision=precision)[0])
        return model.relations, scores.double().softmax(0).numpy()
    count = len(kg.relations)
    asked = TripleIds.of([head] * count, range(count), [tail] * count)
    return kg.relations, model.margins(texts, asked, precision=precision)
