"""Constant folding: what depends on shapes and constants alone is computed here, and leaves the graph.

Dynamic batches and reshapes are written as chains of such nodes. Integers, floats and booleans are computed with;
quantized values are only moved.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tinyml.compiler.frontend.graph import LARGEST_MAP_BYTES, Graph, Node, Tensor, bad

Values = list[np.ndarray]
FUSED = {1: (0, None), 2: (-1, 1), 3: (0, 6)}  # activations, as the schema numbers them


@dataclass(frozen=True)
class Fold:
    """`compute(node, inputs, output)` returns the output's values; `options` as in Operator."""

    compute: Callable[[Node, Values, Tensor], np.ndarray]
    options: dict[str, tuple[int, str, int | bool]] = field(default_factory=dict)
    moves: bool = False  # values only: so quantized ones too


def _elementwise(function: Callable[..., np.ndarray], activation: int | None = None) -> Fold:
    def compute(node: Node, inputs: Values, output: Tensor) -> np.ndarray:
        if np.broadcast_shapes(*(values.shape for values in inputs)) != output.shape:
            raise ValueError("shapes")
        low, high = FUSED.get(node.options.get("activation", 0), (None, None))
        result = function(*inputs)
        return result if low is None else np.clip(result, low, high)

    return Fold(compute, {} if activation is None else {"activation": (activation, "int8", 0)})


def _divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a / b if a.dtype.kind == "f" else np.trunc(a / b).astype(a.dtype)


def _reduce(function: Callable[..., np.ndarray]) -> Fold:
    def compute(node: Node, inputs: Values, output: Tensor) -> np.ndarray:
        axes = tuple(int(axis) for axis in inputs[1].reshape(-1))
        return function(inputs[0], axis=axes, keepdims=node.options["keep_dims"])

    return Fold(compute, {"keep_dims": (0, "bool", False)})


def _gather(node: Node, inputs: Values, output: Tensor) -> np.ndarray:
    source, indices = inputs
    axis = node.options["axis"] % max(source.ndim, 1)
    shape = (*source.shape[:axis], *indices.shape, *source.shape[axis + 1 :])
    if node.options["batch_dims"] or shape != output.shape:
        raise ValueError("shapes")
    return np.take(source, indices, axis)


def _strided_slice(node: Node, inputs: Values, output: Tensor) -> np.ndarray:
    source, *bounds = inputs
    begin, end, strides = (values.reshape(-1).tolist() for values in bounds)
    masks = {
        key: node.options[f"{key}_mask"] for key in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    if masks["ellipsis"] or masks["new_axis"]:
        raise ValueError("masks")
    where: list[int | slice] = []
    for axis, (first, last, step) in enumerate(zip(begin, end, strides, strict=True)):
        if masks["shrink_axis"] >> axis & 1:
            where.append(first)
        else:
            where.append(
                slice(
                    None if masks["begin"] >> axis & 1 else first,
                    None if masks["end"] >> axis & 1 else last,
                    step,
                )
            )
    return source[tuple(where)]


def _slice(node: Node, inputs: Values, output: Tensor) -> np.ndarray:
    source, begin, size = inputs
    first, count = begin.reshape(-1).tolist(), size.reshape(-1).tolist()
    ends = [None if many == -1 else start + many for start, many in zip(first, count, strict=True)]
    return source[tuple(slice(start, end) for start, end in zip(first, ends, strict=True))]


def _range(node: Node, inputs: Values, output: Tensor) -> np.ndarray:
    start, limit, delta = (values.reshape(-1)[0] for values in inputs)
    if max(0, int(np.ceil((float(limit) - float(start)) / float(delta)))) != output.shape[0]:
        raise ValueError("shapes")
    return start + np.arange(output.shape[0]).astype(inputs[0].dtype) * delta


def _tile(node: Node, inputs: Values, output: Tensor) -> np.ndarray:
    times = inputs[1].reshape(-1).tolist()
    if tuple(size * many for size, many in zip(inputs[0].shape, times, strict=True)) != output.shape:
        raise ValueError("shapes")
    return np.tile(inputs[0], times)


def _quantize(node: Node, inputs: Values, output: Tensor) -> np.ndarray:
    if inputs[0].dtype.kind != "f" or len(output.scales) != 1 or not output.scale > 0:
        raise ValueError("scales")
    quotient = inputs[0].astype(np.float32) / output.scale
    codes = np.copysign(np.floor(np.abs(quotient) + 0.5), quotient).astype(np.int64) + output.zero_point
    limits = np.iinfo(output.dtype)
    return np.clip(codes, limits.min, limits.max)


def _dequantize(node: Node, inputs: Values, output: Tensor) -> np.ndarray:
    if inputs[0].dtype != np.float16:  # only float16 constants: integers keep their scale with their values
        raise ValueError("type")
    return inputs[0]


def _moved(
    function: Callable[[Node, Values, Tensor], np.ndarray], **options: tuple[int, str, int | bool]
) -> Fold:
    return Fold(function, options, moves=True)


def _reshaped(node: Node, inputs: Values, output: Tensor) -> np.ndarray:
    return inputs[0].reshape(output.shape)


FOLDS: dict[str, Fold] = {
    "ABS": _elementwise(np.abs),
    "ADD": _elementwise(np.add, 0),
    "BROADCAST_TO": _moved(lambda _, inputs, output: np.broadcast_to(inputs[0], output.shape)),
    "CAST": Fold(lambda _, inputs, output: inputs[0]),
    "CONCATENATION": _moved(
        lambda node, inputs, _: np.concatenate(inputs, node.options["axis"]),
        axis=(0, "int32", 0),
        activation=(1, "int8", 0),
    ),
    "DENSIFY": _moved(lambda _, inputs, output: inputs[0]),
    "DEQUANTIZE": Fold(_dequantize),
    "DIV": _elementwise(_divide, 0),
    "EQUAL": _elementwise(np.equal),
    "EXPAND_DIMS": _moved(_reshaped),
    "FILL": _moved(lambda _, inputs, output: np.broadcast_to(inputs[1].reshape(-1)[0], output.shape)),
    "FLOOR_DIV": _elementwise(np.floor_divide),
    "FLOOR_MOD": _elementwise(np.mod),
    "GATHER": _moved(_gather, axis=(0, "int32", 0), batch_dims=(1, "int32", 0)),
    "GREATER": _elementwise(np.greater),
    "GREATER_EQUAL": _elementwise(np.greater_equal),
    "LESS": _elementwise(np.less),
    "LESS_EQUAL": _elementwise(np.less_equal),
    "LOGICAL_AND": _elementwise(np.logical_and),
    "LOGICAL_NOT": _elementwise(np.logical_not),
    "LOGICAL_OR": _elementwise(np.logical_or),
    "MAXIMUM": _elementwise(np.maximum),
    "MINIMUM": _elementwise(np.minimum),
    "MUL": _elementwise(np.multiply, 0),
    "NEG": _elementwise(np.negative),
    "NOT_EQUAL": _elementwise(np.not_equal),
    "PACK": _moved(lambda node, inputs, _: np.stack(inputs, node.options["axis"]), axis=(1, "int32", 0)),
    "QUANTIZE": Fold(_quantize),
    "RANGE": Fold(_range),
    "REDUCE_MAX": _reduce(np.max),
    "REDUCE_MIN": _reduce(np.min),
    "REDUCE_PROD": _reduce(np.prod),
    "RESHAPE": _moved(_reshaped),
    "SELECT": _elementwise(np.where),
    "SELECT_V2": _elementwise(np.where),
    "SLICE": _moved(_slice),
    "SQUEEZE": _moved(_reshaped),
    "STRIDED_SLICE": _moved(
        _strided_slice,
        begin_mask=(0, "int32", 0),
        end_mask=(1, "int32", 0),
        ellipsis_mask=(2, "int32", 0),
        new_axis_mask=(3, "int32", 0),
        shrink_axis_mask=(4, "int32", 0),
    ),
    "SUB": _elementwise(np.subtract, 0),
    "SUM": _reduce(np.sum),
    "TILE": _moved(_tile),
    "TRANSPOSE": _moved(lambda _, inputs, output: np.transpose(inputs[0], inputs[1].reshape(-1).tolist())),
}
OF_SHAPES: dict[str, Callable[[Tensor], np.ndarray]] = {  # of any input
    "RANK": lambda source: np.array(len(source.shape)),
    "SHAPE": lambda source: np.array(source.shape),
    "ZEROS_LIKE": lambda source: np.zeros(source.shape, np.int8),
}


def fold_constants(graph: Graph) -> None:
    """Compute the nodes that depend on constants and shapes alone; what cannot be computed here stays."""
    kept = []
    for node in graph.nodes:
        values = _folded(graph, node) if len(node.outputs) == 1 else None
        if values is None:
            kept.append(node)
            continue
        output = graph.tensors[node.outputs[0]]
        if values.shape != output.shape:
            raise bad(f"{node} makes {list(values.shape)}, its tensor says {list(output.shape)}")
        output.data = np.ascontiguousarray(values).astype(output.dtype).reshape(output.shape)
        output.was_float16 = values.dtype == np.float16
    graph.nodes = kept


def _folded(graph: Graph, node: Node) -> np.ndarray | None:
    inputs, output = (
        [graph.tensors[index] for index in node.inputs if index != -1],
        graph.tensors[node.outputs[0]],
    )
    if not inputs or output.bytes > LARGEST_MAP_BYTES:
        return None
    if node.op in OF_SHAPES:
        return OF_SHAPES[node.op](inputs[0]) if not len(output.scales) else None
    fold = FOLDS.get(node.op)
    if fold is None or any(tensor.data is None for tensor in inputs):
        return None
    if not fold.moves and len(inputs[0].scales):
        return None
    if fold.moves and inputs[0].scales.tolist() != output.scales.tolist():
        return None
    try:
        with np.errstate(all="ignore"):
            return fold.compute(node, [tensor.data for tensor in inputs if tensor.data is not None], output)
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, ZeroDivisionError, MemoryError):
        return None  # the node stays, and whoever builds its layer says what is wrong with it
