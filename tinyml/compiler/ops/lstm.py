"""UNIDIRECTIONAL_SEQUENCE_LSTM: one row a step, as TFLite-Micro computes it, with int8 outputs and int16 cells."""

import math

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

GATES = ("input", "forget", "cell", "output")
WEIGHTS, RECURRENT, BIAS = 1, 5, 12  # the first of four inputs each, one a gate
STATES = (18, 19)  # the last output, the cells
NEEDED = (*range(9), *range(12, 16), *STATES)
LEFT_OUT = {"peepholes": (9, 10, 11), "a projection": (16, 17), "normalized layers": (20, 21, 22, 23)}
TANH = 4  # as the schema numbers activations
GATE_SCALE, PRODUCT_SCALE = (
    2.0**-12,
    2.0**-30,
)  # of what goes into a gate's function, of two such values' product
TABLE_STEP = 1 / 24
LEAST_CELL_BITS, MOST_CELL_BITS = 0, 20  # behind the cells' binary point


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; inputs are [1, steps, inputs] or, time first, [steps, 1, inputs]."""
    expect_inputs(node, 1, 24)
    if missing := [at for at in NEEDED if at >= len(node.inputs) or node.inputs[at] == -1]:
        raise unsupported(node, f"its input {missing[0]} is left out, which TFLite-Micro does not run either")
    for what, numbers in LEFT_OUT.items():
        if any(at < len(node.inputs) and node.inputs[at] != -1 for at in numbers):
            raise unsupported(node, f"it has {what}, which TFLite-Micro does not run either")
    if node.options["activation"] != TANH:
        raise unsupported(node, f"its activation has number {node.options['activation']}, supported is TANH")
    source = quantized(graph, node, node.inputs[0], "input")
    output = quantized(graph, node, node.outputs[0], "output")
    hidden, cells = (graph.tensors[node.inputs[at]] for at in STATES)
    quantized(graph, node, node.inputs[STATES[0]], "output state")
    if cells.dtype != "int16" or not cells.scale > 0:
        raise unsupported(node, f"its cell state is {cells.dtype}, expected int16 with a positive scale")
    steps, width, inputs = source.extents
    units = output.channels
    if width != 1 or output.extents != (steps, 1, units) or hidden.bytes != units or cells.bytes != 2 * units:
        raise unsupported(
            node,
            f"it turns {list(source.shape)} into {list(output.shape)} with {hidden.bytes} values of output state",
            cure="export the model with a batch of 1",
        )
    fields = {**_gates(graph, node, name, source, hidden, units), **_cells(node, hidden, cells)}
    fields |= {
        "sigmoid": Constant(f"{name}_sigmoid", "int16_t", _sigmoid()),
        "inputs": inputs,
        "units": units,
        "out_zero_point": hidden.zero_point,
    }
    operands = [Operand(node.inputs[0])]
    operands += [Operand(node.inputs[at], Window(stride=0)) for at in STATES]
    macs = steps * len(GATES) * units * (inputs + units)
    return Layer(
        name, node, "tm_lstm_row_s8", "tm_lstm", fields, operands, node.outputs[0], macs=macs, style=REMEMBER
    )


def _gates(graph: Graph, node: Node, name: str, source: Tensor, hidden: Tensor, units: int) -> Fields:
    """Return weights, folded biases and requantization of the four gates, of the input and of the last output."""
    weights: dict[str, list[np.ndarray]] = {"weights": [], "recurrent": []}
    biases: list[np.ndarray] = []
    pairs = []
    for gate, what in enumerate(GATES):
        given = constant(graph, node, node.inputs[BIAS + gate], f"bias of the {what} gate", ("int32",))
        for kind, first, read in (("weights", WEIGHTS, source), ("recurrent", RECURRENT, hidden)):
            index = node.inputs[first + gate]
            values = constant(graph, node, index, f"{kind} of the {what} gate", ("int8",))
            tensor = graph.tensors[index]
            if values.shape != (units, read.channels) or len(tensor.scales) != 1 or tensor.zero_point != 0:
                raise unsupported(
                    node,
                    f"the {kind} of its {what} gate are {list(values.shape)} with {len(tensor.scales)} scales, expected "
                    f"[{units}, {read.channels}] with one and a zero point of 0",
                )
            bias = given.reshape(-1).astype(np.int64) if kind == "weights" else np.zeros(units, np.int64)
            sums = np.abs(values.astype(np.int64)).sum(1)
            if bias.shape != (units,) or np.any(np.abs(bias) + 256 * sums > 2**31 - 1):
                raise unsupported(
                    node, f"the bias of its {what} gate does not fit {units} units of 32-bit sums"
                )
            weights[kind].append(values)
            biases.append(bias - read.zero_point * values.astype(np.int64).sum(1))
            pairs.append(quantize_multiplier(float(read.scale) * float(tensor.scale) / GATE_SCALE))
    return {
        **{
            kind: Constant(f"{name}_{kind}", "int8_t", np.concatenate(parts))
            for kind, parts in weights.items()
        },
        "bias": Constant(f"{name}_bias", "int32_t", np.array(biases, np.int32)),
        "multiplier": Constant(f"{name}_multiplier", "int32_t", np.array([m for m, _ in pairs], np.int32)),
        "shift": Constant(f"{name}_shift", "int8_t", np.array([shift for _, shift in pairs], np.int8)),
    }


def _cells(node: Node, hidden: Tensor, cells: Tensor) -> Fields:
    """Return how cells are made of gates, and outputs of cells."""
    bits = -round(math.log2(float(cells.scale)))
    if not LEAST_CELL_BITS <= bits <= MOST_CELL_BITS:
        raise unsupported(node, f"its cell state has the scale {cells.scale}, expected 2^-20 to 1")
    cell_multiplier, cell_shift = quantize_multiplier(PRODUCT_SCALE / float(cells.scale))
    out_multiplier, out_shift = quantize_multiplier(PRODUCT_SCALE / float(hidden.scale))
    clip = float(node.options["cell_clip"])
    if not math.isfinite(clip):
        raise unsupported(node, f"it clips its cells at {clip}")
    return {
        "cell_multiplier": cell_multiplier,
        "cell_shift": cell_shift,
        "out_multiplier": out_multiplier,
        "out_shift": out_shift,
        "tanh_multiplier": 3 << max(12 - bits, 0),
        "tanh_shift": max(bits - 12, 0),
        "cell_clip": int(min(clip / float(cells.scale), 32767)) if clip > 0 else 0,
    }


def _sigmoid() -> np.ndarray:
    """Return the reference's table of the sigmoid at 0, 1/24, 2/24 ..., Q0.16 minus 2^15, as int16.

    Its entries lie half as far above the function as the line between two of them lies below it; the last one is full.
    """
    sigmoid = 1 / (1 + np.exp(-TABLE_STEP * np.arange(256)))
    curvature = sigmoid * (1 - sigmoid) * (2 * sigmoid - 1)
    table = np.round(65536 * (sigmoid + TABLE_STEP**2 / 16 * curvature))
    table[-1] = 65535
    return (table - 32768).astype(np.int16)


OPERATOR = Operator(
    build,
    {"activation": (0, "int8", 0), "cell_clip": (1, "float32", 0.0), "time_major": (3, "bool", False)},
    any_shape=True,
    variables=STATES,
)
