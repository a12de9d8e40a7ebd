"""Strips: pairs of layers that share a row, a few columns at a time, give the same bytes in less RAM."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.compiled import build, macs_of, overlaps, run
from support.oracles import lite_outputs, random_inputs
from support.random_networks import Network, networks
from support.tflite_builder import ModelBuilder

from tinyml.compiler.frontend.reader import parse_model
from tinyml.compiler.ops.base import COPIED
from tinyml.compiler.pipeline import compile_bytes, compile_model, schedule_graph
from tinyml.compiler.planning.placement import Memory, Place
from tinyml.compiler.planning.plan import state_bytes_of
from tinyml.compiler.planning.strip import Strip
from tinyml.errors import ModelError


def check(data: bytes, seed: int, columns: int) -> None:
    """Compile with strips of `columns`, for frames and for rows, run under the sanitizers and compare."""
    inputs = random_inputs(data, 2, seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "model.tflite").write_bytes(data)
        for mode in ("frame", "rows"):
            compile_model(folder / "model.tflite", folder, name=mode, input_mode=mode, strips=columns)
            schedule = compile_bytes(data, input_mode=mode, strips=columns).schedule
            assert overlaps(schedule.buffers, schedule.offsets) == []
        results = run(build(folder), inputs)
    for result, expected in zip(results, lite_outputs(data, inputs), strict=True):
        assert result.macs == macs_of(data)
        np.testing.assert_array_equal(result.frame, expected.ravel())
        np.testing.assert_array_equal(result.rows, expected.ravel())


def check_network(network: Network, columns: int) -> None:
    check(network.inner().tflite(), network.seed, columns)


STRATEGIES = {"network": networks, "columns": st.integers(1, 6)}


@settings(max_examples=15)
@given(**STRATEGIES)
def test_random_networks(network: Network, columns: int) -> None:
    check_network(network, columns)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_many_random_networks() -> None:
    settings(max_examples=100)(given(**STRATEGIES)(check_network))()


def pair(width: int, kernel: int, stride: int, padding: str) -> bytes:
    """A wide row between two layers."""
    b = ModelBuilder(seed=width)
    x = b.conv(b.input((1, 9, width, 2)), 6, (1, 1), activation="RELU6")
    x = b.depthwise(x, kernel=(kernel, kernel), stride=(stride, stride), padding=padding)
    return b.finish(b.conv(x, 3, (1, 1)))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (5, 1), (2, 2), (2, 3), (5, 3)])
def test_kernels_and_strides(kernel: int, stride: int, padding: str) -> None:
    data = pair(19, kernel, stride, padding)
    assert compile_bytes(data, strips=2).streams.strips
    check(data, 1, 2)


def test_pictures_of_a_batch() -> None:
    b = ModelBuilder(seed=3)
    x = b.conv(b.input((3, 5, 19, 2)), 6, (1, 1), activation="RELU6")
    data = b.finish(b.conv(b.depthwise(x, stride=(2, 1)), 3, (1, 1)))
    assert compile_bytes(data, strips=2).streams.strips == {}  # a window ends where its picture does
    check(data, 1, 2)


def test_a_limit_asks_for_strips_where_whole_rows_do_not_fit() -> None:
    data = pair(60, 3, 1, "SAME")
    whole = compile_bytes(data, input_mode="rows").schedule.arena_bytes
    strips = compile_bytes(data, input_mode="rows", strips=4).schedule.arena_bytes
    assert compile_bytes(data, input_mode="rows", ram_limit=whole).streams.strips == {}
    limited = compile_bytes(data, input_mode="rows", ram_limit=strips)
    assert limited.streams.strips and limited.schedule.arena_bytes <= strips < whole
    with pytest.raises(ModelError, match="the limit is"):
        compile_bytes(data, input_mode="rows", ram_limit=strips // 4)


@pytest.mark.parametrize(("missing", "strips"), [(0, False), (1, True)])
def test_a_board_without_room_for_whole_rows_gets_strips(missing: int, strips: bool) -> None:
    graph = parse_model(pair(60, 3, 1, "SAME"))
    least = schedule_graph(graph, input_mode="rows")
    room_bytes = least.schedule.arena_bytes + state_bytes_of(least.streams, 1) - missing
    memory = Memory(places=(Place(COPIED, room_bytes),))
    assert bool(schedule_graph(graph, input_mode="rows", memory=memory).streams.strips) == strips


def test_a_board_with_room_for_nothing_gets_the_least_arena() -> None:
    graph = parse_model(pair(60, 3, 1, "SAME"))
    least = schedule_graph(graph, input_mode="rows").schedule
    tiny = schedule_graph(graph, input_mode="rows", memory=Memory(places=(Place(COPIED, 64),)))
    assert tiny.schedule.arena_bytes == least.arena_bytes, "the budget says that it does not fit"


@given(
    st.integers(1, 9),
    st.integers(1, 4),
    st.integers(1, 7),
    st.integers(0, 3),
    st.integers(8, 60),
    st.integers(1, 9),
)
def test_a_strip_is_as_wide_as_its_loop_needs(
    kernel: int, stride: int, rows: int, pad: int, width: int, columns: int
) -> None:
    out_width = max(1, (width + 2 * pad - kernel) // stride + 1)
    strip = Strip(0, rows, stride, kernel, min(pad, kernel - 1), width, out_width, columns)
    assert columns <= strip.capacity or width < columns
    assert strip.capacity <= columns + kernel + stride
