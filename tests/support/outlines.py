"""A graph in a few words a node: what its plan depends on, without its weights and scales."""

from pathlib import Path
from typing import Any

from tinyml.compiler.frontend.graph import Graph
from tinyml.vision.config import TrainConfig, from_table

CASES = Path(__file__).parents[1] / "cases" / "outlines.json"
SHORT = {"stride_h": "s", "padding": "p", "activation": "a", "keep_dims": "k"}


def outline(graph: Graph) -> list[str]:
    """Return a line for each node: operator, numbers of the maps that it reads, shapes of its constants, its output, options.

    A convolution with a group for each of several channels is written as the depthwise one that the compiler makes of it.
    """
    numbers = {index: place for place, index in enumerate(graph.inputs)}
    lines = []
    for node in graph.nodes:
        maps, constants = [], []
        for tensor in (
            graph.tensors[index] for index in node.inputs if graph.tensors[index].data is not None
        ):
            constants.append("x".join(map(str, tensor.shape)))
        for index in node.inputs:
            if graph.tensors[index].data is None:
                maps.append(str(numbers[index]))
        numbers[node.outputs[0]] = len(numbers)
        shape = "x".join(map(str, graph.tensors[node.outputs[0]].shape))
        options = [
            f"{short}{int(node.options[name])}" for name, short in SHORT.items() if name in node.options
        ]
        name = node.op
        filters = graph.tensors[node.inputs[1]].shape if name == "CONV_2D" else ()
        if filters and filters[3] == 1 < graph.tensors[node.inputs[0]].channels:
            name, constants[0] = "DEPTHWISE_CONV_2D", f"1x{filters[1]}x{filters[2]}x{filters[0]}"
        lines.append(" ".join([name, "+".join(maps), *constants, "->", shape, *options]))
    return lines


def settled(settings: dict[str, Any]) -> TrainConfig:
    """Return a configuration of a case, as training would settle it."""
    classes = [f"class {number}" for number in range(settings.get("classes", 3))]
    return from_table({**settings, "classes": classes})


def architectures() -> list[dict[str, Any]]:
    """Return thirty architectures: each choice that a configuration has, alone and together."""
    detect = [
        {},
        {"width": 0.35},
        {"width": 0.1, "size": 48},
        {"width": 0.5, "size": 64, "channels": 1},
        {"width": 0.75, "size": 40, "cut": 6},
        {"width": 1.4, "size": 32, "cut": 5, "head": 16},
        {"width": 0.35, "size": 64, "head": 0},
        {"width": 0.35, "size": 64, "head": 7, "classes": 1},
        {"width": 0.35, "size": 64, "padding": "same"},
        {"width": 0.35, "size": 64, "context": [14]},
        {"width": 0.35, "size": 96, "context": [9], "head": 24},
        {"width": 0.5, "size": 64, "context": [11], "channels": 1},
        {"width": 0.2, "size": 64, "context": [14, 17]},
        {"width": 0.2, "size": 64, "cut": 5, "context": [7, 9]},
        {"width": 0.1, "size": 32, "cut": 5, "context": [9, 17], "padding": "same"},
        {"size": 64, "blocks": [
            {"kind": "conv", "channels": 8, "stride": 2},
            {"kind": "separable", "channels": 16, "stride": 2},
            {"kind": "separable", "channels": 24, "stride": 2},
            {"kind": "separable", "channels": 24, "repeat": 2, "residual": True},
        ]},
    ]  # fmt: skip
    classify = [
        {"width": 0.35},
        {"width": 0.25, "size": 32, "classes": 10, "cut": 14},
        {"width": 1.0, "size": 48, "cut": 3, "head": 0},
        {"width": 0.5, "size": 32, "cut": 4, "channels": 1},
        {"width": 0.75, "size": 32, "cut": 8, "hidden": 16},
        {"width": 0.35, "size": 48, "cut": 9, "classes": 2},
        {"width": 0.35, "size": 64, "cut": 11, "head": 0, "hidden": 24},
        {"width": 0.1, "size": 96, "cut": 12, "classes": 5},
        {"width": 0.35, "size": 32, "cut": 13, "padding": "same"},
        {"width": 0.35, "size": 32, "cut": 18, "channels": 1},
        {"width": 0.35, "size": 104, "cut": 5, "head": 13},
        {"size": 32, "head": 0, "blocks": [
            {"kind": "conv", "channels": 16},
            {"kind": "conv", "channels": 16, "repeat": 2, "residual": True},
            {"kind": "separable", "channels": 32, "stride": 2},
            {"kind": "pointwise", "channels": 24},
            {"kind": "inverted", "channels": 24, "expand": 4, "residual": True, "repeat": 2},
            {"kind": "inverted", "channels": 40, "hidden": 50, "stride": 2},
        ]},
        {"size": 40, "channels": 1, "hidden": 12, "blocks": [
            {"kind": "inverted", "channels": 8, "expand": 1, "stride": 2},
            {"kind": "inverted", "channels": 8, "expand": 3, "repeat": 2, "residual": True},
        ]},
        {"width": 1.0, "size": 32, "cut": 7, "classes": 100},
    ]  # fmt: skip
    return [{"task": "detect", **one} for one in detect] + [{"task": "classify", **one} for one in classify]
