"""CONV_2D."""

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import Layer, Operator, expect_inputs, unsupported
from tinyml.compiler.ops.weights import filter_tensor, sliding_layer


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; filters are [out_channels, kernel_height, kernel_width, in_channels]."""
    expect_inputs(node, 2, 3)
    source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
    filters = filter_tensor(graph, node)
    if len(filters.shape) == 4 and 0 < filters.shape[3] < source.channels:
        raise unsupported(
            node,
            f"it has {source.channels // filters.shape[3]} groups of channels; supported are one, and one for each",
        )
    if len(filters.shape) != 4 or filters.shape[0] != output.channels or filters.shape[3] != source.channels:
        raise unsupported(
            node, f"filters {list(filters.shape)} do not fit {source.channels} to {output.channels} channels"
        )
    assert filters.data is not None
    by_channel = filters.data.reshape(output.channels, -1)
    return sliding_layer(graph, node, name, "conv", (filters.shape[1], filters.shape[2]), by_channel)


OPERATOR = Operator(
    build,
    {
        "padding": (0, "int8", 0),
        "stride_w": (1, "int32", 0),
        "stride_h": (2, "int32", 0),
        "activation": (3, "int8", 0),
        "dilation_w": (4, "int32", 1),
        "dilation_h": (5, "int32", 1),
    },
)
