"""CONV_2D, also with groups of channels."""

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import Layer, Operator, expect_inputs, unsupported
from tinyml.compiler.ops.weights import filter_tensor, sliding_layer


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; filters are [out_channels, kernel_height, kernel_width, in_channels of a group]."""
    expect_inputs(node, 2, 3)
    source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
    filters = filter_tensor(graph, node)
    fits = len(filters.shape) == 4 and filters.shape[0] == output.channels and filters.shape[3] > 0
    groups = source.channels // filters.shape[3] if fits else 0
    if not groups or groups * filters.shape[3] != source.channels or output.channels % groups:
        raise unsupported(
            node,
            f"filters {list(filters.shape)} do not fit {source.channels} to {output.channels} channels",
        )
    assert filters.data is not None
    by_channel, extent = filters.data.reshape(output.channels, -1), filters.shape[1:3]
    if groups > 1:
        return sliding_layer(
            graph, node, name, "group_conv", (extent[0], extent[1]), by_channel, groups=groups
        )
    return sliding_layer(graph, node, name, "conv", (extent[0], extent[1]), by_channel)


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
