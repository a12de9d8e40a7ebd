"""`tinyml evaluate` and `tinyml predict` at every stage of an exported run, down to a board on its serial line."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console
from support.firmware_project import copy_project
from support.untrained_run import write_noise_run

from tinyml import paths as places
from tinyml.boards import load_board
from tinyml.commands import Result, evaluate, predict
from tinyml.device import build as driver
from tinyml.errors import ModelError, TinymlError, ToolchainError
from tinyml.files import read_json
from tinyml.workflow import attached, judge
from tinyml.workflow.build import build
from tinyml.workflow.run import Export, Run

STAGES = ["float", "onnx", "tflite_float32", "tflite_float16", "tflite_int8", "tflm", "c_host"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run that was exported and built for this computer, in a firmware project of its own."""
    folder = tmp_path_factory.mktemp("stages")
    project, shared = copy_project(folder), places.share_dir
    with pytest.MonkeyPatch.context() as patch:
        for module in (places, driver):
            patch.setattr(module, "share_dir", lambda name: project if name == "firmware" else shared(name))
        run = write_noise_run(folder / "run")
        build(run, load_board("host"))
        yield run


@pytest.fixture(scope="module")
def pictures(run: Path) -> list[str]:
    return [str(path) for path in sorted((run / "data" / "test").rglob("*.png"))]


def invoke(command: Any, *arguments: str) -> Result:
    outcome = CliRunner().invoke(command, arguments, standalone_mode=False, catch_exceptions=False)
    result: Result = outcome.return_value
    json.dumps(result.data)
    return result


def shown(result: Result) -> str:
    console = Console(width=80)
    with console.capture() as said:
        console.print(*result.view, sep="\n")
    return said.get()


def predictions(run: Path, pictures: list[str], out: Path, *options: str) -> list[dict[str, Any]]:
    result = invoke(predict.command, str(run), *pictures, "--out", str(out), *options)
    assert len(list(out.glob("*.png"))) == len(pictures), "pictures of one name must not overwrite each other"
    return [row["predictions"][0] for row in result.data["pictures"]]


def test_predict_gives_the_same_bytes_in_int8_in_c_and_on_a_board(
    run: Path, pictures: list[str], tmp_path: Path
) -> None:
    asked = {
        name: predictions(run, pictures, tmp_path / name, *options)
        for name, options in {
            "float": (),
            "tflite_int8": ("--stage", "tflite_int8"),
            "c_host": ("--stage", "c_host", "--target", "host"),
            "board": ("--emulate", "host"),
        }.items()
    }
    assert asked["c_host"] == asked["tflite_int8"] == asked["board"]
    assert asked["float"] != asked["tflite_int8"]
    for exact, rounded in zip(asked["float"], asked["tflite_int8"], strict=True):
        assert exact["score"] == pytest.approx(rounded["score"], abs=0.1)


def test_evaluate_shows_every_stage_and_then_the_board(run: Path) -> None:
    before = invoke(evaluate.command, str(run))
    assert list(before.data["stages"]) == STAGES
    assert "tinyml evaluate" in shown(before), "it says how to get an emulated board's row"
    after = invoke(evaluate.command, str(run), "--emulate", "host", "--limit", "6")
    assert after.exit_code == 0
    assert list(after.data["stages"]) == [*STAGES, "host"]
    row = after.data["stages"]["host"]
    assert row["bit_exact"] and row["max_abs_difference"] == 0 and row["pictures"] == 6
    text = shown(after)
    assert all(line.split()[0] in text for line in [*STAGES, "host"]) and "6 of 8 pictures" in text
    assert "…" not in text, "nothing is cut off at 80 characters"
    report = read_json(run / "export" / "host" / "benchmark.json")
    assert report["bit_exact"] and report["accuracy"]["pictures"] == 6
    assert list(invoke(evaluate.command, str(run)).data["stages"]) == [*STAGES, "host"], "the row stays"


def test_a_board_without_its_tools_is_left_out_with_a_message(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*arguments: Any) -> Any:
        raise ToolchainError("qemu is not installed", cure="install it")

    monkeypatch.setattr(attached, "emulated", absent)
    result = invoke(evaluate.command, str(run), "--emulate", "esp32_emulated")
    assert result.exit_code == 1
    assert set(STAGES) <= set(result.data["stages"]) and "esp32_emulated" not in result.data["stages"]
    assert "esp32_emulated was left out: qemu is not installed; install it" in " ".join(shown(result).split())


def test_exports_of_other_weights_are_not_shown(run: Path, pictures: list[str], tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(run, again, ignore=shutil.ignore_patterns("data"))
    weights = again / "model.safetensors"
    shutil.copy(weights, tmp_path / "kept")
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1  # one bit of the last weight
    weights.write_bytes(data)
    result = invoke(evaluate.command, str(again))
    assert list(result.data["stages"]) == ["float"]
    assert "trained again since it was exported" in " ".join(shown(result).split())
    with pytest.raises(ModelError, match="trained again since it was exported"):
        invoke(predict.command, str(again), pictures[0], "--stage", "c_host")
    shutil.rmtree(again / "export")
    with pytest.raises(ModelError, match="has not been exported for esp32cam"):
        invoke(predict.command, str(again), pictures[0], "--stage", "c_host", "--target", "esp32cam")


def test_benchmark_keeps_what_another_mode_measured(run: Path) -> None:
    export = run / "export" / "host"
    board = attached.Attached(None, load_board("host"), {}, Export(Run(run), export))  # type: ignore[arg-type]
    same = {"model_sha256": "a", "runtime": "stream"}
    (export / "benchmark.json").unlink(missing_ok=True)
    judge.record(board, {**same, "latency_us": {"median": 1}, "bit_exact": False, "difference": {}})
    judge.record(board, {**same, "accuracy": {"f1": 1}, "bit_exact": True})
    kept = read_json(export / "benchmark.json")
    assert kept["latency_us"] == {"median": 1} and kept["bit_exact"] and "difference" not in kept
    judge.record(board, {"model_sha256": "b", "runtime": "stream"})
    assert "latency_us" not in read_json(export / "benchmark.json"), "that was another model's"


def test_wrong_usage(run: Path, pictures: list[str], tmp_path: Path) -> None:
    import rich_click as click

    for arguments in (
        (str(run), pictures[0], "--stage", "float", "--emulate", "host"),
        (str(run), str(run), pictures[0], "--emulate", "host"),
    ):
        with pytest.raises(click.UsageError):
            invoke(predict.command, *arguments)
    with pytest.raises(click.UsageError):
        invoke(evaluate.command, str(run), "--emulate", "host", "--port", "x")
    with pytest.raises(TinymlError, match="neither a picture nor a run") as failure:
        invoke(predict.command, str(run), str(run / "data" / "nothing-of-this-name"))
    assert failure.value.cure
