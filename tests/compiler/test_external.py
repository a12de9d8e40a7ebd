"""Two arenas: what internal RAM has no room for lies outside, and every byte stays TFLite Micro's."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.public_shapes import mobilenet_v2
from support.seed_network import seed_network
from support.tflite_builder import ModelBuilder

from tinyml.boards import load_board
from tinyml.compiler.check.host import HostModel
from tinyml.compiler.check.verify import as_given, as_taken, random_inputs
from tinyml.compiler.pipeline import compile_bytes, compile_model
from tinyml.compiler.planning.external import External, split, traffic_of
from tinyml.compiler.planning.schedule import DoesNotFit
from tinyml.device.latency import predict_planned
from tinyml.device.memory import external_of, memory_of
from tinyml.errors import TinymlError
from tinyml.reference import MicroModel

LARGE = 1 << 22  # bytes of external RAM


def residual() -> bytes:
    """Return a network whose input is added to what has been made of it: it waits whole."""
    b = ModelBuilder(3)
    x = b.input((1, 24, 24, 4))
    y = b.conv(x, 8, stride=(1, 1), activation="RELU6")
    y = b.conv(y, 4)
    return b.finish(b.mean(b.add(x, y)), b.fully_connected(b.mean(y), 3))


def arena_of(path: Path, mode: str) -> int:
    with HostModel(path, input_mode=mode) as host:
        return host.arena_bytes


@pytest.mark.parametrize("mode", ["rows", "frame"])
@pytest.mark.parametrize("share", [0.9, 0.6])
def test_bytes_are_micros_and_the_inner_arena_keeps_to_its_limit(
    mode: str, share: float, tmp_path: Path
) -> None:
    path = tmp_path / "x.tflite"
    path.write_bytes(seed_network(0.35, 32))
    limit = int(arena_of(path, mode) * share) + 300  # the state struct is counted, too
    external = External(LARGE, limit, 32, 2.0, 1.0, (-50, 25), "a test")
    with HostModel(path, input_mode=mode, external=external) as host:
        plan = host.plan
        assert plan["ram_bytes"] <= limit and plan["psram"]["bytes"] > 0 and not plan["optimal"]
        places = {
            place: [one for one in plan["buffers"] if one["place"] == place]
            for place in ("internal", "psram")
        }
        assert max(one["offset"] + one["bytes"] for one in places["internal"]) <= plan["arena_bytes"]
        assert max(one["offset"] + one["bytes"] for one in places["psram"]) <= plan["psram"]["bytes"]
        assert all(one["kind"] in ("map", "line buffer") for one in places["psram"])
        psram = plan["psram"]
        lines = (psram["read_bytes"] + psram["written_bytes"]) / 32, psram["written_bytes"] / 32
        assert psram["predicted_us"] == round(lines[0] * 2.0 + lines[1] * 1.0)
        micro = MicroModel(path, len(host.inputs), len(host.outputs))
        for values in random_inputs(5, host.input_bytes):
            got = as_given(host.run_all([values]), plan["outputs"], micro.outputs)
            expected = micro.run(*as_taken([values], plan["inputs"], micro.inputs))
            assert all(np.array_equal(a, b.reshape(-1)) for a, b in zip(got, expected, strict=True))


def test_what_is_touched_least_goes_first() -> None:
    """A map that is written and read once goes before rows that a whole map goes through."""
    compiled = compile_bytes(residual())
    streams, schedule = compiled.streams, compiled.schedule
    traffic = traffic_of(streams, schedule)
    by_name = {buffer.name: one for buffer, one in zip(schedule.buffers, traffic, strict=True)}
    frame = 24 * 24 * 4
    assert by_name["input"].written_bytes == frame
    assert (
        by_name["input"].read_bytes >= 4 * frame - 2 * 24 * 4
    )  # three rows for each of a 3x3 window's, and the sum
    made = split(streams, schedule, External(LARGE, schedule.arena_bytes - 100), 0)
    outside = [number for number, offset in enumerate(made.offsets) if offset >= made.arena_bytes]
    assert outside and made.arena_bytes <= schedule.arena_bytes - 100
    assert [schedule.buffers[number].name for number in outside] == ["input"]


def test_nothing_goes_outside_where_all_fits_and_too_little_is_refused(tmp_path: Path) -> None:
    compiled = compile_bytes(residual())
    streams, schedule = compiled.streams, compiled.schedule
    made = split(streams, schedule, External(LARGE, schedule.arena_bytes + 100), 100)
    assert made.offsets == schedule.offsets and made.external_bytes == 0 and made.two_arenas
    with pytest.raises(DoesNotFit, match="must lie in internal RAM at once, the limit is 16"):
        split(streams, schedule, External(LARGE, 16), 0)
    with pytest.raises(DoesNotFit, match="bytes of external RAM, there are 16"):
        split(streams, schedule, External(16, schedule.arena_bytes - 100), 0)


def test_a_board_without_psram_says_so() -> None:
    assert external_of(load_board("host"), wanted=False) is None
    with pytest.raises(TinymlError, match="needs a board"):
        external_of(None)
    for name in ("host", "ttgo_t_journal"):
        with pytest.raises(TinymlError, match=f"{name} has no PSRAM") as failure:
            external_of(load_board(name))
        assert "esp32cam" in failure.value.cure
    found = external_of(load_board("esp32cam"))
    assert found and found.bytes == 4_194_304 - 307_200 and found.internal_bytes == 110_580


ASAN = """
import ctypes, os, sys
del os.environ["LD_PRELOAD"]  # the C compiler needs no sanitizer
import numpy as np
from support.public_shapes import mobilenet_v2
from pathlib import Path
from tinyml.compiler.check.host import HostModel
from tinyml.compiler.check.verify import random_inputs
from tinyml.compiler.planning.external import External
path = Path(sys.argv[1])
with HostModel(path) as plain:
    expected = [plain.run(v) for v in random_inputs(3, plain.input_bytes)]
    limit = plain.arena_bytes * 3 // 4
with HostModel(path, external=External(1 << 22, limit), flags=("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")) as host:
    assert host.plan["psram"]["bytes"] > 0
    # arenas of exactly their bytes, whose ends ASan watches
    malloc = ctypes.CDLL(None).aligned_alloc
    malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t] * 2
    host._arena = ctypes.c_void_p(malloc(16, host.arena_bytes))
    size = host.plan["psram"]["bytes"]
    host._second = ctypes.c_void_p(malloc(16, size)), ctypes.c_size_t(size)
    host.start_over()
    for values, right in zip(random_inputs(3, host.input_bytes), expected):
        assert np.array_equal(host.run(values), right)
print("equal")
"""


def test_two_arenas_under_sanitizers(tmp_path: Path) -> None:
    """Each is allocated with exactly its bytes, so that a step beyond either is seen."""
    found = subprocess.run(
        ["cc", "-print-file-name=libasan.so"], capture_output=True, text=True
    ).stdout.strip()
    if not Path(found).is_absolute():
        pytest.skip("no libasan.so")
    path = tmp_path / "x.tflite"
    path.write_bytes(mobilenet_v2())
    root = Path(__file__).parents[2]
    environment = {
        **os.environ,
        "LD_PRELOAD": found,
        "ASAN_OPTIONS": "detect_leaks=0",
        "PYTHONPATH": f"{root}{os.pathsep}{root / 'tests'}",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASAN, str(path)], capture_output=True, text=True, env=environment, timeout=250
    )
    assert done.stdout.strip() == "equal", done.stderr[-3000:]


def test_init_refuses_what_is_no_second_arena(tmp_path: Path) -> None:
    path = tmp_path / "x.tflite"
    path.write_bytes(residual())
    limit = arena_of(path, "frame") // 2
    with HostModel(path, external=External(LARGE, limit)) as host:
        outer, size = host._second
        for bad in ((None, size), (outer, size.value - 1), (ctypes.c_void_p(outer.value + 1), size)):
            status = host._call("init", host._arena, ctypes.c_size_t(host.arena_bytes), *bad)
            assert status == 2
        assert (
            "init(model *m, void *arena, size_t arena_bytes, void *external"
            in (host.folder / "model.h").read_text()
        )


def test_the_predicted_latency_has_the_waiting_in_it(tmp_path: Path) -> None:
    path, board = tmp_path / "x.tflite", load_board("esp32cam")
    path.write_bytes(seed_network(1.0))
    given = {"input_mode": "rows", "kernels": "lx6", "workers": 2, "memory": memory_of(board, 0)}
    plan = compile_model(path, tmp_path / "one", **given)
    small = External(LARGE, 30_000, 32, 1.95, 1.8, (-50, 25), "a test")
    outer = compile_model(path, tmp_path / "two", **given, external=small)
    without, with_psram = predict_planned(plan), predict_planned(outer)
    assert without and with_psram
    for row in with_psram["cores"]:
        assert row["psram_us"] == outer["psram"]["predicted_us"] > 0
        least, most = outer["psram"]["predicted_range_us"]
        assert row["high_us"] - row["low_us"] >= most - least
