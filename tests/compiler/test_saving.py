"""Constants that find no room in RAM: small records and blocks, chosen where the prediction gets shorter."""

from pathlib import Path

import numpy as np
import pytest
from support.public_shapes import mobilenet_v2, narrowing, person_detection
from support.tflite_builder import ModelBuilder

from tinyml.boards import load_board
from tinyml.compiler.frontend.reader import parse_model
from tinyml.compiler.ops.base import COPIED
from tinyml.compiler.pipeline import compile_model, form_of, schedule_graph
from tinyml.compiler.planning.placement import Memory, Place
from tinyml.compiler.styles.block import BLOCK
from tinyml.compiler.targets.lx6 import quads_of
from tinyml.compiler.targets.saving import WORTH, Form, Saver
from tinyml.device.latency import predict
from tinyml.device.memory import memory_of

BARE = Memory(fetch_cycles=30)  # no RAM for constants at all, and slow flash


def saved(memory: Memory, workers: int = 1) -> tuple[Form, Form]:
    """Return a network as it is scheduled, and in the form that is predicted to be fastest."""
    compiled = schedule_graph(parse_model(narrowing()), kernels="lx6", workers=workers)
    saver = Saver(compiled.streams, compiled.packings, memory, workers, 100)
    return saver.placed(compiled.streams, compiled.schedule), saver.best(compiled.schedule)


@pytest.mark.parametrize("workers", [1, 2])
def test_less_is_fetched_and_the_arena_does_not_grow(workers: int) -> None:
    before, after = saved(BARE, workers)
    assert after.fetched_bytes < 0.9 * before.fetched_bytes
    assert after.schedule.arena_bytes <= before.schedule.arena_bytes
    assert after.cycles(BARE, workers) < before.cycles(BARE, workers)
    blocks = [layer.fields["out_width"] for layer in after.streams.layers if layer.style is BLOCK]
    assert blocks and max(blocks) <= 64


def test_a_larger_arena_is_taken_where_it_pays_and_no_further_than_the_limit() -> None:
    b = ModelBuilder(0)
    x = b.input((1, 8, 8, 16))
    for _ in range(2):
        x = b.conv(b.depthwise(b.conv(x, 96, (1, 1))), 16, (1, 1))
    graph = parse_model(b.finish(x))
    least = schedule_graph(graph, kernels="lx6").schedule.arena_bytes
    block_bytes = 3 * least
    memory = Memory(places=(Place(COPIED, block_bytes),), fetch_cycles=30)
    forms = []
    for ram_limit in (None, least, 2 * least):
        compiled = schedule_graph(graph, kernels="lx6", ram_limit=ram_limit)
        forms.append(form_of(compiled, memory, 1))
    free, tight, between = forms
    assert tight.schedule.arena_bytes <= least < between.schedule.arena_bytes <= 2 * least
    assert least < free.schedule.arena_bytes <= block_bytes
    assert free.cycles(memory, 1) < WORTH * tight.cycles(memory, 1)


def test_where_all_fits_nothing_changes() -> None:
    before, after = saved(Memory(places=(Place("dram", 100_000),), fetch_cycles=8))
    assert after.streams is before.streams and after.fetched_bytes == 0


def test_where_flash_costs_nothing_nothing_changes() -> None:
    before, after = saved(Memory())
    assert after.streams is before.streams and after.fetched_bytes > 0


def test_bytes_of_weights_become_the_same_pairs() -> None:
    """All pairs of neighbours in a word, unpacked as tm_lx6_unpack_weights does."""
    values = np.arange(-127, 128, dtype=np.int16)
    lower, upper = (axis.reshape(-1) for axis in np.meshgrid(values, values))
    weights = np.stack([lower, upper, upper, lower], axis=1).reshape(1, -1)
    words = quads_of(weights)[0].view(np.uint32)
    pairs = [(part & 0x00FF00FF) - np.uint32(0x007F0080) for part in (words, words >> 8)]
    assert np.array_equal(np.stack(pairs, axis=1).reshape(-1).view(np.int16), weights[0])


# What others have measured on this chip, in at most so many milliseconds on one core and on two, by flash mode.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "input_bytes", "fetched", "limits"),
    [
        (mobilenet_v2, 32 * 32 * 3, 131_072, {"qio_80": (18.75, 18.75), "dio_40": (29.17, 35)}),
        (person_detection, 96 * 96, 131_072, {"qio_80": (80, 47), "dio_40": (95, 60)}),
    ],
)
def test_networks_of_many_channels_on_the_esp32cam(
    tmp_path: Path, network: object, input_bytes: int, fetched: int, limits: dict[str, tuple[float, float]]
) -> None:
    (tmp_path / "model.tflite").write_bytes(network())  # type: ignore[operator]
    board = load_board("esp32cam")
    memory = memory_of(board, input_bytes)
    plan = compile_model(
        tmp_path / "model.tflite", tmp_path, kernels="lx6", workers=2, input_mode="rows", memory=memory
    )
    assert sum(row["fetched_bytes"] for row in plan["constants"]) <= fetched
    for mode, milliseconds in limits.items():
        predicted = predict(board, plan, mode)
        assert predicted is not None
        for row, most in zip(predicted["cores"], milliseconds, strict=True):
            assert row["latency_us"] <= 1000 * most, (mode, row)
