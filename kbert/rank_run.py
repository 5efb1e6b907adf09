"""Ranking with a finished run: heads and tails, or relations, in parts that are kept in the run."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from graphs.errors import DataError, OptionsError
from graphs.knowledge import KnowledgeGraph
from kbert.link_answerers import Shortlist, answerer_of, in_use
from kbert.ranked_triples import RankedTriples
from kbert.ranking.cuts import cuts_of, joined, told
from kbert.ranking.graph_texts import GraphTexts
from kbert.ranking.kept_parts import kept_parts
from kbert.ranking.link_prediction import Answerer, OnQuestions, Ranking, cut_of, parts, rank_part
from kbert.ranking.rank_result import link_result, relation_result
from kbert.ranking.relation_prediction import EntityPairs, RelationRanks, pairs_of, rank_relations, relation_numbers
from kbert.retrieval.vectors import OnEntities
from kbert.run_files import check_name
from kbert.run_folder import surroundings
from kbert.triple_protocol import Trained, standing
from kbert.triple_runs import TripleRun
from kbert.triples.ids import TripleIds
from kbert.triples.model import TripleModel
from kbert.triples.ranks import Queries, TrueAnswers, TrueRelations
from kbert.triples.reader import undescribed

OnProgress = Callable[[float, int], None]
"""Hears how many distinct questions are answered, and how many there are."""

PAIRS_AT_ONCE = 2**13
"""Pairs of entities in a part, where relations are ranked."""


def rank_run(
    run: TripleRun,
    *,
    split: str = "test",
    name: str | None = None,
    kg: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    retriever: Shortlist | None = None,
    overwrite: bool = False,
    on_progress: OnProgress = lambda done, questions: None,
    on_entities: OnEntities = lambda done, entities: None,
) -> dict[str, Any]:
    """Rank the true triples of a split (or ``limit`` of them), and keep ranks and result in the run.

    They stay in ``rankings/NAME``, named by the split where no ``name`` is given; a ranking that was
    killed is taken up there. ``kg`` names a folder to look for the graph in, or another graph; with a
    ``retriever`` the run reads the best of that alone. ``on_entities`` hears of vectors that are made
    first.
    Raises :class:`DataError` where there is nothing to rank, and what
    :func:`kbert.ranking.kept_parts.kept_parts` raises.
    """
    folder = run.folder / "rankings" / check_name(name or split, "rankings")
    graph = run.graph(kg)
    ranked = RankedTriples.of(graph, split, limit=limit, seed=seed)
    retriever = None if retriever is None else retriever.among(len(graph))
    with in_use(run, retriever):
        way = _way(run, graph, ranked, retriever, on_entities)
        made_with = {
            **run.computed_by,
            "retriever": None if retriever is None else retriever.described,
            "knowledge_graph": graph.checksum,
            **ranked.described,
            "part_size": way.part_size,
            **surroundings(),
        }
        with kept_parts(folder, made_with, overwrite=overwrite) as kept:
            answered = _Answered(sum(map(len, way.parts)), on_progress)
            tables = []
            for number, part in enumerate(way.parts):
                tables.append(kept.get(number, partial(way.rank, part, answered)))
                answered.done(len(part))
            how = standing(ranked, Trained.of(run, kg))
            result = {
                **way.result(tables),
                "triples": len(ranked.triples),
                "questions": answered.questions,
                "undescribed": {"entities": undescribed(graph, run.plan.get("entity_text", "label"))},
                "leaks": {"triples": int(how.learnt.sum()), "first": ranked.first(how.learnt)},
                "retriever": None
                if retriever is None
                else {"run": str(retriever.run.folder), **made_with["retriever"]},
                "protocol": ranked.sentence(
                    way.metric, how, sides=way.sides, way=[] if retriever is None else [retriever.sentence]
                ),
            }
            kept.finish(result)
    return result


class _Answered:
    """Counts questions: shares of a part while it is worked on, the whole of it in the end."""

    def __init__(self, questions: int, on_progress: OnProgress) -> None:
        self.questions, self._on_progress = questions, on_progress
        self._parts, self._share = 0, 0.0

    def __call__(self, questions: float) -> None:
        self._share += questions
        self._on_progress(self._parts + self._share, self.questions)

    def done(self, questions: int) -> None:
        self._parts, self._share = self._parts + questions, 0.0
        self._on_progress(self._parts, self.questions)


def _way(
    run: TripleRun,
    kg: KnowledgeGraph,
    ranked: RankedTriples,
    retriever: Shortlist | None,
    on_entities: OnEntities,
) -> "_Links | _Relations":
    """The way to rank with a run: the parts of the work, the ranks of each as a table, and what they come to."""
    if run.kind != "relation":
        return _Links(answerer_of(run, kg, retriever, on_entities=on_entities), kg, ranked)
    if retriever is not None:
        raise OptionsError(f"{run.folder} names the relation of two entities: a retriever finds entities")
    return _Relations(run, kg, ranked)


class _Links:
    """Heads and tails among all entities."""

    metric, sides = "MRR", ", both sides"

    def __init__(self, answerer: Answerer, kg: KnowledgeGraph, ranked: RankedTriples) -> None:
        self._answerer, self._kg, self._triples, self._known = answerer, kg, ranked.triples, TrueAnswers(ranked.true)
        self.part_size = answerer.at_once
        self.parts: list[Any] = list(parts(ranked.triples, self.part_size))

    def rank(self, part: Queries, on_questions: OnQuestions) -> pa.Table:
        table = rank_part(self._answerer, part, self._known, on_questions).to_table()
        side, triple = np.divmod(table["place"].to_numpy(), len(self._triples))
        sides = pa.array(["head", "tail"]).take(pa.array(side))
        return _with_names(table.append_column("side", sides), self._kg, self._triples.where(triple))

    def result(self, tables: Sequence[pa.Table]) -> dict[str, Any]:
        return link_result(Ranking.of(map(Ranking.from_table, tables)), self._triples, self._kg)


class _Relations:
    """Relations among all that the model has learnt."""

    metric, sides = "MRR of the relation", ""

    def __init__(self, run: TripleRun, kg: KnowledgeGraph, ranked: RankedTriples) -> None:
        model = run.load()
        assert isinstance(model, TripleModel)  # the kind of the run says so
        precision = run.precision(model)
        self._model, self._texts, self._kg, self._precision = model, GraphTexts(model, kg), kg, precision
        numbers = relation_numbers(model, kg)
        self._asked, true = ranked.triples, ranked.true.where(numbers[ranked.true.relation] >= 0)
        unknown = np.unique(self._asked.relation[numbers[self._asked.relation] < 0])
        if len(unknown):
            expected, found = "relations that the run has learnt", kg.relations[int(unknown[0])]
            raise DataError(kg.folder, None, expected, f"{len(unknown):,} others, first {found!r}")
        self._triples, true = (replace(some, relation=numbers[some.relation]) for some in (self._asked, true))
        self._known = TrueRelations(true)
        self.part_size = PAIRS_AT_ONCE
        self.parts: list[Any] = list(pairs_of(self._triples, self.part_size))

    def rank(self, part: EntityPairs, on_questions: OnQuestions) -> pa.Table:
        how: dict[str, Any] = {"precision": self._precision, "on_pairs": on_questions}
        ranks = rank_relations(self._model, self._texts.whole(), self._triples, part, self._known, **how)
        cut = cuts_of("triples", self._model.cut(self._texts.whole(), part.asked))
        table = pa.table(ranks._asdict()).replace_schema_metadata({"cut": json.dumps(cut)})
        return _with_names(table, self._kg, self._asked.where(ranks.place))

    def result(self, tables: Sequence[pa.Table]) -> dict[str, Any]:
        ranks = (RelationRanks(*(table[name].to_numpy() for name in RelationRanks._fields)) for table in tables)
        result = relation_result(RelationRanks.join(ranks), self._asked, self._kg)
        return {**result, "cut": told(joined(map(cut_of, tables)))}


def _with_names(table: pa.Table, kg: KnowledgeGraph, triples: TripleIds) -> pa.Table:
    """A table of ranks with the names of the triple that each row is about, for whoever reads the file."""
    relations = pa.array(kg.relations).take(pa.array(triples.relation))
    for name, column in (("head", kg.names(triples.head)), ("relation", relations), ("tail", kg.names(triples.tail))):
        table = table.append_column(name, column)
    return table
