"""The assembly kernels against the reference kernels, on the cores that they are written for."""

import re
from pathlib import Path

import numpy as np
import pytest
from support.emulated import PRELUDE, run

from tinyml.compiler import targets
from tinyml.compiler.emit.text import array
from tinyml.compiler.ops.base import Constant, Layer
from tinyml.compiler.quantize import quantize_multiplier
from tinyml.compiler.targets import lx6, sums
from tinyml.compiler.targets.requantize_fast import FastRequantize

CORES = [("esp32_emulated", "lx6"), ("cortex_m4_emulated", "cortex_m4")]

# kernel height and width, in and out channels, width, stride, padding, zero point of the output
CONVOLUTIONS = [
    (1, 1, 8, 48, 11, 1, 0, -128),  # the shortest dot products
    (1, 1, 16, 24, 12, 1, 0, -128),
    (1, 1, 96, 24, 5, 1, 0, -7),  # linear: negative values round the other way
    (1, 1, 4, 2, 1, 1, 0, -128),  # one group of taps, one pixel
    (1, 1, 16, 6, 9, 2, 0, 30),
    (3, 3, 3, 8, 21, 2, 1, -128),  # taps that fill no group
    (3, 3, 16, 4, 10, 1, 1, -128),
    (2, 5, 5, 10, 13, 1, 2, 3),
    (1, 1, 640, 8, 1, 1, 0, -128),
    (3, 3, 1, 4, 12, 1, 1, -128),  # gray
    (3, 3, 3, 2, 10, 1, 0, 4),  # no padding
]
DEPTHWISE = [
    (32, 24, 1, 1, -128),
    (16, 25, 2, 1, -128),
    (8, 24, 2, 1, -128),
    (4, 3, 1, 1, -128),
    (4, 7, 2, 0, -128),
    (8, 1, 1, 1, -128),
    (12, 9, 1, 0, -20),
    (8, 24, 2, 1, 5),
]

CHECK = """
static int8_t wanted[8192], found[8192];

/* The whole row, then its right part alone: the columns before and the bytes behind must stay as they are. */
static void check(tm_row_kernel *reference, tm_row_kernel *fast, const void *plain, const void *packed,
                  const int8_t *const *rows, int width, int channels, void *scratch) {
  int wrong = 0;
  reference(plain, rows, wanted, 0, width, NULL);
  for (int begin = 0; begin < width; begin += width / 2 + 1) {
    memset(found, 85, sizeof found);
    fast(packed, rows, found, begin, width, scratch);
    for (int i = 0; i < (int)sizeof found; i++) {
      const int inside = i >= begin * channels && i < width * channels;
      wrong += found[i] != (inside ? wanted[i] : 85);
    }
  }
  say_number((uint32_t)wrong);
}
"""


def quantized(random: np.random.Generator, name: str, channels: int, taps: int, zero_point: int) -> dict:
    """Return the requantization fields of a random layer."""
    scales = random.uniform(0.002, 0.02, channels) * 3 / np.sqrt(taps)
    multiplier, shift = np.array([quantize_multiplier(scale) for scale in scales]).T
    return {
        "bias": Constant(f"{name}_bias", "int32_t", random.integers(-3000, 3000, channels, np.int32)),
        "multiplier": Constant(f"{name}_multiplier", "int32_t", multiplier.astype(np.int32)),
        "shift": Constant(f"{name}_shift", "int8_t", shift.astype(np.int8)),
        "dilation": 1,
        "out_zero_point": zero_point,
        "out_min": -128,
        "out_max": 127,
    }


def case(
    random: np.random.Generator, kernels: str, number: int, layer: Layer, members: str, small: bool = False
) -> tuple[str, str]:
    """Return the definitions of a layer and the call that checks it; some rows lie outside the picture."""
    fields = layer.fields
    name, height, channels = layer.name, fields["kernel_height"], fields["out_channels"]
    packed = targets.pack(kernels, layer)
    assert packed is not None, "this shape is meant to have a fast kernel"
    if small:
        packed = packed.smaller
        assert packed is not None, "these weights are meant to fit in bytes"
    rows = [
        Constant(
            f"{name}_row_{k}",
            "int8_t",
            random.integers(-128, 128, (fields["in_width"], fields["in_channels"])),
        )
        for k in range(height)
    ]
    pad = Constant(f"{name}_pad", "int8_t", np.full(fields["in_channels"], int(random.integers(-128, 128))))
    outside = {0: [], 1: [0], 2: [height - 1]}[number % 3] if height > 1 else []
    pointers = ", ".join("NULL" if k in outside else row.name for k, row in enumerate(rows))
    text = "\n".join(array(constant) for constant in (*layer.constants, pad, *rows, *packed.constants))
    text = text.replace("static const int8_t", "static const __attribute__((unused)) int8_t")
    if fields["in_channels"] % 4 == 0:  # as in the arena, where maps begin at multiples of 16
        text = re.sub(r"(_row_\d+\[\d+\])", r"\1 TM_ALIGNED_4", text)
    plain = f"{name}_weights, {name}_bias, {name}_multiplier, {name}_shift, {name}_pad, {members}"
    scratch_bytes = max(packed.scratch_of(fields["out_width"]), 1)
    text += f"""
{packed.definition}
static const {layer.struct} {name}_plain = {{{plain}, NULL}};
static const {layer.struct} {name}_fast = {{{plain}, &{name}_packed}};
static const int8_t *const {name}_rows[] = {{{pointers}}};
static int8_t {name}_scratch[{scratch_bytes}] __attribute__((aligned(16)));
"""
    call = (
        f"check({layer.kernel}_reference, {layer.kernel}_{kernels}, &{name}_plain, &{name}_fast, {name}_rows, "
        f"{fields['out_width']}, {channels}, {name}_scratch);"
    )
    return text, call


def members_of(fields: dict, order: str) -> str:
    """Return the numbers of a description, in the order of its declaration."""
    return ", ".join(str(fields[member]) for member in order.split())


MEMBERS = (
    "in_width in_channels out_width out_channels kernel_height kernel_width stride dilation pad_left "
    "out_zero_point out_min out_max"
)


def weighted(
    random: np.random.Generator,
    kernels: str,
    number: int,
    depthwise: bool,
    shape: tuple,
    small: bool = False,
) -> tuple[str, str]:
    """Return one convolution's or depthwise convolution's case."""
    name = f"{'depthwise' if depthwise else 'conv'}_{number}"
    if depthwise:
        channels, width, stride, pad, zero_point = shape
        height, columns, inputs, taps = 3, 3, channels, 9
        weights = random.integers(-127, 128, (3, 3, channels))
    else:
        height, columns, inputs, channels, width, stride, pad, zero_point = shape
        taps = height * columns * inputs
        weights = random.integers(-127, 128, (channels, height, columns, inputs))
    fields = {
        "weights": Constant(f"{name}_weights", "int8_t", weights),
        **quantized(random, name, channels, taps, zero_point),
        "in_width": width,
        "in_channels": inputs,
        "out_width": (width + 2 * pad - columns) // stride + 1,
        "out_channels": channels,
        "kernel_height": height,
        "kernel_width": columns,
        "stride": stride,
        "pad_left": pad,
    }
    kind = "depthwise" if depthwise else "conv"
    layer = Layer(name, None, f"tm_{kind}_row_s8", f"tm_{kind}", fields, [], 0)  # type: ignore[arg-type]
    return case(random, kernels, number, layer, members_of(fields, MEMBERS), small)


def program(cases: list[tuple[str, str]]) -> str:
    """Return a program that prints the number of wrong bytes of each case."""
    text = "".join(definitions for definitions, _ in cases)
    calls = "\n".join(call for _, call in cases)
    return (
        f'#include "tinyml_kernels.h"\n#include "tm_packed.h"\n{PRELUDE}{CHECK}{text}\n'
        f"int main(void) {{\n{calls}\nreturn 0;\n}}\n"
    )


@pytest.mark.parametrize(("board", "kernels"), CORES)
def test_convolutions_equal_the_reference(tmp_path: Path, board: str, kernels: str) -> None:
    random = np.random.default_rng(1)
    cases = [weighted(random, kernels, number, False, shape) for number, shape in enumerate(CONVOLUTIONS)]
    wide = [
        weighted(random, kernels, number, True, shape, small=kernels == "lx6" and number % 2 > 0)
        for number, shape in enumerate([*DEPTHWISE, *DEPTHWISE[::-1]])
    ]
    wrong = [int(word) for word in run(tmp_path, board, {"main.c": program(cases + wide)}).split()]
    assert wrong == [0] * len(cases + wide)


@pytest.mark.parametrize("zero_point", [-128, 9])  # plain records and signed ones
def test_every_loop_of_the_esp32_equals_the_reference(tmp_path: Path, zero_point: int) -> None:
    """From wide records and, every other one, from small ones."""
    random = np.random.default_rng(3)
    shapes = [(1, 1, taps, 3, 1 + taps % 5, 1, 0, zero_point) for taps in range(4, 73, 4)]
    shapes += [(3, 3, 3, 3, 9, 1, 1, zero_point)]
    cases = [
        weighted(random, "lx6", number, False, shape, small)
        for small in (False, True)
        for number, shape in enumerate(shapes, len(shapes) * small)
    ]
    wrong = [int(word) for word in run(tmp_path, "esp32_emulated", {"main.c": program(cases)}).split()]
    assert wrong == [0] * len(cases)


@pytest.mark.parametrize("channels", [9, 50])
def test_channels_of_all_kinds_in_a_layer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels: int
) -> None:
    """Runs of plain, signed and exact channels: here some are what they need not be."""
    prove, kind = lx6.prove, lx6._kind
    monkeypatch.setattr(
        lx6,
        "prove",
        lambda weights, bias, *rest: [
            FastRequantize(int(bias[c] - 128 * weights[c].sum())) if c in (4, 5, 30) else fast
            for c, fast in enumerate(prove(weights, bias, *rest))
        ],
    )
    asked = iter(range(1000))
    monkeypatch.setattr(lx6, "_kind", lambda fast: max(kind(fast), int(next(asked) % channels == 7)))
    random = np.random.default_rng(4)
    shapes = [(1, 1, taps, channels, 6, 1, 0, -128) for taps in (8, 8, 60, 60)]
    cases = [
        weighted(random, "lx6", number, False, shape, small=number % 2 > 0)
        for number, shape in enumerate(shapes)
    ]
    assert "_runs[] = {{4, " in cases[0][0]
    wrong = [int(word) for word in run(tmp_path, "esp32_emulated", {"main.c": program(cases)}).split()]
    assert wrong == [0] * len(cases)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("board", "kernels"), CORES)
def test_random_shapes_equal_the_reference(tmp_path: Path, board: str, kernels: str, seed: int) -> None:
    random = np.random.default_rng(100 + seed)
    cases = []
    for number in range(24):
        stride, pad = int(random.integers(1, 3)), int(random.integers(0, 2))
        width = int(random.integers(3, 30))
        if number % 2:
            shape = (4 * int(random.integers(1, 17)), width, stride, pad, -128)
        else:
            zero_point = int(random.choice([-128, -10, 25]))
            kernel = [int(random.integers(1, 4)) for _ in "hw"]
            pad = min(pad, kernel[1] - 1)
            shape = (
                *kernel,
                int(random.integers(1, 40)),
                2 * int(random.integers(1, 20)),
                width,
                stride,
                pad,
                zero_point,
            )
        cases.append(weighted(random, kernels, number, bool(number % 2), shape))
    wrong = [int(word) for word in run(tmp_path, board, {"main.c": program(cases)}).split()]
    assert wrong == [0] * len(cases)


@pytest.mark.parametrize(
    ("board", "kernels", "tables"), [*((*core, False) for core in CORES), (*CORES[0], True)]
)
def test_sums_of_all_pairs_equal_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, board: str, kernels: str, tables: bool
) -> None:
    if tables:
        monkeypatch.setattr(sums, "linear", lambda wanted: None)
    fields = {
        "a_multiplier": 1_518_500_250, "a_shift": -1, "b_multiplier": 1_073_741_824, "b_shift": 0,
        "out_multiplier": 1_331_439_862, "out_shift": -19, "channels": 64, "a_zero_point": -3, "b_zero_point": 11,
        "a_pixel_stride": 64, "a_channel_stride": 1, "b_pixel_stride": 64, "b_channel_stride": 1,
        "out_zero_point": -6, "out_min": -128, "out_max": 127,
    }  # fmt: skip
    packed = targets.pack(kernels, Layer("sum", None, "tm_add_row_s8", "tm_binary", fields, [], 0))  # type: ignore[arg-type]
    assert packed is not None and bool(packed.constants) == (tables or kernels != "lx6")
    members = members_of(
        fields,
        "a_multiplier b_multiplier out_multiplier a_shift b_shift out_shift channels a_pixel_stride a_channel_stride "
        "b_pixel_stride b_channel_stride a_zero_point b_zero_point out_zero_point out_min out_max",
    )
    text = "\n".join(array(constant) for constant in packed.constants)
    source = f"""
#include "tinyml_kernels.h"
#include "tm_packed.h"
{PRELUDE}{text}
{packed.definition}
static const tm_binary plain = {{{members}, NULL}}, fast = {{{members}, &sum_packed}};
static int8_t a[16384], b[16384], wanted[16384], found[16384];
int main(void) {{
  const int8_t *const rows[] = {{a, b}};
  for (int quarter = 0; quarter < 4; quarter++) {{
    for (int i = 0; i < 16384; i++) {{ a[i] = (int8_t)(quarter * 64 + (i >> 8)); b[i] = (int8_t)i; }}
    tm_add_row_s8_reference(&plain, rows, wanted, 0, 256, NULL);
    tm_add_row_s8_{kernels}(&fast, rows, found, 0, 256, NULL);
    int wrong = 0;
    for (int i = 0; i < 16384; i++) wrong += wanted[i] != found[i];
    say_number((uint32_t)wrong);
  }}
  return 0;
}}
"""
    assert run(tmp_path, board, {"main.c": source}).split() == ["0"] * 4
