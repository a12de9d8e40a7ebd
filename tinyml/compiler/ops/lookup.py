"""Operators of one input byte and one output byte, computed at compile time: activations and changes of scale.

Each becomes a table of 256 bytes. Where TensorFlow Lite computes in integers, so does the table; where it fills a
table of its own in single precision, this one is filled alike.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import (
    Constant,
    Layer,
    Operand,
    Operator,
    Window,
    clamp_of,
    expect_inputs,
    quantized,
    unsupported,
)
from tinyml.compiler.quantize import (
    INT32_MAX,
    divide_by_power_of_two,
    inverse_square_root,
    logistic,
    quantize_multiplier,
    requantize,
    tanh,
)

LOGISTIC_INTEGER_BITS = TANH_INTEGER_BITS = 4
RSQRT_SHIFT = 20
Function = Callable[[int], int]


def _logistic(node: Node, source: Tensor, output: Tensor) -> Function:
    if output.zero_point != -128 or float(output.scale) != 1 / 256:
        raise unsupported(node, "its output needs the scale 1/256 and the zero point -128")
    multiplier, shift = quantize_multiplier(float(source.scale) * (1 << (31 - LOGISTIC_INTEGER_BITS)))
    radius = int(((1 << LOGISTIC_INTEGER_BITS) - 1) * (1 << (31 - LOGISTIC_INTEGER_BITS)) / 2.0**shift)

    def value(code: int) -> int:
        centred = code - source.zero_point
        if abs(centred) >= radius:
            return 127 if centred > 0 else -128
        fixed = requantize(centred, multiplier, shift)
        return divide_by_power_of_two(logistic(fixed, LOGISTIC_INTEGER_BITS), 23) - 128

    return value


def _rescaled(real: float, source: Tensor, output: Tensor) -> Function:
    multiplier, shift = quantize_multiplier(real)
    return lambda code: requantize(code - source.zero_point, multiplier, shift) + output.zero_point


def _relu(least: float, most: float | None = None) -> Callable[[Node, Tensor, Tensor], Function]:
    def make(node: Node, source: Tensor, output: Tensor) -> Function:
        low, high = clamp_of(least, most, output)
        value = _rescaled(float(source.scale / output.scale), source, output)
        return lambda code: min(max(value(code), low), high)

    return make


def _quantize(node: Node, source: Tensor, output: Tensor) -> Function:
    return _rescaled(float(source.scale) / float(output.scale), source, output)


def _int16(value: int) -> int:
    return max(-(1 << 15), min((1 << 15) - 1, value))


def _high_multiply_int16(a: int, b: int) -> int:
    return _int16((a * b + (1 << 14)) >> 15)


def _int16_multiplier(real: float) -> tuple[int, int]:
    multiplier, shift = quantize_multiplier(real)
    return (0x7FFF if multiplier > INT32_MAX - (1 << 15) else (multiplier + (1 << 15)) >> 16), shift


def _hard_swish(node: Node, source: Tensor, output: Tensor) -> Function:
    fine_scale = np.float32(1 / 128) * source.scale
    relu_scale = np.float32(3) / np.float32(32768)
    out_multiplier, out_shift = _int16_multiplier(float(fine_scale / output.scale))
    relu_multiplier, relu_shift = _int16_multiplier(float(fine_scale / relu_scale))
    if out_shift > 0:
        raise unsupported(node, "its output's scale is too small beside its input's")

    def value(code: int) -> int:
        fine = (code - source.zero_point) << 7
        scaled = _high_multiply_int16(fine, out_multiplier)
        relu = _int16(fine << (relu_shift - 1)) if relu_shift > 0 else fine
        relu = _high_multiply_int16(relu, relu_multiplier)
        if relu_shift > 0:
            relu = _int16(relu << 1)
        elif relu_shift < 0:
            relu = divide_by_power_of_two(relu, -relu_shift)
        relu = (relu + (1 << 15)) >> 1  # 0 .. 2^15 - 1 stands for 0 .. 1
        product = _int16(int(relu * scaled / (1 << 15)))  # truncated towards zero
        return divide_by_power_of_two(product, -out_shift) + output.zero_point

    return value


def _tanh(node: Node, source: Tensor, output: Tensor) -> Function:
    if output.zero_point != 0 or float(output.scale) != 1 / 128:
        raise unsupported(node, "its output needs the scale 1/128 and the zero point 0")
    multiplier, shift = quantize_multiplier(float(source.scale) * (1 << (31 - TANH_INTEGER_BITS)))
    radius = int(((1 << TANH_INTEGER_BITS) - 1) * (1 << (31 - TANH_INTEGER_BITS)) / 2.0**shift)

    def value(code: int) -> int:
        centred = code - source.zero_point
        if abs(centred) >= radius:
            return 127 if centred > 0 else -128
        return divide_by_power_of_two(tanh(requantize(centred, multiplier, shift), TANH_INTEGER_BITS), 24)

    return value


def _leaky_relu(node: Node, source: Tensor, output: Tensor) -> Function:
    alpha = np.float32(node.options["alpha"])
    positive = _rescaled(float(source.scale / output.scale), source, output)
    negative = _rescaled(float(source.scale * alpha / output.scale), source, output)
    return lambda code: positive(code) if code >= source.zero_point else negative(code)


def _abs(node: Node, source: Tensor, output: Tensor) -> Function:
    if source.scale == output.scale:
        return lambda code: abs(code - source.zero_point) + output.zero_point
    value = _rescaled(float(source.scale / output.scale), source, output)
    return lambda code: value(source.zero_point + abs(code - source.zero_point))


def _rsqrt(node: Node, source: Tensor, output: Tensor) -> Function:
    scale = np.float32(1) / (np.sqrt(source.scale) * output.scale)
    multiplier, shift = quantize_multiplier(float(scale))

    def value(code: int) -> int:
        centred = code - source.zero_point
        if centred <= 0:  # the references stop at negative values; here they give what 0 gives
            return 127
        inverse, inverse_shift = inverse_square_root(centred, -1)
        fine = requantize(1, inverse, inverse_shift + RSQRT_SHIFT)
        return requantize(fine, multiplier, shift - RSQRT_SHIFT) + output.zero_point

    return value


def _single(function: Callable[[float], float]) -> Callable[[Node, Tensor, Tensor], Function]:
    """Return what makes the table of a function of reals, in single precision."""

    def make(node: Node, source: Tensor, output: Tensor) -> Function:
        inverse = np.float32(1) / output.scale

        def value(code: int) -> int:
            real = source.scale * np.float32(code - source.zero_point)
            return rounded(np.float32(function(float(real))) * inverse, output)

        return value

    return make


def rounded(real: np.float32, output: Tensor) -> int:
    """Return the code of `real`, given in units of the output's scale: halves away from zero."""
    if math.isnan(real):
        return output.zero_point
    limited = max(-512.0, min(512.0, float(real)))
    return output.zero_point + int(math.copysign(math.floor(abs(limited) + 0.5), limited))


def _unless_negative(function: Callable[[float], float], otherwise: float) -> Callable[[float], float]:
    return lambda real: function(real) if real > 0 else otherwise


def _exponential(real: float) -> float:
    return math.exp(min(real, 88.0))


# Functions of reals. The interpreters know most of them in float only, so that converters put DEQUANTIZE and QUANTIZE
# around them; of integers to integers they become one table.
REAL_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "COS": math.cos,
    "ELU": lambda real: math.expm1(real) if real < 0 else real,
    "EXP": _exponential,
    "FLOOR": math.floor,
    "GELU": lambda real: 0.5 * real * (1 + math.erf(real * math.sqrt(0.5))),
    "LOG": _unless_negative(math.log, -math.inf),
    "LOGISTIC": lambda real: 1 / (1 + _exponential(-real)),
    "NEG": lambda real: -real,
    "RELU": lambda real: max(real, 0.0),
    "RELU6": lambda real: min(max(real, 0.0), 6.0),
    "RELU_0_TO_1": lambda real: min(max(real, 0.0), 1.0),
    "RELU_N1_TO_1": lambda real: min(max(real, -1.0), 1.0),
    "ROUND": lambda real: float(round(real)),
    "RSQRT": _unless_negative(lambda real: 1 / math.sqrt(real), math.inf),
    "SIN": math.sin,
    "SQRT": _unless_negative(math.sqrt, 0.0),
    "SQUARE": lambda real: real * real,
    "TANH": math.tanh,
}


def _chain(node: Node, source: Tensor, output: Tensor) -> Function:
    """Return DEQUANTIZE, functions of reals and QUANTIZE as one table; `functions` are their nodes."""
    steps = [real_function(step) for step in node.options["functions"]]

    def value(code: int) -> int:
        real = source.scale * np.float32(code - source.zero_point)
        for step in steps:
            real = np.float32(step(float(real)))
        return rounded(real / output.scale, output)

    return value


def real_function(node: Node) -> Callable[[float], float]:
    """Return the function of reals that a node of REAL_FUNCTIONS, or a LEAKY_RELU, computes."""
    if node.op == "LEAKY_RELU":
        alpha = float(np.float32(node.options["alpha"]))
        return lambda real: real if real >= 0 else real * alpha
    if node.op == "GELU" and node.options["approximate"]:
        return _approximate_gelu
    return REAL_FUNCTIONS[node.op]


def _approximate_gelu(real: float) -> float:
    return 0.5 * real * (1 + math.tanh(math.sqrt(2 / math.pi) * (real + 0.044715 * real**3)))


def _gelu(node: Node, source: Tensor, output: Tensor) -> Function:
    return _single(real_function(node))(node, source, output)


def _zeros(node: Node, source: Tensor, output: Tensor) -> Function:
    return lambda code: 0  # the integer: the reference clears the bytes, whatever the zero point


def _same(node: Node, source: Tensor, output: Tensor) -> Function:
    return lambda code: code


def _byte(graph: Graph, node: Node, index: int, what: str) -> Tensor:
    """Return an int8 tensor with one scale; QUANTIZE takes and makes uint8 too."""
    tensor = graph.tensors[index]
    if node.op == "QUANTIZE" and tensor.dtype == "uint8" and len(tensor.scales) == 1 and tensor.scale > 0:
        return tensor
    return quantized(graph, node, index, what)


def operator(function: Callable[[Node, Tensor, Tensor], Function], **options: Any) -> Operator:
    """Return the operator that applies `function` to each value; `options`: slot, type and default of each."""

    def build(graph: Graph, node: Node, name: str) -> Layer:
        expect_inputs(node, 1, 1)
        source, output = (
            _byte(graph, node, index, what)
            for index, what in ((node.inputs[0], "input"), (node.outputs[0], "output"))
        )
        first, least = (0 if tensor.dtype == "uint8" else -128 for tensor in (source, output))
        if source.extents != output.extents:
            raise unsupported(node, f"it turns {list(source.shape)} into {list(output.shape)}")
        value = function(node, source, output)
        table = np.zeros(256, np.int8)
        for code in range(first, first + 256):
            table[code % 256] = np.uint8(max(least, min(least + 255, value(code))) % 256).view(np.int8)
        return _table_layer(node, name, table, output.channels)

    return Operator(build, options)


def _table_layer(node: Node, name: str, table: np.ndarray, channels: int) -> Layer:
    fields = {"table": Constant(f"{name}_table", "int8_t", table), "channels": channels}
    operands = [Operand(node.inputs[0], columns=Window())]
    return Layer(name, node, "tm_lookup_row_s8", "tm_lookup", fields, operands, node.outputs[0])


def build_not(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer of a LOGICAL_NOT."""
    expect_inputs(node, 1, 1)
    source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
    if not source.dtype == output.dtype == "bool" or source.extents != output.extents:
        raise unsupported(node, f"it turns {source.dtype} into {output.dtype}, expected bool of one shape")
    return _table_layer(node, name, (np.arange(256) == 0).astype(np.int8), output.channels)


def build_real(graph: Graph, node: Node, name: str) -> Layer:
    """Raise ModelError: what the interpreters know in float only has its place between DEQUANTIZE and QUANTIZE."""
    raise unsupported(node, "supported only as a function of reals between a DEQUANTIZE and a QUANTIZE")


REAL_ONLY = Operator(build_real)
LOGICAL_NOT = Operator(build_not)
LOGISTIC = operator(_logistic)
RELU = operator(_relu(0.0))
RELU_0_TO_1 = operator(_relu(0.0, 1.0))
RELU_N1_TO_1 = operator(_relu(-1.0, 1.0))
RELU6 = operator(_relu(0.0, 6.0))
HARD_SWISH = operator(_hard_swish)
TANH = operator(_tanh)
LEAKY_RELU = operator(_leaky_relu, alpha=(0, "float32", 0.0))
ABS = operator(_abs)
RSQRT = operator(_rsqrt)
GELU = operator(_gelu, approximate=(0, "bool", False))
ELU, EXP, LOG = (operator(_single(REAL_FUNCTIONS[name])) for name in ("ELU", "EXP", "LOG"))
ZEROS_LIKE = operator(_zeros)
CAST = operator(_same)
CHAIN = operator(_chain)
QUANTIZE = operator(_quantize)
