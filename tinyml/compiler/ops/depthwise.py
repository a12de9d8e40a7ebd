"""DEPTHWISE_CONV_2D with any channel multiplier."""

import numpy as np

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import Layer, Operator, expect_inputs, unsupported
from tinyml.compiler.ops.weights import filter_tensor, sliding_layer


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; filters are [1, kernel_height, kernel_width, out_channels]."""
    expect_inputs(node, 2, 3)
    source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
    filters = filter_tensor(graph, node)
    shape = filters.shape
    if len(shape) != 4 or shape[0] != 1 or shape[3] != output.channels or output.channels % source.channels:
        raise unsupported(
            node, f"filters {list(shape)} do not fit {source.channels} to {output.channels} channels"
        )
    assert filters.data is not None
    by_channel = np.ascontiguousarray(filters.data.reshape(-1, output.channels).T)
    return sliding_layer(graph, node, name, "depthwise", (shape[1], shape[2]), by_channel)


OPERATOR = Operator(
    build,
    {
        "padding": (0, "int8", 0),
        "stride_w": (1, "int32", 0),
        "stride_h": (2, "int32", 0),
        "activation": (4, "int8", 0),
        "dilation_w": (5, "int32", 1),
        "dilation_h": (6, "int32", 1),
    },
)
