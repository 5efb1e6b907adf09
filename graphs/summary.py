"""What a knowledge graph holds, in short, for people to read."""

from typing import Any

import numpy as np

from graphs.knowledge import KnowledgeGraph
from graphs.lookup import entities_called
from graphs.triples import SPLITS


def summarise(kg: KnowledgeGraph) -> dict[str, Any]:
    """Counts of entities, triples, splits, labels and relations (``relations_by_count``: name, text, triples)."""
    by_relation = np.bincount(np.asarray(kg.by_head.relations), minlength=len(kg.relations))
    order = np.argsort(-by_relation, kind="stable")
    degree = np.diff(kg.by_head.offsets)
    splits = np.bincount(np.asarray(kg.split), minlength=len(SPLITS))
    return {
        "entities": len(kg),
        "relations": len(kg.relations),
        "triples": kg.triples,
        "true": int((kg.label == 1).sum()),
        "false": int((kg.label == -1).sum()),
        **{f"in {name or 'no split'}": int(count) for name, count in zip(SPLITS, splits, strict=True) if count},
        "entities with facts": int((degree > 0).sum()),
        "most facts of one": int(degree.max(initial=0)),
        "labels and aliases": len(kg.phrases()[0]),
        "digest": kg.digest,
        "relations_by_count": [(kg.relations[i], kg.relation_texts[i], int(by_relation[i])) for i in order.tolist()],
    }


def describe(kg: KnowledgeGraph, name: str) -> list[dict[str, Any]]:
    """The entity of a name, or all whose label or alias it is, with texts and facts.

    Raises :class:`OptionsError`, with the nearest names, if there is none.
    """
    return [_entity(kg, entity) for entity in entities_called(kg, name)]


def _entity(kg: KnowledgeGraph, entity: int) -> dict[str, Any]:
    facts, about = kg.facts(entity), kg.facts_about(entity)
    labels = dict(zip(kg.relations, kg.relation_texts, strict=True))
    tails = kg.labels(kg.ids([fact.tail for fact in facts])).to_pylist()
    heads = kg.labels(kg.ids([fact.head for fact in about])).to_pylist()
    return {
        "name": kg.names([entity])[0].as_py(),
        "label": kg.labels([entity])[0].as_py(),
        "description": kg.descriptions([entity])[0].as_py(),
        "aliases": kg.aliases([entity])[0].as_py() or [],
        "prior": float(kg.priors([entity])[0]),
        "facts": [(labels[fact.relation], tail, fact.split) for fact, tail in zip(facts, tails, strict=True)],
        "facts_about": [(labels[fact.relation], head, fact.split) for fact, head in zip(about, heads, strict=True)],
    }
