"""What a ranking comes to: metrics by side and by relation, and the sentence that says how they were come by."""

from typing import Any

import numpy as np
import numpy.typing as npt

from graphs.knowledge import KnowledgeGraph
from kbert.ranking.cuts import told
from kbert.ranking.link_prediction import Ranking
from kbert.ranking.relation_prediction import RelationRanks
from kbert.triples.ids import TripleIds
from kbert.triples.ranks import Ranks, rank_metrics

Which = slice | npt.NDArray[np.integer]


def link_result(ranking: Ranking, triples: TripleIds, kg: KnowledgeGraph) -> dict[str, Any]:
    """Metrics of heads and tails; ``held_share`` is there where only some entities were looked at closely."""
    rank = ranking.rank.reshape(2, -1)
    result: dict[str, Any] = {
        "metrics": _sides(rank),
        "by_relation": [{**about, **_sides(rank[:, which])} for about, which in _by_relation(triples, kg)],
        "tied_share": float(ranking.tied.mean()),
        "scored_triples": ranking.triples,
        "cut": told(ranking.cut),
    }
    if ranking.held is not None:
        held = ranking.held.reshape(2, -1)
        result["held_share"] = {
            "both": float(held.mean()),
            "head": float(held[0].mean()),
            "tail": float(held[1].mean()),
        }
    return result


def relation_result(ranks: RelationRanks, triples: TripleIds, kg: KnowledgeGraph) -> dict[str, Any]:
    """Metrics of relations, filtered and raw."""
    kinds = {"filtered": ranks.rank, "raw": ranks.raw_rank}
    return {
        "metrics": {kind: rank_metrics(rank) for kind, rank in kinds.items()},
        "by_relation": [
            {**about, **{kind: rank_metrics(rank[which]) for kind, rank in kinds.items()}}
            for about, which in _by_relation(triples, kg)
        ],
        "tied_share": float(ranks.tied.mean()),
    }


def _sides(rank: Ranks) -> dict[str, dict[str, float]]:
    """Metrics of the ranks of heads (first row) and tails (second), together and apart."""
    return {"both": rank_metrics(rank.ravel()), "head": rank_metrics(rank[0]), "tail": rank_metrics(rank[1])}


def _by_relation(triples: TripleIds, kg: KnowledgeGraph) -> list[tuple[dict[str, Any], npt.NDArray[np.integer]]]:
    """Each relation with its triples, the one with the most first."""
    counts = np.bincount(triples.relation, minlength=len(kg.relations))
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)].tolist()
    return [
        ({"relation": kg.relations[i], "text": kg.relation_texts[i]}, np.flatnonzero(triples.relation == i))
        for i in order
    ]
