"""Several inputs and outputs, of any type: found by name in C, and equal to TFLite-Micro's, whole or row by row."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from support.tflite_builder import ModelBuilder

from tinyml.compiler.check.host import HostModel, c_compiler, kernel_sources
from tinyml.compiler.check.verify import verify
from tinyml.compiler.frontend.reader import parse_model
from tinyml.compiler.pipeline import compile_bytes, compile_model
from tinyml.errors import DataError, ModelError

MODES = ("frame", "rows")


def two_and_two(**options: object) -> bytes:
    """A picture and a vector that scales its channels; a map and its mean."""
    b = ModelBuilder(seed=1)
    picture, gains = b.input((1, 9, 7, 3)), b.input((1, 1, 1, 4), 1 / 64)
    x = b.mul(b.conv(picture, 4, stride=(2, 2)), gains)
    return b.finish(x, b.mean(b.conv(x, 5, (1, 1))), **options)  # type: ignore[arg-type]


def check(data: bytes, folder: Path, mode: str, count: int = 6) -> dict:
    """Hold the model to TFLite-Micro; return its plan."""
    (folder / "model.tflite").write_bytes(data)
    found = verify(folder / "model.tflite", count=count, input_mode=mode)
    assert found.different == 0, found.difference
    return found.plan


@pytest.mark.parametrize("mode", MODES)
def test_two_inputs_and_two_outputs(tmp_path: Path, mode: str) -> None:
    plan = check(two_and_two(), tmp_path, mode)
    assert [edge["shape"] for edge in plan["inputs"]] == [[1, 9, 7, 3], [1, 1, 1, 4]]
    assert [edge["by_rows"] for edge in plan["inputs"]] == [mode == "rows", False]
    assert [edge["shape"] for edge in plan["outputs"]] == [[1, 5, 4, 4], [1, 1, 1, 5]]


@pytest.mark.parametrize("mode", MODES)
def test_the_smaller_input_comes_first_in_the_file(tmp_path: Path, mode: str) -> None:
    b = ModelBuilder(seed=2)
    gains, picture = b.input((1, 1, 1, 4), 1 / 64), b.input((1, 9, 7, 3))
    plan = check(b.finish(b.mul(b.conv(picture, 4), gains)), tmp_path, mode)
    assert [edge["by_rows"] for edge in plan["inputs"]] == [False, mode == "rows"]


@pytest.mark.parametrize("mode", MODES)
def test_outputs_that_are_read_again_repeated_or_inputs_and_inputs_that_nobody_reads(
    tmp_path: Path, mode: str
) -> None:
    b = ModelBuilder(seed=3)
    x, _unread, small = b.input((1, 8, 8, 2)), b.input((1, 5, 5, 2)), b.input((1, 1, 3, 2))
    y = b.conv(x, 3)
    z = b.max_pool(y, (2, 2), (2, 2))
    check(b.finish(y, z, y, small), tmp_path, mode)


def test_layers_of_whole_inputs_leave_the_first_row_of_another_alone(tmp_path: Path) -> None:
    b = ModelBuilder(seed=6)
    picture, gains = b.input((1, 12, 6, 4)), b.input((1, 8, 8, 4), 1 / 64)
    gate = b.same("LOGISTIC", b.conv(b.mean(b.conv(b.conv(gains, 6), 8)), 4, (1, 1)))
    check(b.finish(b.mul(b.conv(picture, 4), gate)), tmp_path, "rows")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("axis", [1, 2, 3])
def test_split(tmp_path: Path, mode: str, axis: int) -> None:
    b = ModelBuilder(seed=4)
    parts = b.split(b.conv(b.input((1, 6, 6, 3)), 6), 3, axis)
    first, _unused, last = parts
    check(b.finish(b.add(first, last), last), tmp_path, mode)


@pytest.mark.parametrize("mode", MODES)
def test_split_into_sizes_and_unpack(tmp_path: Path, mode: str) -> None:
    b = ModelBuilder(seed=5)
    wide, narrow = b.split_v(b.conv(b.input((1, 6, 6, 3)), 7), (5, 2))
    parts = b.unpack(wide, 0)
    check(b.finish(b.conv(narrow, 2), *parts), tmp_path, mode)


def test_names_come_from_the_signature_and_are_fit_for_c(tmp_path: Path) -> None:
    data = two_and_two(names=(("Row", "ga-ins 2"), ("map", "Map")))
    (tmp_path / "net.tflite").write_bytes(data)
    graph = parse_model(data)
    assert graph.input_names == ["row_2", "ga_ins_2"] and graph.output_names == ["map", "map_2"]
    compile_model(tmp_path / "net.tflite", tmp_path, name="net")
    (tmp_path / "user.c").write_text("""
#include "net.h"
#include <string.h>
static _Alignas(16) int8_t arena[NET_ARENA_BYTES];
int main(void) {
    net m;
    if (net_init(&m, arena, sizeof arena) != TM_OK) return 1;
    memset(net_input_row_2(&m), 1, NET_INPUT_ROW_2_BYTES);
    memset(net_input_ga_ins_2(&m), 2, NET_INPUT_GA_INS_2_BYTES);
    if (net_run(&m) != TM_DONE) return 2;
    if (net_output_map(&m) != m.arena + net_outputs[0].offset) return 3;
    if (net_output_map_2(&m) != m.arena + net_outputs[1].offset) return 4;
    if (NET_INPUTS != 2 || strcmp(net_inputs[1].name, "ga_ins_2") || net_inputs[0].bytes != 189) return 5;
    return NET_INPUT_BYTES == 193 && NET_OUTPUT_BYTES == 85 ? 0 : 6;
}""")
    include, sources = kernel_sources()
    command = [c_compiler(), "-std=c11", "-DTM_KERNELS=TM_PORTABLE", f"-I{include}", f"-I{tmp_path}"]
    command += [
        *map(str, sources),
        str(tmp_path / "net.c"),
        str(tmp_path / "user.c"),
        "-o",
        str(tmp_path / "user"),
    ]
    subprocess.run(command, check=True)
    subprocess.run([str(tmp_path / "user")], check=True)


def test_inputs_of_a_file_for_several_inputs(tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(two_and_two(names=(("picture", "gains"), ("map", "mean"))))
    arrays = {"picture": np.ones((2, 9, 7, 3), np.int8), "gains": np.ones((2, 4), np.int8)}
    np.savez(tmp_path / "inputs.npz", **arrays)
    assert verify(tmp_path / "net.tflite", count=1, inputs=tmp_path / "inputs.npz").inputs == 3
    np.savez(tmp_path / "inputs.npz", picture=arrays["picture"])
    with pytest.raises(DataError, match="gains"):
        verify(tmp_path / "net.tflite", inputs=tmp_path / "inputs.npz")
    np.save(tmp_path / "inputs.npy", arrays["picture"])
    with pytest.raises(DataError, match="one input, expected 2"):
        verify(tmp_path / "net.tflite", inputs=tmp_path / "inputs.npy")
    with HostModel(tmp_path / "net.tflite") as host, pytest.raises(ModelError, match=r"\[189\] bytes"):
        host.run_all([arrays["picture"][0]])


def test_without_a_count_as_many_inputs_as_time_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "net.tflite").write_bytes(two_and_two())
    assert verify(tmp_path / "net.tflite").inputs == 100
    monkeypatch.setattr("tinyml.compiler.check.verify.DEFAULT_SECONDS", -1.0)
    assert verify(tmp_path / "net.tflite").inputs == 3
    assert verify(tmp_path / "net.tflite", count=5).inputs == 5


def test_inputs_written_before_a_run_do_not_overwrite_each_other() -> None:
    b = ModelBuilder(seed=6)
    tall, short = b.input((1, 12, 4, 2)), b.input((1, 4, 4, 2))
    bottom = b.strided_slice(tall, (0, 8, 0, 0), (1, 12, 4, 2), (1, 1, 1, 1))  # its first rows are never read
    schedule = compile_bytes(b.finish(b.add(bottom, short))).schedule
    spans = sorted(
        (offset, offset + buffer.bytes)
        for buffer, offset in zip(schedule.buffers, schedule.offsets, strict=True)
        if buffer.name.startswith("input")
    )
    assert spans[0][1] <= spans[1][0]
