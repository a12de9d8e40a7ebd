"""A layer's cycles from its shape alone: what its kernel's loops cost a round, times how many rounds there are.

Control flow does not depend on data, so a layer takes the same cycles for every picture, and they are a sum of
products: so much for each call, for each channel of it, for each output of that, and so on. `rounds` says how many of
each a layer has; `lx6_cycles.json` says what each costs. The costs are not written by hand: tools/fit_cycles.py takes
them from traces of executed instructions (tinyml/device/cycles.py) and has to run again where kernels have changed.

What no fast kernel computes is predicted the same way from the outputs and inputs of its reference kernel.
"""

import functools
import json
import re
from pathlib import Path

from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.ops.base import Layer
from tinyml.compiler.targets.structs import packed_members

COSTS = Path(__file__).with_name("lx6_cycles.json")
CHECK = "check of another layer"
RUN = re.compile(r"\{(\d+), ([0-2])\}")  # of channels of one kind: tm_lx6_run
KINDS = ("plain", "signed", "exact")
EXACT = 2
STRAIGHT = (*range(1, 13), 16)  # groups of four taps that have a loop, and a cost, of their own


@functools.cache
def costs() -> dict[str, float]:
    """Return cycles by name of a round."""
    table: dict[str, float] = json.loads(COSTS.read_text())["cycles"]
    return table


def predict(layer: Layer, tensors: list[Tensor], calls: int, checks: int, workers: int = 1) -> int | None:
    """Return the cycles of one inference's `calls` calls of a layer's lx6 kernel; None where a cost is not known.

    checks: how often another layer is found not ready before this one has its turn. workers: how many share each row; the cycles are those of the one with the most columns.
    """
    if "tm_m4_" in layer.packed:  # another core's
        return None
    known, total = costs(), 0.0
    columns = layer.style.columns(layer, tensors)
    if layer.style.by_columns:
        columns = -(-columns // workers)
    for name, times in {CHECK: checks, **rounds(layer, tensors, calls, columns)}.items():
        if name not in known:
            return None
        total += known[name] * times
    return round(total)


def rounds(layer: Layer, tensors: list[Tensor], calls: int, columns: int) -> dict[str, float]:
    """Return how often each round of a layer's loops comes in one inference; columns: of a row that are computed."""
    fields, output = layer.fields, tensors[layer.output]
    if layer.packed and layer.kernel == "tm_conv_row_s8":
        gathering = _gathering(layer, tensors, calls, columns)
        return {"conv call": calls, **gathering, **_dot_products(layer, calls, columns)}
    if layer.packed and layer.kernel == "tm_depthwise_row_s8":
        quads = fields["out_channels"] // 4
        kind = f"depthwise {KINDS[packed_shape(layer)['is_signed']]} stride {fields['stride']}"
        reach = (columns - 1) * fields["stride"] + 3 - fields["pad_left"]
        sides = (fields["pad_left"] > 0) + (reach > fields["in_width"])
        outside = calls * 3 - _rows_inside(layer, tensors)
        return {
            "depthwise call": calls,
            "depthwise column": calls * quads * ((columns - 1) * fields["stride"] + 3),
            "depthwise row outside": outside * quads,
            "depthwise border": calls * quads * sides,
            f"{kind}, quad": calls * quads,
            f"{kind}, output": calls * quads * columns,
        }
    outputs = output.height * columns * output.channels
    kernel = layer.kernel.removesuffix("_row_s8").removeprefix("tm_")
    if layer.packed:
        return {f"{kernel} call": calls, f"{kernel} value": outputs}
    taps = fields.get("kernel_height", 1) * fields.get("kernel_width", 1)
    if kernel == "conv":
        taps *= fields["in_channels"]
    return {
        f"plain {kernel} call": calls,
        f"plain {kernel} pixel": output.height * columns,
        f"plain {kernel} output": outputs,
        f"plain {kernel} tap": outputs * taps,
        f"plain {kernel} input": sum(tensors[operand.tensor].bytes for operand in layer.maps),
    }


def _rows_inside(layer: Layer, tensors: list[Tensor]) -> int:
    """Return how many of the rows under the windows of all output rows lie inside the picture."""
    window, height = layer.maps[0].window, tensors[layer.maps[0].tensor].height
    return sum(
        0 <= window.first(row) + tap * window.dilation < height
        for row in range(tensors[layer.output].height)
        for tap in range(window.kernel)
    )


def _gathering(layer: Layer, tensors: list[Tensor], calls: int, columns: int) -> dict[str, float]:
    """Return the rounds that bring a convolution's taps into the order of its weights."""
    fields = layer.fields
    channels, stride, pad = fields["in_channels"], fields["stride"], fields["pad_left"]
    height, width = fields["kernel_height"], fields["kernel_width"]
    kind = "bytes" if channels % 4 else "quads"
    if height * width * stride == 1 and kind == "quads" and pad == 0:
        return {"gather whole rows": calls, "gather whole rows, tap": calls * columns * channels}
    whole = sum(
        fields["dilation"] == 1 and 0 <= x * stride - pad <= fields["in_width"] - width
        for x in range(columns)  # of two workers the first has the left border
    )
    inside = _rows_inside(layer, tensors) * calls / tensors[layer.output].height
    runs = inside * (whole + (columns - whole) * width) + (calls * height - inside) * columns * width
    return {
        f"gather {kind}, pixel": calls * columns,
        f"gather {kind}, run": runs,
        f"gather {kind}, tap": calls * columns * height * width * channels,
    }


def _dot_products(layer: Layer, calls: int, columns: int) -> dict[str, float]:
    """Return the rounds of the dot products and their requantization, by kind of channel."""
    shape = packed_shape(layer)
    groups = shape["taps"] // 4
    found: dict[str, float] = {}
    if shape["is_small"]:
        channels = calls * layer.fields["out_channels"]
        found |= {"unpack, channel": channels, "unpack, group": channels * groups}
    for count, kind in RUN.findall(layer.packed):
        channels, name = calls * int(count), f"dot {KINDS[int(kind)]}"
        own = groups in STRAIGHT and int(kind) != EXACT
        name = f"{name} {groups}" if own else name
        rounds = {f"{name}, run": calls, f"{name}, channel": channels, f"{name}, output": channels * columns}
        if not own:
            rounds[f"{name}, group"] = channels * columns * groups
        for key, times in rounds.items():
            found[key] = found.get(key, 0) + times
    return found


def packed_shape(layer: Layer) -> dict[str, int]:
    """Return the numbers in a layer's `packed`, by the names of its members."""
    _, members = packed_members(layer.packed)
    return {member: int(value) for member, value in members.items() if value.lstrip("-").isdigit()}
