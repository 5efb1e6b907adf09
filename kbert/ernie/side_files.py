"""The folder of an ERNIE encoder: a BERT that any tool loads, with its entity side beside it.

``config.json``, ``model.safetensors`` and the tokenizer are those of the text side alone.
``entity_side.json`` says what each layer is, and ``entity_side.safetensors`` holds what BERT does not have.
"""

import logging
from pathlib import Path

from graphs.errors import OptionsError, StoreError, UnavailableError
from graphs.files import write_json
from graphs.manifests import Kind as Manifest
from kbert.backbone import Backbone, fusion_obstacle, fusion_shape, layers_of
from kbert.checkpoint import fill, tensors, write_tensors
from kbert.ernie.layer_kinds import parsed_kinds, usual_kinds, written
from kbert.ernie.side import EntitySide

log = logging.getLogger("kbert")

ABOUT, WEIGHTS = "entity_side.json", "entity_side.safetensors"

MANIFEST = Manifest(
    "kbert entity side",
    1,
    "the entity side of an encoder",
    "make it anew",
    {"layers": str, "heads": int, "width": int},
)

HEADS = 4
"""Those of a new entity side."""


def entity_side(backbone: Backbone, *, width: int, layers: str = "", heads: int = 0) -> EntitySide:
    """The entity side that an encoder brought along, or else a new one, with which it is what it was.

    What is not chosen (``layers`` empty, ``heads`` 0) is as the encoder has it. Raises :class:`OptionsError`
    for choices, or a ``width`` of vectors, that are not those of the encoder's own, :class:`StoreError` if
    that is damaged, and :class:`UnavailableError` for an encoder that nothing can be fused into, or of which nobody
    can say whether it has one.
    """
    obstacle = fusion_obstacle(backbone)
    if obstacle is not None:
        raise UnavailableError(f"ERNIE cannot be built on this encoder: {obstacle}")
    about = backbone.file_beside(ABOUT)
    if about is None:
        if backbone.source is not None:
            log.warning("%s has no entity side of its own: it begins with a new one", backbone.source)
        kinds = parsed_kinds(layers, layers_of(backbone)) if layers else usual_kinds(layers_of(backbone))
        return EntitySide(fusion_shape(backbone), kinds, width=width, heads=heads or HEADS)
    known = MANIFEST.read(about)
    own = parsed_kinds(known["layers"], layers_of(backbone))
    asked = written(parsed_kinds(layers, len(own))) if layers else written(own)
    _check("vectors of the width", known["width"], width, about)
    _check("layers", written(own), asked, about)
    _check("entity_heads", known["heads"], heads or known["heads"], about)
    side = EntitySide(fusion_shape(backbone), own, width=width, heads=known["heads"])
    weights = backbone.file_beside(WEIGHTS)
    if weights is None:
        raise StoreError(about.with_name(WEIGHTS), None, "the weights of the entity side", "nothing there")
    fill(side, weights)
    return side


def write_entity_side(folder: Path, side: EntitySide) -> None:
    """Put an entity side beside the encoder in a folder."""
    write_tensors(folder / WEIGHTS, tensors(side))
    about = {"layers": written(side.kinds), "heads": side.heads, "width": side.width}
    write_json(folder / ABOUT, {**MANIFEST.begin(), **about})


def _check(what: str, own: object, wanted: object, about: Path) -> None:
    """See that what is wanted is what the encoder has."""
    if own != wanted:
        raise OptionsError(f"{about.parent} has an entity side of its own, with {what} {own}: it cannot have {wanted}")
