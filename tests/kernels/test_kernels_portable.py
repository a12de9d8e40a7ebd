"""The portable kernels against the reference ones, and requantization against Python's big integers."""

import ctypes
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

KERNELS = Path(__file__).parents[2] / "firmware" / "lib" / "tinyml_kernels"
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
MACHINES = {"vector": ["-O2"], "scalar": ["-O2", "-mno-sse"]}
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1

REQUANTIZE = """
#include "../src/portable/tm_portable.h"
int32_t exact(int32_t value, int32_t multiplier, int shift) { return tm_requantize(value, multiplier, shift); }
int32_t right(int32_t value, int32_t multiplier, int shift) { return tm_requantize_right(value, multiplier, -shift); }
void four(int32_t *values, int32_t multiplier, int shift) { tm_scale_4(values, multiplier, shift); }
"""


class Conv(ctypes.Structure):
    """tm_conv and tm_depthwise, which have the same fields."""

    _fields_ = [(name, ctypes.c_void_p) for name in ("weights", "bias", "multiplier", "shift", "pad")] + [
        (name, ctypes.c_int16)
        for name in (
            *("in_width", "in_channels", "out_width", "out_channels", "kernel_height", "kernel_width"),
            *("stride", "dilation", "pad_left", "out_zero_point", "out_min", "out_max"),
        )
    ]
    _fields_.append(("packed", ctypes.c_void_p))


class Binary(ctypes.Structure):
    """tm_binary."""

    _fields_ = (
        [(name, ctypes.c_int32) for name in ("a_multiplier", "b_multiplier", "out_multiplier")]
        + [(name, ctypes.c_int8) for name in ("a_shift", "b_shift", "out_shift")]
        + [
            (name, ctypes.c_int16)
            for name in (
                *("channels", "a_pixel_stride", "a_channel_stride", "b_pixel_stride", "b_channel_stride"),
                *("a_zero_point", "b_zero_point", "out_zero_point", "out_min", "out_max"),
            )
        ]
        + [("packed", ctypes.c_void_p)]
    )


@pytest.fixture(scope="module", params=MACHINES)
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ctypes.CDLL]:
    """Every kernel in one shared library, which stops at undefined behaviour."""
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "requantize.c").write_text(REQUANTIZE)
    sources = [*KERNELS.glob("src/reference/*.c"), *KERNELS.glob("src/portable/*.c"), folder / "requantize.c"]
    checks = ["-fsanitize=undefined", "-fsanitize-undefined-trap-on-error"]
    command = [
        "gcc",
        *WARNINGS,
        *MACHINES[request.param],
        *checks,
        "-fPIC",
        "-shared",
        "-I",
        KERNELS / "include",
    ]
    subprocess.run([*command, *sources, "-o", folder / "kernels.so"], check=True)
    yield ctypes.CDLL(str(folder / "kernels.so"))


def address(values: np.ndarray) -> int:
    return values.ctypes.data


def doubled_rounding(value: int, multiplier: int, shift: int) -> int:
    """value * multiplier * 2^(shift - 31), rounded twice as TensorFlow Lite defines it, in unlimited integers."""
    left, right = max(shift, 0), max(-shift, 0)
    value = (value << left) & 0xFFFFFFFF
    value -= (value >> 31) << 32
    product = value * multiplier
    nudge = 2**30 if product >= 0 else 1 - 2**30
    high = (abs(product + nudge) >> 31) * (1 if product + nudge >= 0 else -1)  # divided towards zero
    magnitude = (abs(high) + ((1 << right) >> 1)) >> right
    return magnitude if high >= 0 else -magnitude


edges = st.sampled_from(
    [INT32_MIN, INT32_MIN + 1, -(2**30), -2, -1, 0, 1, 2, 2**30 - 1, 2**30, INT32_MAX - 1, INT32_MAX]
)
values = st.one_of(edges, st.integers(INT32_MIN, INT32_MAX), st.integers(-70000, 70000))
multipliers = st.one_of(st.sampled_from([0, 2**30, 2**31 - 1]), st.integers(2**30, 2**31 - 1))


requantized = given(value=values, multiplier=multipliers, shift=st.integers(-31, 30))


@settings(max_examples=1000)
@requantized
def test_requantization_equals_big_integers(library, value: int, multiplier: int, shift: int) -> None:
    check_requantization(library, value, multiplier, shift)


@pytest.mark.slow
@settings(max_examples=10_000)
@requantized
def test_requantization_equals_big_integers_at_length(
    library, value: int, multiplier: int, shift: int
) -> None:
    check_requantization(library, value, multiplier, shift)


def check_requantization(library, value: int, multiplier: int, shift: int) -> None:
    expected = doubled_rounding(value, multiplier, shift)
    assert library.exact(value, multiplier, shift) == expected
    if shift < 0:
        assert library.right(value, multiplier, shift) == expected
    four = np.array([value, -1, 7, value], np.int32)
    library.four(ctypes.c_void_p(address(four)), multiplier, shift)
    assert four.tolist() == [doubled_rounding(number, multiplier, shift) for number in (value, -1, 7, value)]


def quantization(random: np.random.Generator, channels: int, taps: int, extreme: bool) -> list[np.ndarray]:
    """Return bias, multiplier and shift so that outputs spread over the range (or, if `extreme`, anything at all)."""
    bias = random.integers(-(2**16), 2**16, channels).astype(np.int32)
    multiplier = random.integers(2**30, 2**31, channels).astype(np.int32)
    multiplier[random.random(channels) < 0.05] = 0
    shift = np.full(channels, -round(np.log2(taps) / 2 + 6)) + random.integers(-1, 2, channels)
    if extreme:
        shift = random.integers(-31, 12, channels)
        bias = random.choice(np.array([-(2**30), 2**30, 0], np.int32), channels)
    return [bias, multiplier, shift.astype(np.int8)]


layers = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**32 - 1),
        "width": st.integers(1, 21),
        "channels": st.integers(1, 40),
        "outputs": st.integers(1, 21),
        "kernel": st.sampled_from([(1, 1), (3, 3), (2, 5), (7, 4)]),
        "stride": st.integers(1, 3),
        "dilation": st.sampled_from([1, 1, 2]),
        "pad_left": st.integers(0, 3),
        "missing": st.integers(0, 2),
        "extreme": st.sampled_from([False, False, True]),
    }
)


@pytest.mark.parametrize("kind", ["conv", "depthwise"])
@settings(max_examples=250)
@given(layer=layers)
def test_convolutions_equal_the_reference(library, kind: str, layer: dict) -> None:
    random = np.random.default_rng(layer["seed"])
    height, width = layer["kernel"]
    channels, pad_left = layer["channels"], layer["pad_left"]
    outputs = layer["outputs"] if kind == "conv" else channels
    reach = (width - 1) * layer["dilation"] + 1
    in_width = max(layer["width"], reach - 2 * pad_left)
    out_width = (in_width + 2 * pad_left - reach) // layer["stride"] + 1
    depth = height * width * (channels if kind == "conv" else 1)
    weights = random.integers(-128, 128, depth * outputs).astype(np.int8)
    bias, multiplier, shift = quantization(random, outputs, depth, layer["extreme"])
    picture = random.integers(-128, 128, (height, in_width * channels)).astype(np.int8)
    pad = np.full(channels, random.integers(-128, 128), np.int8)
    description = Conv(
        *map(address, (weights, bias, multiplier, shift, pad)),
        *(
            in_width,
            channels,
            out_width,
            outputs,
            height,
            width,
            layer["stride"],
            layer["dilation"],
            pad_left,
        ),
        *(
            int(random.integers(-128, 128)),
            -128 + int(random.integers(0, 30)),
            127 - int(random.integers(0, 30)),
        ),
    )
    rows = (ctypes.c_void_p * height)(
        *(None if row < layer["missing"] and height > 2 else address(picture[row]) for row in range(height))
    )
    scratch = np.zeros(4 * height * width * channels, np.int8)
    outs = [np.full(out_width * outputs + 8, 99, np.int8) for _ in range(3)]
    split = int(random.integers(0, out_width + 1))
    names = (f"tm_{kind}_row_s8_reference", f"tm_{kind}_row_s8_portable")
    for name, out, parts in (
        (names[0], outs[0], [(0, out_width)]),
        (names[1], outs[1], [(0, out_width)]),
        (names[1], outs[2], [(0, split), (split, out_width)]),
    ):
        for begin, end in parts:
            getattr(library, name)(
                ctypes.byref(description),
                rows,
                ctypes.c_void_p(address(out)),
                begin,
                end,
                ctypes.c_void_p(address(scratch) if layer["seed"] % 2 else None),
            )
    assert (outs[0] == outs[1]).all() and (outs[0] == outs[2]).all()
    assert (outs[1][-8:] == 99).all()


@pytest.mark.parametrize("kind", ["add", "sub", "mul"])
@settings(max_examples=100)
@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.integers(1, 9),
    channels=st.integers(1, 19),
    flat=st.booleans(),
    out_shift=st.integers(-20, 2),
)
def test_binary_operators_equal_the_reference(
    library, kind: str, seed: int, width: int, channels: int, flat: bool, out_shift: int
) -> None:
    random = np.random.default_rng(seed)
    a, b = random.integers(-128, 128, (2, width * channels)).astype(np.int8)
    multiplier = [int(number) for number in random.integers(2**30, 2**31, 3)]
    zero_point = [int(number) for number in random.integers(-128, 128, 3)]
    description = Binary(
        *multiplier,
        *(int(random.integers(-4, 1)), int(random.integers(-4, 1)), out_shift),
        *(channels, channels, 1, channels if flat else 0, 1),
        *(*zero_point, -128, 127),
    )
    rows = (ctypes.c_void_p * 2)(address(a), address(b))
    outs = [np.zeros(width * channels, np.int8) for _ in range(2)]
    for variant, out in zip(("reference", "portable"), outs):
        run = getattr(library, f"tm_{kind}_row_s8_{variant}")
        run(ctypes.byref(description), rows, ctypes.c_void_p(address(out)), 0, width, None)
    assert (outs[0] == outs[1]).all()


@pytest.mark.parametrize(
    "compiler", [["gcc"], ["clang-22"], ["g++", "-x", "c++"]], ids=lambda words: words[0]
)
@pytest.mark.parametrize("machine", MACHINES)
def test_sources_compile_without_a_warning(compiler: list[str], machine: str, tmp_path: Path) -> None:
    if not shutil.which(compiler[0]):
        pytest.skip(f"{compiler[0]} is not installed")
    standard = "-std=c++11" if compiler[0] == "g++" else "-std=c99"
    for source in sorted(KERNELS.glob("src/portable/*.c")):
        command = [
            *compiler,
            *WARNINGS,
            standard,
            *MACHINES[machine],
            "-I",
            KERNELS / "include",
            "-c",
            source,
        ]
        subprocess.run([*command, "-o", tmp_path / "object.o"], check=True)
