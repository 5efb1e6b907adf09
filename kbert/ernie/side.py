"""The entity side of an encoder: what ERNIE has beside BERT, and how both are run together."""

from collections.abc import Sequence

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from graphs.errors import OptionsError
from kbert.backbone import Backbone, fusing
from kbert.ernie.layer_kinds import written
from kbert.layers.fusion import Fusion, Kind, Shape


class EntitySide(nn.Module):
    """A :class:`Fusion` for each layer that fuses, by the layer's number.

    Args:
        shape: what is as in the text side (:func:`kbert.backbone.fusion_shape`)
        kinds: of each of its layers
        width: that of the vectors of entities
        heads: of attention among entities

    Raises :class:`OptionsError` if heads do not divide the width.
    """

    def __init__(self, shape: Shape, kinds: Sequence[Kind], *, width: int, heads: int) -> None:
        super().__init__()
        if heads < 1 or width % heads:
            raise OptionsError(f"entity_heads: expected a divisor of {width}, the width of the vectors, found {heads}")
        self.kinds, self.width, self.heads = list(kinds), width, heads
        self.numbers = [number for number, kind in enumerate(kinds) if kind != "sim"]
        self.layers = nn.ModuleDict()
        for number in self.numbers:
            attends = heads if kinds[number] == "norm" else None
            self.layers[str(number)] = Fusion(width, shape, heads=attends, is_last=number == self.numbers[-1])

    def extra_repr(self) -> str:
        """The kinds of its layers."""
        return f"{written(self.kinds)}, width={self.width}, heads={self.heads}"

    def encode(
        self,
        backbone: Backbone,
        inputs: tuple[Tensor, Tensor, Tensor, Tensor],
        entities: Float[Tensor, "batch slots width"],
        slots: Int[Tensor, "batch slots"],
        seen: Bool[Tensor, "batch slots"],
    ) -> Float[Tensor, "batch pieces hidden"]:
        """Last hidden state of the text side, fused with entities.

        Args:
            inputs: what the backbone takes
            entities: the vector of each slot; 0 where a slot has none
            slots: the piece of each slot; the first of a text is its first piece
            seen: false on padding
        """
        states = [entities.to(next(self.parameters()).dtype)]

        def add(number: int, inner: Tensor) -> Tensor:
            layer = self._at(number)
            states.append(layer.read(states.pop(), seen))
            return layer.fuse(inner, states[0], slots)

        def take(number: int, inner: Tensor) -> None:
            states.append(self._at(number).write(inner, states.pop(), slots))

        with fusing(backbone, self.numbers, add, take):
            found: Tensor = backbone(*inputs)
        return found

    def _at(self, number: int) -> Fusion:
        layer = self.layers[str(number)]
        assert isinstance(layer, Fusion)
        return layer
