"""What convolutions and fully connected layers share: folded biases and requantization of each channel."""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node, Tensor
from tinyml.compiler.ops.base import (
    Constant,
    Layer,
    Operand,
    activation_range,
    constant,
    quantized,
    sliding,
    unsupported,
)
from tinyml.compiler.quantize import quantize_multiplier


def sliding_layer(
    graph: Graph, node: Node, name: str, kind: str, extent: tuple[int, int], filters: np.ndarray, **more: int
) -> Layer:
    """Return the layer of a window that slides with weights: `kind` names kernel and structure, `more` are fields.

    `extent`: (kernel_height, kernel_width); `filters`: the weights as int8 [out_channels, taps].
    """
    source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
    weights = filter_tensor(graph, node).data
    assert weights is not None
    rows, columns, fields = sliding(node, source, output, extent)
    return Layer(
        name,
        node,
        f"tm_{kind}_row_s8",
        f"tm_{kind}",
        {
            "weights": Constant(f"{name}_weights", "int8_t", weights),
            **requantized(graph, node, name, filters),
            **fields,
            "in_channels": source.channels,
            "out_channels": output.channels,
            **more,
        },
        [Operand(node.inputs[0], rows, columns)],
        node.outputs[0],
        macs=output.height * output.width * int(weights.size),
    )


def requantized(
    graph: Graph, node: Node, name: str, filters: np.ndarray, *, fold: bool = True
) -> dict[str, int | Constant]:
    """Return bias, multiplier, shift, pad, zero point and range of a layer whose `filters` are [out_channels, taps].

    The input's zero point is folded into the bias, unless the kernel subtracts it. Raises ModelError where scales do not
    fit, or where sums of 32 bits could overflow.
    """
    source = quantized(graph, node, node.inputs[0], "input")
    weights = graph.tensors[node.inputs[1]]
    output = quantized(graph, node, node.outputs[0], "output")
    channels = len(filters)
    if (
        len(weights.scales) not in (1, channels)
        or np.any(weights.scales <= 0)
        or np.any(weights.zero_points != 0)
    ):
        raise unsupported(node, f"its weights need 1 or {channels} positive scales, and zero points of 0")
    scales = np.broadcast_to(weights.scales, (channels,))
    pairs = [
        quantize_multiplier(float(source.scale) * float(scale) / float(output.scale)) for scale in scales
    ]
    sums = filters.astype(np.int64)
    folded = _bias(graph, node, channels) - source.zero_point * sums.sum(axis=1) * fold
    largest = np.abs(folded) + (128 if fold else 255) * np.abs(sums).sum(axis=1)
    if np.any(largest > 2**31 - 1):
        raise unsupported(
            node,
            f"the bias of channel {int(largest.argmax())} is so large that 32-bit sums overflow",
            cure="train or quantize the model again: that channel is dead or broken",
        )
    low, high = activation_range(node, output)
    return {
        "bias": Constant(f"{name}_bias", "int32_t", folded.astype(np.int32)),
        "multiplier": Constant(
            f"{name}_multiplier", "int32_t", np.array([pair[0] for pair in pairs], np.int32)
        ),
        "shift": Constant(f"{name}_shift", "int8_t", np.array([pair[1] for pair in pairs], np.int8)),
        "pad": Constant(f"{name}_pad", "int8_t", np.full(source.channels, source.zero_point, np.int8)),
        "out_zero_point": output.zero_point,
        "out_min": low,
        "out_max": high,
    }


def _bias(graph: Graph, node: Node, channels: int) -> np.ndarray:
    if len(node.inputs) < 3 or node.inputs[2] == -1:
        return np.zeros(channels, np.int64)
    bias = constant(graph, node, node.inputs[2], "bias", ("int32",)).astype(np.int64).reshape(-1)
    if len(bias) != channels:
        raise unsupported(node, f"its bias has {len(bias)} values for {channels} channels")
    return bias


def filter_tensor(graph: Graph, node: Node) -> Tensor:
    """Return the weights' tensor; raises ModelError where it is not an int8 constant."""
    constant(graph, node, node.inputs[1], "filter", ("int8",))
    return graph.tensors[node.inputs[1]]
