"""Entities and relations by what people call them: name first, then label, alias or text."""

import numpy as np
import pyarrow.compute as pc

from graphs.errors import OptionsError, did_you_mean
from graphs.knowledge import KnowledgeGraph

SUGGESTED_FROM = 200_000
"""Past this many entities nothing is suggested for an unknown name: comparing them all takes too long."""


def entities_called(kg: KnowledgeGraph, name: str) -> list[int]:
    """The entity of a name, or all whose label or alias it is, the likeliest first.

    Raises :class:`OptionsError`, with the nearest names, if there is none.
    """
    if name in kg:
        return [kg.id(name)]
    phrases, entities, priors = kg.phrases()
    here = np.flatnonzero(np.asarray(pc.equal(phrases, name)))
    if not len(here):
        known = list(dict.fromkeys(phrases.to_pylist())) if len(phrases) <= SUGGESTED_FROM else []
        hint = did_you_mean(name, known, most=3)
        raise OptionsError(f"no entity is called {name!r} in {kg.folder}{hint}")
    best = here[np.argsort(-priors[here], kind="stable")]
    return list(dict.fromkeys(entities[best].tolist()))


def the_entity(kg: KnowledgeGraph, name: str) -> int:
    """The one entity that is called so. Raises :class:`OptionsError` if there is none, or several."""
    found = entities_called(kg, name)
    return _the_one(found, name, "entities", kg.names(found).to_pylist())


def the_relation(kg: KnowledgeGraph, name: str) -> int:
    """The one relation of a name or a text. Raises :class:`OptionsError` if there is none, or several."""
    if name in kg.relations:
        return kg.relations.index(name)
    found = [i for i, text in enumerate(kg.relation_texts) if text == name]
    if not found:
        hint = did_you_mean(name, list(dict.fromkeys([*kg.relations, *kg.relation_texts])), most=3)
        raise OptionsError(f"no relation is called {name!r} in {kg.folder}{hint}")
    return _the_one(found, name, "relations", [kg.relations[i] for i in found])


def _the_one(found: list[int], called: str, what: str, names: list[str]) -> int:
    if len(found) > 1:
        listed = ", ".join(map(repr, names[:10])) + (" and others" if len(names) > 10 else "")
        raise OptionsError(f"{len(found)} {what} are called {called!r}: say which by its name, {listed}")
    return found[0]
