"""What a style tells the rest of the compiler about a layer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from tinyml.compiler.frontend.graph import Tensor

if TYPE_CHECKING:
    from tinyml.compiler.emit.functions import Functions
    from tinyml.compiler.ops.base import Layer
    from tinyml.compiler.planning.barriers import Accesses

Span = tuple[int, int]  # bytes begin .. end - 1 of the arena, or columns of a row


@dataclass
class Events:
    """What a layer does, step by step: rows of each operand needed before, the oldest still needed after, rows made."""

    needs: Sequence[tuple[int, ...]]
    keeps: Sequence[tuple[int, ...]]
    makes: Sequence[int]
    first_keeps: tuple[int, ...]


def overlap(some: list[Span], others: list[Span]) -> bool:
    """Return whether a byte lies in a span of both."""
    return any(a < d and c < b for a, b in some for c, d in others)


@dataclass
class Access:
    """What a worker reads and writes in the arena."""

    reads: list[Span] = field(default_factory=list)
    writes: list[Span] = field(default_factory=list)

    def add(self, other: "Access") -> None:
        """Take over what `other` touches."""
        self.reads += other.reads
        self.writes += other.writes

    def conflicts(self, other: "Access") -> bool:
        """Return whether one of the two writes what the other one touches."""
        return (
            overlap(self.writes, other.writes)
            or overlap(self.writes, other.reads)
            or overlap(self.reads, other.writes)
        )


class Style:
    """How a layer computes its rows; the layer's operands and fields say the rest."""

    by_columns: ClassVar[bool] = (
        False  # any part of a row can be computed alone: for two workers, and in strips
    )
    counts_input: ClassVar[bool] = False  # the state struct counts the input rows that it has taken
    sums_bytes: int = 0  # of working memory that lives from an output row's first input row to its last

    def columns(self, layer: "Layer", tensors: list[Tensor]) -> int:
        """Return how many columns a step makes, where it works by columns."""
        return tensors[layer.output].width

    def events(self, layer: "Layer", tensors: list[Tensor]) -> Events:
        """Return what happens at each of the layer's steps."""
        raise NotImplementedError

    def access(self, layer: "Layer", row: int, columns: Span, share: int, arena: "Accesses") -> Access:
        """Return what step `row` touches.

        Where it works by columns: in computing these columns, as the worker of this share; else in the whole step,
        which the first worker does alone.
        """
        raise NotImplementedError

    def body(self, layer: "Layer", functions: "Functions") -> str:
        """Return the C of the layer's function up to the `return` of a finished row."""
        raise NotImplementedError
