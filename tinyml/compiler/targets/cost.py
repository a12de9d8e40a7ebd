"""A layer's cycles from its shape alone: what its kernel's loops cost a round, times how many rounds there are.

Control flow does not depend on data, so a layer takes the same cycles for every picture, and they are a sum of
products: so much for each call, for each channel of it, for each output of that, and so on. `rounds` says how many of
each a layer has; `lx6_cycles.json` says what each costs. The costs are not written by hand: tools/fit_cycles.py takes
them from traces of executed instructions (tinyml/device/cycles.py) and has to run again where kernels have changed.

What no fast kernel computes is predicted the same way from the outputs and inputs of its reference kernel.
"""

import functools
import json
import math
import re
from collections import Counter
from pathlib import Path

from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.ops.base import Layer
from tinyml.compiler.targets.structs import packed_members

COSTS = Path(__file__).with_name("lx6_cycles.json")
CHECK = "check of another layer"
RUN = re.compile(r"\{(\d+), ([0-2])\}")  # of channels of one kind: tm_lx6_run
GATHERED = (3, 9)  # bytes of a row under a pixel that have a loop of their own
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

    checks: how often another layer is found not ready before this one has its turn. workers: how many share each row;
    the cycles are those of the one with the most columns.
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
    """Return how often each round of a layer's loops comes in one inference; columns: of a step that are computed."""
    found: dict[str, float] = {
        "step": calls,
        "step, input row": calls * sum(operand.window.kernel for operand in layer.maps),
    }
    if layer.packed and layer.kernel == "tm_conv_row_s8":
        parts = (_gathering(layer, tensors, calls, columns), _dot_products(layer, calls, columns))
    elif layer.packed and layer.kernel == "tm_depthwise_row_s8":
        parts = (_depthwise(layer, tensors, calls, columns), {})
    else:
        parts = (_other(layer, tensors, calls, columns), {})
    for part in parts:
        found |= part
    return found


def _other(layer: Layer, tensors: list[Tensor], calls: int, columns: int) -> dict[str, float]:
    """Return the rounds of additions through tables, and of everything that the reference kernels compute."""
    output = tensors[layer.output]
    kernel = layer.kernel.removesuffix("_row_s8").removeprefix("tm_") or type(layer.style).__name__.lower()
    outputs = output.height * columns * output.channels
    if layer.packed:
        whole, rest = divmod(columns * output.channels, 4)
        return {f"{kernel} call": calls, f"{kernel} four": calls * whole, f"{kernel} value": calls * rest}
    pixels = output.height * columns
    if lengths := _copied(layer, output.channels):
        whole = all(length % 4 == 0 for length in lengths)  # else they lie askew, and go byte by byte
        return {
            f"{kernel} call": calls,
            f"{kernel} pixel": pixels,
            "copy": pixels * len(lengths),
            "copied word": pixels * sum(lengths) // 4 if whole else 0,
            "copied byte": 0 if whole else pixels * sum(lengths),
        }
    found: dict[str, float] = {
        f"plain {kernel} call": calls,
        f"plain {kernel} pixel": pixels,
        f"plain {kernel} output": outputs,
    }
    fields = layer.fields
    macs = layer.macs * columns / layer.style.columns(layer, tensors)
    if macs:
        found[f"plain {kernel} tap"] = macs
    if (
        kernel == "transpose_conv"
    ):  # the columns under a kernel's row that are asked whether they hold an input
        found[f"plain {kernel} column"] = macs / fields["in_channels"] * fields["stride"]
    if kernel == "group_conv":  # the taps that all channels of a group have in common
        found[f"plain {kernel} window"] = macs * fields["groups"] / fields["in_channels"]
    if kernel == "recut":
        rows = output.height, tensors[layer.maps[0].tensor].height
        found[f"plain {kernel} piece"] = sum(rows) - math.gcd(*rows)
    if kernel == "svdf":
        found[f"plain {kernel} filter"] = outputs * fields["rank"]
    if kernel in ("max_pool", "average_pool"):
        found[f"plain {kernel} tap"] = outputs * fields["kernel_height"] * fields["kernel_width"]
    if kernel == "add_n":
        found[f"plain {kernel} term"] = outputs * fields["inputs"]
    if kernel in ("average", "extreme", "arg"):
        found[f"plain {kernel} input"] = tensors[layer.maps[0].tensor].bytes
    return found


def _copied(layer: Layer, channels: int) -> list[int]:
    """Return the bytes of each piece that a pixel of a layer is copied from; [] where it is not made of pieces."""
    if layer.kernel == "tm_concat_row_s8":
        return [int(length) for length in layer.fields["channels"].values]
    if (
        layer.kernel == "tm_gather_row_s8"
        and not layer.fields.get("channels")
        and layer.fields["channel_stride"] == 1
    ):
        return [channels]
    return []


def _rows_inside(layer: Layer, tensors: list[Tensor]) -> list[int]:
    """Return for each output row how many of the rows under its window lie inside the picture."""
    window, height = layer.maps[0].window, tensors[layer.maps[0].tensor].height
    return [
        sum(0 <= window.first(row) + tap * window.dilation < height for tap in range(window.kernel))
        for row in range(tensors[layer.output].height)
    ]


def _depthwise(layer: Layer, tensors: list[Tensor], calls: int, columns: int) -> dict[str, float]:
    """Return the rounds of a 3x3 depthwise convolution."""
    fields = layer.fields
    quads = fields["out_channels"] // 4
    signed = KINDS[packed_shape(layer)["is_signed"]]
    kind = f"depthwise {signed} stride {fields['stride']}"
    reach = (columns - 1) * fields["stride"] + 3 - fields["pad_left"]
    sides = (fields["pad_left"] > 0) + (reach > fields["in_width"])
    inside = _rows_inside(layer, tensors)
    small = {f"depthwise {signed}, unpack quad": calls * quads} if packed_shape(layer)["small"] else {}
    return small | {
        "depthwise call": calls,
        "depthwise row outside": calls * quads * (3 - sum(inside) / len(inside)),
        "depthwise border": calls * quads * sides,
        f"{kind}, quad": calls * quads,
        f"{kind}, output": calls * quads * columns,
    }


def _gathering(layer: Layer, tensors: list[Tensor], calls: int, columns: int) -> dict[str, float]:
    """Return the rounds that bring a convolution's taps into the order of its weights."""
    fields = layer.fields
    channels, stride, pad = fields["in_channels"], fields["stride"], fields["pad_left"]
    height, width = fields["kernel_height"], fields["kernel_width"]
    shape = packed_shape(layer)
    if height * width * stride == 1 and shape["quads"] and pad == 0 and shape["taps"] == channels:
        quads = columns * channels // 4
        return {
            "gather whole rows": calls,
            "gather whole rows, two quads": calls * (quads // 2),
            "gather whole rows, odd quad": calls * (quads % 2),
        }
    whole = (
        sum(  # pixels with all columns of their window inside; of two workers the first has the left border
            fields["dilation"] == 1 and 0 <= x * stride - pad <= fields["in_width"] - width
            for x in range(columns)
        )
    )
    found: Counter[str] = Counter()
    rows = _rows_inside(layer, tensors)
    kind = "quads" if shape["quads"] else "bytes"
    own = width * channels in GATHERED
    for inside in rows:
        together = whole if own and inside == height else 0
        if together:
            found["gather together"] += height
            found[f"gather together {width * channels}, pixel"] += height * together
        alone = columns - together
        if own:
            found["gather alone"] += alone  # it is asked whether it is the first of some that go together
        # Rows of pixels that are inside whole come as one run, others as one for each column.
        long = inside * (whole - together)
        short = (height * alone - long) * width
        found["gather pixel"] += alone
        found["gather row"] += alone * height
        for runs, length in ((long, width * channels), (short, channels)):
            found[f"gather {kind}, run"] += runs
            if kind == "bytes":
                found["gather bytes, tap"] += runs * length
            else:
                found["gather quads, two"] += runs * (length // 8)
                found["gather quads, odd"] += runs * (length // 4 % 2)
    return {name: times * calls / len(rows) for name, times in found.items() if times}


def _dot_products(layer: Layer, calls: int, columns: int) -> dict[str, float]:
    """Return the rounds of the dot products and their requantization, by kind of channel."""
    shape = packed_shape(layer)
    groups = shape["taps"] // 4
    found: Counter[str] = Counter({"conv call": calls})
    for count, number in RUN.findall(layer.packed):
        channels, kind = calls * int(count), KINDS[int(number)]
        own = groups in STRAIGHT and int(number) != EXACT
        name = f"dot {kind} {groups}" if own else f"dot {kind}"
        found["dot run"] += calls
        found[f"{name}, channel"] += channels
        found[f"{name}, output"] += channels * columns
        if not own:
            found[f"{name}, group"] += channels * columns * groups
        if shape["small"]:
            found["unpack, run"] += calls * -(-int(count) // shape["small"])
            found[f"unpack {kind}, channel"] += channels
            found["unpack, two groups"] += channels * (groups // 2)
            found["unpack, odd group"] += channels * (groups % 2)
    return dict(found)


def packed_shape(layer: Layer) -> dict[str, int]:
    """Return the numbers in a layer's `packed`, by the names of its members."""
    _, members = packed_members(layer.packed)
    return {member: int(value) for member, value in members.items() if value.lstrip("-").isdigit()}
