"""Firmware of a .tflite file that no run made: what is told of it, and what the board then says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.emulated import need
from support.firmware_project import running
from support.gated_network import gated
from support.oracles import lite_outputs
from support.tflite_builder import ModelBuilder

from tinyml.boards import Region, load_board
from tinyml.compiler.check.verify import verify
from tinyml.device.answers import EdgeInfo, Info
from tinyml.device.build import program_path
from tinyml.device.project import run_project
from tinyml.errors import BudgetError, DataError, DeviceError, ModelError
from tinyml.inference.preprocess import input_tables
from tinyml.workflow.benchmark import benchmark
from tinyml.workflow.build import build
from tinyml.workflow.model import Model, load_model, pixels_of, read_labels, resolved, tables_of

SIDE = 16


def classifier(dtype: type, channels: int = 3) -> bytes:
    """Return a small classifier of four classes whose edges have this type."""
    b = ModelBuilder(4)
    unsigned = dtype == np.uint8
    x = b.input((1, SIDE, SIDE, channels), 1 / 255, 0 if unsigned else -128, dtype)
    if unsigned:
        x = b.operator("QUANTIZE", [x.index], b.quantized(x.shape, x.scale, -128, x.mean, x.deviation))
    x = b.conv(x, 8, stride=(2, 2), activation="RELU6")
    x = b.same("SOFTMAX", b.fully_connected(b.mean(x), 4))
    if unsigned:
        x = b.operator("QUANTIZE", [x.index], b.quantized(x.shape, 1 / 256, 0, 0, 1, np.uint8))
    return b.finish(x)


def detector() -> bytes:
    """Return a network that gives a map of two classes and the background, like FOMO's."""
    b = ModelBuilder(5)
    x = b.conv(b.input((1, SIDE, SIDE, 1), 1 / 255, -128), 8, stride=(2, 2), activation="RELU6")
    return b.finish(b.same("SOFTMAX", b.conv(x, 3, kernel=(1, 1))))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is exported for the models to the test."""
    monkeypatch.setenv("TINYML_CACHE", str(tmp_path / "cache"))


def written(folder: Path, content: bytes, name: str = "my model.tflite") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


BOARDS = [
    "host",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("esp32_emulated", "rv32imc_emulated")),
]


@pytest.mark.parametrize("board", BOARDS)
def test_a_classifier_with_uint8_edges(board: str, tmp_path: Path) -> None:
    need(board)
    labels = tmp_path / "labels.txt"
    labels.write_text("0 apple\n1 pear\n2 plum\n3 quince\n")
    model = load_model(written(tmp_path, classifier(np.uint8)), labels=labels)
    report = benchmark(model, emulate=board, compare=True, windows=1, window_s=0.01)
    assert report["bit_exact"] and report["pictures"] == 10
    with running(board, program_of(model, board)) as device:
        info = device.json("info")
        assert info["task"] == "classify" and info["labels"] == ["apple", "pear", "plum", "quince"]
        assert device.json("selftest")["pass"]
        device.load(bytes(range(256)) * 3)
        probabilities = device.infer(1, 0).results
        assert sum(probabilities) == pytest.approx(1, abs=0.02) and min(probabilities) >= 0


def program_of(model: Model, board: str) -> Path:
    """Return the program that was just built for a model."""
    with run_project(model.folder) as project:
        return program_path(load_board(board), project)


@pytest.mark.parametrize("task", ["detect", pytest.param("raw", marks=pytest.mark.slow)])
def test_maps_of_objects_and_raw_outputs(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("host")
    (tmp_path / "frame.pgm").write_bytes(b"P5 16 16 255\n" + bytes(SIDE * SIDE))
    monkeypatch.setenv("TINYML_CAMERA", str(tmp_path))
    labels = tmp_path / "labels.txt"
    labels.write_text("nut\nbolt\n")
    path = written(tmp_path, detector())
    model = load_model(path, labels=labels if task == "detect" else None, threshold=0.2)
    with running("host", build(model, "host").program) as device:
        assert device.json("info")["task"] == task
        assert device.json("selftest")["pass"]
        device.load(bytes(SIDE * SIDE))
        device.infer(1, 0)
        output = device.output()
        found = device.json("detect")
        if task == "raw":
            assert found["shape"] == [8, 8, 3] and found["bytes"] == output.hex()
        else:
            assert {one["label"] for one in found["objects"]} <= {"nut", "bolt"}


def two_and_two() -> bytes:
    """Return a network of a float and a uint8 input, and of a float and a uint8 output."""
    b = ModelBuilder(11)
    x = b.float_input((1, 12, 10, 4))
    codes = b.input((1, 6, 5, 6), 1 / 255, 0, np.uint8)
    y = b.operator("QUANTIZE", [codes.index], b.quantized(codes.shape, 1 / 255, -128, 0, 1))
    z = b.add(b.conv(x, 6, stride=(2, 2)), y)
    scores = b.same("SOFTMAX", b.fully_connected(b.mean(z), 5))
    given = b.operator("QUANTIZE", [scores.index], b.quantized(scores.shape, 1 / 256, 0, 0, 1, np.uint8))
    return b.finish(b.dequantize(z), given)


@pytest.mark.parametrize("board", BOARDS)
def test_two_inputs_and_two_outputs_by_name(board: str, tmp_path: Path) -> None:
    """Each input is loaded by its name, each output asked for by its name, and every byte is TFLite-Micro's."""
    need(board)
    path = written(tmp_path, two_and_two())
    assert verify(path, count=4, input_mode="rows").different == 0
    model = load_model(path)
    report = benchmark(model, emulate=board, compare=True, windows=1, window_s=0.01, limit=4)
    assert report["bit_exact"] and report["pictures"] == 4
    with running(board, program_of(model, board)) as device:
        info = device.ask("info", Info)
        assert info.task == "raw" and len(info.inputs) == len(info.outputs) == 2
        assert device.json("selftest")["pass"]
        first, second = info.inputs
        device.load(bytes(first.bytes), first.name)
        device.load(bytes(range(second.bytes)), second.name)
        apart = device.infer(1, 0).results
        given = [device.output(edge.name) for edge in info.outputs]
        assert [len(one) for one in given] == [edge.bytes for edge in info.outputs]
        device.load(bytes(first.bytes) + bytes(range(second.bytes)))
        assert device.infer(1, 0).results == apart and len(apart) == sum(map(count_of, info.outputs))
        assert [device.output(str(number)) for number in (0, 1)] == given
        for command in ("db load 4 nothing", "output nothing"):
            with pytest.raises(DeviceError, match=r"There is no (in|out)put nothing"):
                device.command(command)
        with pytest.raises(DeviceError, match=f"takes at most {second.bytes} bytes"):
            device.command(f"db load {second.bytes + 1} {second.name}")


def count_of(edge: EdgeInfo) -> int:
    return int(np.prod(edge.shape))


def test_two_arenas_on_this_computer(tmp_path: Path) -> None:
    """A host whose RAM holds less than the model, beside a region that stands for PSRAM."""
    need("host")
    host = load_board("host")
    regions = (
        Region("inner", 20_000, "the arena", ("arena", "heap_request")),
        replace(host.regions[0], holds=("input", "static", "fast_constants", "frame")),
        Region("psram", 100_000, "the second arena", ("external",)),
        host.regions[1],
    )
    chip = load_board("esp32cam").psram
    model = load_model(written(tmp_path, gated(32)), psram=True)
    board = replace(host, regions=regions, psram=chip)
    program = build(model, board).program
    plan = model.export("host").plan
    assert plan and plan["arena_bytes"] < 20_000 < 32 * 32 * 32 <= plan["psram"]["bytes"]
    with running("host", program) as device:
        assert device.json("selftest")["pass"]
        picture = bytes(range(256)) * 12
        device.load(picture)
        device.infer(1, 0)
        codes = (np.frombuffer(picture, np.uint8).astype(int) - 128).astype(np.int8)
        expected = lite_outputs(gated(32), [codes.reshape(1, 32, 32, 3)])[0]
        assert device.output() == expected.tobytes()


@pytest.mark.slow
def test_two_arenas_on_the_emulated_esp32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address map is the chip's: without the second arena the model is refused, and the cure names it."""
    need("esp32_emulated")
    path = written(tmp_path, gated(64))
    with pytest.raises(BudgetError, match="heap_block by") as failure:
        build(load_model(path), "esp32_emulated")
    assert "--ram psram" in failure.value.cure
    model = load_model(path, psram=True)
    report = benchmark(model, emulate="esp32_emulated", compare=True, windows=1, limit=2)
    assert report["bit_exact"]
    budget = model.export("esp32_emulated").budget
    used = {row["region"]: row["used_bytes"] for row in budget["regions"]} if budget else {}
    assert used["heap_block"] <= 110_580 and used["psram"] >= 64 * 64 * 32


def test_a_firmware_that_cannot_fit_is_refused_before_it_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tinyml.workflow.build as building

    b = ModelBuilder(1)
    x = b.conv(b.input((1, 8, 1000, 3)), 64, (1, 1))
    x = b.depthwise(b.depthwise(x))  # three rows of 64,000 bytes for each, and strips for one of them alone
    model = load_model(written(tmp_path, b.finish(b.mean(x))))
    for name in ("require_platform", "build_firmware"):
        monkeypatch.setattr(building, name, lambda *arguments, **options: None)
    with pytest.raises(BudgetError, match=r"heap_block by [\d,]+ bytes .*by the plan"):
        build(model, "esp32cam")


EDGE: dict[str, Any] = {"dtype": "int8", "scale": 1 / 256, "zero_point": -128}
SHAPES = [  # the output's shape, labels, what it is told to be, what it is taken for
    ([1, 4], 4, "", "classify"),
    ([1, 1, 1, 4], 0, "", "classify"),
    ([1, 12, 12, 3], 2, "", "detect"),
    ([1, 12, 12, 3], 0, "", "raw"),
    ([1, 12, 12, 3], 0, "detect", "detect"),
    ([1, 192, 192, 2], 1, "", "raw"),
    ([1, 4], 0, "raw", "raw"),
    ([4], 4, "", "classify"),
    ([3, 4], 0, "", "raw"),
    ([2, 12, 12, 3], 2, "", "raw"),
]


@pytest.mark.parametrize(("shape", "labels", "task", "taken"), SHAPES)
def test_a_task_is_told_from_the_output(shape: list[int], labels: int, task: str, taken: str) -> None:
    model = Model(Path("x.tflite"), tuple("abcdefgh"[:labels]), task)
    assert resolved(model, [{**EDGE, "shape": shape}]).task == taken


@pytest.mark.parametrize(
    ("shape", "edge", "labels", "task", "said"),
    [
        ([1, 4], {}, 3, "", "has 4 classes, the labels are 3"),
        ([1, 4], {}, 0, "detect", "no map of probabilities"),
        ([1, 12, 12, 3], {"scale": 0.1}, 2, "detect", "no map of probabilities"),
        ([1, 12, 12, 3], {}, 0, "classify", "not one value per class"),
    ],
)
def test_what_cannot_be_is_refused(
    shape: list[int], edge: dict[str, Any], labels: int, task: str, said: str
) -> None:
    model = Model(Path("x.tflite"), tuple("abcdefgh"[:labels]), task)
    with pytest.raises(ModelError, match=said) as failure:
        resolved(model, [{**EDGE, **edge, "shape": shape}])
    assert failure.value.cure


def test_several_outputs_are_raw() -> None:
    edge = {**EDGE, "shape": [1, 4]}
    for outputs in ([edge, edge], [{**edge, "dtype": "float32"}]):
        assert resolved(Model(Path("x.tflite"), ("a", "b")), outputs).task == "raw"
        with pytest.raises(ModelError, match=r"gives .*, not one output of int8 or uint8"):
            resolved(Model(Path("x.tflite"), task="classify"), outputs)


@pytest.mark.parametrize(("dtype", "least"), [("int8", -128), ("uint8", 0)])
def test_pixels_become_the_inputs_codes(dtype: str, least: int) -> None:
    taken = {"dtype": dtype, "scale": 2 / 255, "zero_point": least + 128}
    codes = tables_of(Model(Path("x")), taken, 3).view(dtype)  # type: ignore[union-attr]
    assert np.array_equal(codes, np.tile(np.arange(256) + least, (3, 1)))
    half = tables_of(Model(Path("x"), pixels=(0, 1)), taken, 1).view(dtype)  # type: ignore[union-attr]
    assert (half[0, 0], half[0, 255]) == (least + 128, least + 255)
    if dtype == "int8":
        assert np.array_equal(half, input_tables([0], [1], taken["scale"], taken["zero_point"]))
    assert tables_of(Model(Path("x")), taken, 40) is None


@pytest.mark.parametrize(("shape", "picture"), [([1, 8, 8, 3], True), ([2, 8, 8, 3], False), ([8, 3], False)])
def test_a_batch_is_no_picture(shape: list[int], picture: bool) -> None:
    edge: Any = {**EDGE, "name": "x", "shape": shape}
    assert (pixels_of(Model(Path("x.tflite")), [edge]) is not None) == picture


def test_labels_are_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("\ufeffapple\n\n  red pear \n", encoding="utf-8")
    assert read_labels(path) == ("apple", "red pear")
    path.write_text("7up\n1 litre\n")
    assert read_labels(path) == ("7up", "1 litre")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="no file of labels"):
        read_labels(path)
    path.write_text("\n")
    with pytest.raises(DataError, match="holds no labels"):
        read_labels(path)
    with pytest.raises(DataError, match="cannot reach from 1 to 0"):
        load_model(path, pixels=(1.0, 0.0))
    with pytest.raises(ModelError, match="does not exist"):
        load_model(tmp_path / "none.tflite")
