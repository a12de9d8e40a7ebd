"""SVDF: filters over the input whose last outputs are kept, weighted by their age and added up, with an int16 state."""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import (
    Constant,
    Fields,
    Layer,
    Operand,
    Operator,
    Window,
    constant,
    expect_inputs,
    quantized,
    unsupported,
)
from tinyml.compiler.quantize import quantize_multiplier
from tinyml.compiler.styles.remember import REMEMBER

FEATURE, TIME, BIAS, STATE = 1, 2, 3, 4  # the numbers of the inputs


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; the input is [1, inputs], the output [1, units]. The fused activation is the output's range."""
    expect_inputs(node, 5, 5)
    source = quantized(graph, node, node.inputs[0], "input")
    output = quantized(graph, node, node.outputs[0], "output")
    state = graph.tensors[node.inputs[STATE]]
    if state.dtype != "int16" or not state.scale > 0:
        raise unsupported(node, f"its state is {state.dtype}, expected int16 with a positive scale")
    rank = node.options["rank"]
    weights = constant(graph, node, node.inputs[FEATURE], "feature weights", ("int8",))
    time = constant(graph, node, node.inputs[TIME], "time weights", ("int16",))
    if rank < 1 or weights.ndim != 2 or time.ndim != 2 or len(weights) != len(time) or len(weights) % rank:
        raise unsupported(
            node,
            f"its weights are {list(weights.shape)} and {list(time.shape)} for {rank} filters a unit",
        )
    filters, memory = time.shape
    units = filters // rank
    inside = source.extents, output.extents, state.bytes
    if inside != ((1, 1, weights.shape[1]), (1, 1, units), 2 * time.size):
        raise unsupported(
            node,
            f"it turns {list(source.shape)} into {list(output.shape)} with a state of {list(state.shape)}",
            cure="export the model with a batch of 1",
        )
    fields = {
        **_constants(graph, node, name, source, weights, time, units),
        **_scales(graph, node, source, state, output),
    }
    fields |= {"inputs": weights.shape[1], "units": units, "rank": rank, "memory": memory}
    operands = [Operand(node.inputs[0]), Operand(node.inputs[STATE], Window(stride=0))]
    macs = weights.size + time.size
    return Layer(
        name, node, "tm_svdf_row_s8", "tm_svdf", fields, operands, node.outputs[0], macs=macs, style=REMEMBER
    )


def _constants(
    graph: Graph,
    node: Node,
    name: str,
    source: Tensor,
    weights: np.ndarray,
    time: np.ndarray,
    units: int,
) -> Fields:
    """Return the arrays, with the input's zero point folded into the biases of the filters."""
    bias = np.zeros(units, np.int32)
    if node.inputs[BIAS] != -1:
        bias = constant(graph, node, node.inputs[BIAS], "bias", ("int32",)).reshape(-1)
    wide = weights.astype(np.int64)
    if bias.shape != (units,) or np.any(256 * np.abs(wide).sum(1) > 2**31 - 1):
        raise unsupported(node, f"its bias has {bias.size} values for {units} units, or too many weights")
    return {
        "weights": Constant(f"{name}_weights", "int8_t", weights),
        "filter_bias": Constant(
            f"{name}_filter_bias", "int32_t", (-source.zero_point * wide.sum(1)).astype(np.int32)
        ),
        "time": Constant(f"{name}_time", "int16_t", time),
        "bias": Constant(f"{name}_bias", "int32_t", bias),
    }


def _scales(graph: Graph, node: Node, source: Tensor, state: Tensor, output: Tensor) -> Fields:
    """Return both requantizations, from quotients in single precision as the reference has them."""
    scales = []
    for index, what in ((node.inputs[FEATURE], "feature"), (node.inputs[TIME], "time")):
        tensor = graph.tensors[index]
        if len(tensor.scales) != 1 or not tensor.scale > 0 or tensor.zero_point != 0:
            raise unsupported(node, f"its {what} weights need one positive scale and a zero point of 0")
        scales.append(tensor.scale)
    filter_multiplier, filter_shift = quantize_multiplier(float(source.scale * scales[0] / state.scale))
    out_multiplier, out_shift = quantize_multiplier(float(state.scale * scales[1] / output.scale))
    return {
        "filter_multiplier": filter_multiplier,
        "filter_shift": filter_shift,
        "out_multiplier": out_multiplier,
        "out_shift": out_shift,
        "out_zero_point": output.zero_point,
    }


OPERATOR = Operator(build, {"rank": (0, "int32", 0)}, variables=(STATE,))
