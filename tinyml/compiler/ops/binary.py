"""ADD, SUB and MUL, with an input that is constant or repeated over the picture or the channels."""

from collections.abc import Callable
from typing import Any

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import (
    Constant,
    Layer,
    Operand,
    Operator,
    Window,
    activation_range,
    expect_inputs,
    quantized,
    unsupported,
)
from tinyml.compiler.quantize import quantize_multiplier

HEADROOM = 1 << 20


def _sum_multipliers(a: Tensor, b: Tensor, output: Tensor) -> tuple[float, float, float]:
    common = 2 * float(max(a.scale, b.scale))
    return float(a.scale) / common, float(b.scale) / common, common / (HEADROOM * float(output.scale))


def _product_multipliers(a: Tensor, b: Tensor, output: Tensor) -> tuple[float, float, float]:
    return 0.0, 0.0, float(a.scale) * float(b.scale) / float(output.scale)


def _operand(
    node: Node, name: str, index: int, tensor: Tensor, output: Tensor
) -> tuple[Operand, dict[str, int]]:
    """Return how input `index` is read, and its strides; raises ModelError where it cannot be broadcast to the output."""
    letter = "ab"[index]
    for own, wanted in zip(tensor.extents, output.extents, strict=True):
        if own not in (1, wanted):
            raise unsupported(node, f"input {list(tensor.shape)} cannot be broadcast to {list(output.shape)}")
    window = Window() if tensor.height == output.height else Window(stride=0)
    values = None if tensor.data is None else Constant(f"{name}_{letter}", "int8_t", tensor.data)
    strides = {
        f"{letter}_pixel_stride": tensor.channels if tensor.width > 1 else 0,
        f"{letter}_channel_stride": 1 if tensor.channels > 1 else 0,
        f"{letter}_zero_point": tensor.zero_point,
    }
    columns = Window() if tensor.width == output.width else None
    return Operand(node.inputs[index], window, columns, values), strides


def builder(
    kernel: str, multipliers: Callable[[Tensor, Tensor, Tensor], tuple[float, float, float]]
) -> Operator:
    """Return the operator that `kernel` computes."""

    def build(graph: Graph, node: Node, name: str) -> Layer:
        expect_inputs(node, 2, 2)
        a, b = (quantized(graph, node, index, "input") for index in node.inputs)
        output = quantized(graph, node, node.outputs[0], "output")
        operands: list[Operand] = []
        fields: dict[str, Any] = {}
        for index, tensor in enumerate((a, b)):
            operand, strides = _operand(node, name, index, tensor, output)
            operands.append(operand)
            fields |= strides
        for letter, real in zip(("a", "b", "out"), multipliers(a, b, output), strict=True):
            fields[f"{letter}_multiplier"], fields[f"{letter}_shift"] = quantize_multiplier(real)
        low, high = activation_range(node, output)
        fields |= {
            "channels": output.channels,
            "out_zero_point": output.zero_point,
            "out_min": low,
            "out_max": high,
        }
        return Layer(name, node, kernel, "tm_binary", fields, operands, node.outputs[0])

    return Operator(build, {"activation": (0, "int8", 0)})


ADD = builder("tm_add_row_s8", _sum_multipliers)
SUB = builder("tm_sub_row_s8", _sum_multipliers)
MUL = builder("tm_mul_row_s8", _product_multipliers)
