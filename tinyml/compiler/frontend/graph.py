"""The graph that the compiler works on: tensors and nodes, and the rules that hold between them."""

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tinyml.errors import ModelError

LARGEST_RANK = 8
LARGEST_MAP_BYTES = 16 << 20
DTYPES = {  # as the file numbers them
    0: "float32", 1: "float16", 2: "int32", 3: "uint8", 4: "int64", 5: "string", 6: "bool", 7: "int16", 8: "complex64",
    9: "int8", 10: "float64", 11: "complex128", 12: "uint64", 13: "resource", 14: "variant", 15: "uint32", 16: "uint16",
    17: "int4", 18: "bfloat16", 19: "int2",
}  # fmt: skip
WITHOUT_INPUTS, WITHOUT_OUTPUTS = {"VAR_HANDLE", "CALL_ONCE"}, {"ASSIGN_VARIABLE", "CALL_ONCE"}
WITHOUT_NUMPY = {"string", "resource", "variant", "int4", "bfloat16", "int2"}


def unique_name(text: str, taken: set[str]) -> str:
    """Return `text` as a part of a C name that is not taken."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "unnamed"
    return next(name for name in numbered(plain) if name not in taken)


def numbered(name: str) -> Iterator[str]:
    """Count names: x, x_2, x_3 ..."""
    yield name
    yield from (f"{name}_{number}" for number in itertools.count(2))


def bad(what: str) -> ModelError:
    """Return the error for a graph that breaks a rule."""
    return ModelError(f"the model's graph is inconsistent: {what}", cure="export the model again")


@dataclass
class Tensor:
    """A value: `data` is an array of `shape` for a constant, else None; scales and zero points as the file has them."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: np.ndarray  # float32 [1], or [channels] along `axis`, or [0] where it is not quantized
    zero_points: np.ndarray  # int64, as many as scales
    axis: int = 0
    data: np.ndarray | None = None
    was_float16: bool = False  # before constants were folded
    variable: bool = False  # the operator that reads it changes it, and finds it changed in the next run

    @property
    def scale(self) -> np.float32:
        """The single scale."""
        return np.float32(self.scales[0])

    @property
    def zero_point(self) -> int:
        """The single zero point."""
        return int(self.zero_points[0])

    @property
    def extents(self) -> tuple[int, int, int]:
        """Height, width and channels: [1, H, W, C] as it is, more axes in front make more rows; [N, C] is N rows."""
        shape = self.shape
        if len(shape) == 3 and shape[0] == 1:
            return shape[1], 1, shape[2]  # a sequence: one row per step
        if len(shape) == 2:
            return shape[0], 1, shape[1]
        width, channels = (1, 1, *shape)[-2:]
        return math.prod(shape[:-2]), width, channels

    @property
    def height(self) -> int:
        """Rows of the feature map."""
        return self.extents[0]

    @property
    def width(self) -> int:
        """Pixels of a row."""
        return self.extents[1]

    @property
    def channels(self) -> int:
        """Values of a pixel."""
        return self.extents[2]

    @property
    def pixel_bytes(self) -> int:
        """Bytes of a pixel."""
        return self.channels * (1 if self.dtype in WITHOUT_NUMPY else np.dtype(self.dtype).itemsize)

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return self.width * self.pixel_bytes

    @property
    def bytes(self) -> int:
        """Bytes of the whole map."""
        return self.height * self.row_bytes


@dataclass
class Node:
    """One operator: `inputs` and `outputs` index Graph.tensors, -1 stands for an optional input left out."""

    op: str  # the schema's name, such as "CONV_2D"
    inputs: list[int]
    outputs: list[int]
    options: dict[str, Any] = field(default_factory=dict)
    number: int = 0  # in the file, for messages
    pads: tuple[int, int, int, int] | None = None  # top, bottom, left, right taken over from a PAD
    viewed_as: tuple[int, ...] | None = (
        None  # the shape that it gives its first input, where a view is dropped
    )
    activation: int | None = None  # a fused activation that takes the place of the node's own

    def __str__(self) -> str:
        return f"node {self.number} ({self.op})"


@dataclass(frozen=True)
class State:
    """A map that stays from one run to the next."""

    name: str  # unique within a C program's names
    initial: np.ndarray  # int8 or int16


@dataclass
class Graph:
    """Nodes in an order in which every value is made before it is used.

    The last inputs are states, as many as there are, and so are the last outputs: what each of them becomes. A state that
    an operator changes where it lies is both.
    """

    tensors: list[Tensor]
    nodes: list[Node]
    inputs: list[int]
    outputs: list[int]
    input_names: list[str]  # of each input, unique within a C program's names
    output_names: list[str]
    states: list[State] = field(default_factory=list)
    initial: dict[str, np.ndarray] = field(default_factory=dict)  # of variables, by the file's names

    @property
    def given(self) -> list[int]:
        """The inputs that the caller gives."""
        return self.inputs[: len(self.inputs) - len(self.states)]

    @property
    def taken(self) -> list[int]:
        """The outputs that the caller takes."""
        return self.outputs[: len(self.outputs) - len(self.states)]

    @property
    def kept(self) -> list[tuple[State, int, int]]:
        """Each state with the tensor that it is when a run begins, and the one that it becomes."""
        tails = self.inputs[len(self.given) :], self.outputs[len(self.taken) :]
        return list(zip(self.states, *tails, strict=True))

    @property
    def changed(self) -> set[int]:
        """The states that an operator changes where they lie."""
        return {tensor for _, tensor, written in self.kept if tensor == written}

    def state_name(self, name: str) -> str:
        """Return a name for a new state, from a variable's."""
        return unique_name(name, {state.name for state in self.states})

    def consumers(self, tensor: int) -> list[Node]:
        """Return the nodes that read `tensor`, in order."""
        return [node for node in self.nodes if tensor in node.inputs]

    def add_constant(self, name: str, values: np.ndarray) -> int:
        """Add a constant without quantization; return the number of its tensor."""
        none = np.zeros(0, np.float32), np.zeros(0, np.int64)
        self.tensors.append(Tensor(name, values.shape, str(values.dtype), *none, data=values))
        return len(self.tensors) - 1

    def producer(self, tensor: int) -> Node | None:
        """Return the node that makes `tensor`; None for inputs and constants."""
        return next((node for node in self.nodes if tensor in node.outputs), None)


def verify(graph: Graph) -> None:
    """Check every rule that the passes rely on; raises ModelError that names the tensor or the node."""
    count = len(graph.tensors)
    for index, tensor in enumerate(graph.tensors):
        if len(tensor.scales) != len(tensor.zero_points):
            raise bad(
                f"tensor {index} has {len(tensor.scales)} scales and {len(tensor.zero_points)} zero points"
            )
        if not np.all(np.isfinite(tensor.scales)) or np.any(tensor.scales < 0):
            raise bad(f"tensor {index} ('{tensor.name}') has a scale that is not a positive number")
        if tensor.data is not None and tensor.data.shape != tensor.shape:
            raise bad(f"tensor {index} holds {tensor.data.shape}, not {tensor.shape}")
    for index in [*graph.inputs, *graph.outputs]:
        if not 0 <= index < count:
            raise bad(f"an input or output is tensor {index} of {count}")
    known = {
        index for index, tensor in enumerate(graph.tensors) if tensor.data is not None or tensor.variable
    } | set(graph.inputs)
    for node in graph.nodes:
        if (not node.inputs or node.inputs[0] == -1) and node.op not in WITHOUT_INPUTS:
            raise bad(f"{node} has no input")
        if not node.outputs and node.op not in WITHOUT_OUTPUTS:
            raise bad(f"{node} has no output")
        for index in node.inputs:
            if index != -1 and not 0 <= index < count:
                raise bad(f"{node} reads tensor {index} of {count}")
            if index != -1 and index not in known:
                raise bad(f"{node} reads tensor {index}, which nothing before it makes")
        for index in node.outputs:
            if not 0 <= index < count or index in known:
                raise bad(f"{node} makes tensor {index}, which is made elsewhere or does not exist")
            known.add(index)
            verify_extents(graph.tensors[index], str(node))
    for index in graph.inputs:
        if graph.tensors[index].data is not None:
            raise bad(f"the input is tensor {index}, a constant")
        verify_map(graph.tensors[index], "the input")
    if len(set(graph.inputs)) != len(graph.inputs) or not graph.given or not graph.taken:
        raise bad("it has no input or no output, or two inputs are one tensor")
    if missing := [index for index in graph.outputs if index not in known]:
        raise bad(f"nothing makes its output, tensor {missing[0]}")


def verify_map(tensor: Tensor, where: str) -> None:
    """Raise ModelError for a tensor of too many axes, or that verify_extents rejects."""
    if len(tensor.shape) > LARGEST_RANK:
        raise ModelError(
            f"{where}: shape {list(tensor.shape)} has more than {LARGEST_RANK} axes",
            cure="export the model with [1, height, width, channels] or fewer axes",
        )
    verify_extents(tensor, where)


def verify_extents(tensor: Tensor, where: str) -> None:
    """Raise ModelError for a tensor whose axes are not positive, or that is too large."""
    if any(extent < 1 for extent in tensor.shape) or tensor.bytes > LARGEST_MAP_BYTES:
        raise ModelError(
            f"{where}: shape {list(tensor.shape)} is out of range: axes are positive, "
            f"maps up to {LARGEST_MAP_BYTES:,} bytes",
            cure="export the model with fixed, smaller shapes",
        )
