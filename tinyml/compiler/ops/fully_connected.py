"""FULLY_CONNECTED: a convolution whose kernel is one pixel, or the whole map that is being flattened."""

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.base import Constant, Layer, Operand, Operator, Window, expect_inputs, unsupported
from tinyml.compiler.ops.weights import filter_tensor, requantized


def build(graph: Graph, node: Node, name: str) -> Layer:
    """Return the layer; filters are [out_channels, inputs], the input's last axis or all of it has `inputs` values."""
    expect_inputs(node, 2, 3)
    source, output = graph.tensors[node.inputs[0]], graph.tensors[node.outputs[0]]
    filters = filter_tensor(graph, node)
    if node.options["weights_format"] != 0:
        raise unsupported(node, "its weights are shuffled")
    if len(filters.shape) != 2 or filters.shape[0] != output.channels:
        raise unsupported(node, f"filters {list(filters.shape)} do not fit {output.channels} output channels")
    assert filters.data is not None
    inputs = filters.shape[1]
    pixels = output.height * output.width
    if inputs == source.channels and (source.height, source.width) == (output.height, output.width):
        kernel = (1, 1)
    elif inputs == source.bytes and pixels == 1:
        kernel = (source.height, source.width)
    else:
        raise unsupported(node, f"{inputs} weights an output do not fit an input of {list(source.shape)}")
    quantization = requantized(graph, node, name, filters.data)
    return Layer(
        name,
        node,
        "tm_conv_row_s8",
        "tm_conv",
        {
            "weights": Constant(f"{name}_weights", "int8_t", filters.data),
            **quantization,
            "in_width": source.width,
            "out_width": output.width,
            "kernel_height": kernel[0],
            "kernel_width": kernel[1],
            "stride": 1,
            "dilation": 1,
            "pad_left": 0,
            "in_channels": source.channels,
            "out_channels": output.channels,
        },
        [Operand(node.inputs[0], Window(kernel=kernel[0]), Window(kernel=kernel[1]))],
        node.outputs[0],
        macs=pixels * int(filters.data.size),
    )


OPERATOR = Operator(build, {"activation": (0, "int8", 0), "weights_format": (1, "int8", 0)})
