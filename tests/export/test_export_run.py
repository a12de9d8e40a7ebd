"""A whole export, from a run folder to the firmware's files, and what happens when something goes wrong on the way."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from support.untrained_run import write_noise_run, write_untrained_run

from tinyml.boards import load_board
from tinyml.commands import export as export_command
from tinyml.conversion.convert import convert
from tinyml.conversion.tflite import run_tflite
from tinyml.errors import ModelError, TinymlError
from tinyml.files import read_json, sha256
from tinyml.paths import ExportFiles, share_dir
from tinyml.terminal.export import cure
from tinyml.vision.checkpoint import load_run
from tinyml.vision.config import read_config
from tinyml.vision.onnx import export_onnx
from tinyml.vision.pictures import to_input
from tinyml.vision.predict import probabilities
from tinyml.workflow import export as exporting
from tinyml.workflow import generated as generating
from tinyml.workflow import int8
from tinyml.workflow import run as running
from tinyml.workflow.export import export_run
from tinyml.workflow.generated import is_generated_from, write_generated
from tinyml.workflow.int8 import Choice
from tinyml.workflow.run import Export, Run

STAGES = ["float", "onnx", "tflite_float32", "tflite_float16", "tflite_int8", "tflm", "c_host"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_noise_run(tmp_path_factory.mktemp("runs") / "My Run")


@pytest.fixture(scope="module")
def exported(run: Path) -> Export:
    return export_run(
        Run(run), load_board("host"), Choice(), run / "export" / "host", run / "generated" / "host"
    )


def test_every_file_is_there_and_says_what_it_was_made_from(run: Path, exported: Export) -> None:
    folder = run / "export" / "host"
    for name in (
        *(
            "model.onnx",
            "model_float32.tflite",
            "model_float16.tflite",
            "model_int8.tflite",
            "model.c",
            "model.h",
        ),
        *("model_data.c", "model_data.h", "application.c", "plan.json", "budget.json", "accuracy.json"),
    ):
        assert (folder / name).stat().st_size > 0, name
    inputs = read_json(folder / "accuracy.json")["provenance"]["inputs"]
    assert inputs["weights"]["sha256"] == sha256(run / "model.safetensors")
    assert inputs["int8"]["sha256"] == sha256(folder / "model_int8.tflite")
    assert read_json(folder / "plan.json")["input_mode"] == "rows"


def test_all_stages_are_judged_and_all_bytes_are_equal(run: Path, exported: Export) -> None:
    accuracy = read_json(run / "export" / "host" / "accuracy.json")
    assert list(accuracy["stages"]) == STAGES
    assert accuracy["pictures"] == accuracy["of_pictures"] == 8
    for name, row in accuracy["stages"].items():
        assert 0 <= row["accuracy"] <= 1
        assert row.get("bit_exact") is (True if name in STAGES[4:] else None)
    assert accuracy["stages"]["onnx"]["max_abs_difference"] < 1e-5
    assert accuracy["stages"]["tflite_float32"]["max_abs_difference"] < 1e-5
    assert accuracy["stages"]["c_host"]["max_abs_difference"] == 0


def test_budget_shows_both_runtimes(run: Path, exported: Export) -> None:
    budget, plan = (read_json(run / "export" / "host" / f"{name}.json") for name in ("budget", "plan"))
    assert budget["source"] == "plan" and budget["ok"] and budget["runtime"] == "stream"
    assert budget["runtimes"]["stream"]["ram_bytes"] == plan["ram_bytes"]
    assert (
        budget["runtimes"]["tflm"]["ram_bytes"] == exported.accuracy["tflm_arena_bytes"] > plan["ram_bytes"]
    )
    assert {row["region"] for row in budget["regions"]} == {"ram", "flash"}


def test_tensorflows_padding_reaches_tflite(tmp_path: Path) -> None:
    settings = {"task": "detect", "classes": ["one", "two"], "size": 96, "width": 0.35, "padding": "same"}
    run = write_untrained_run(tmp_path / "run", **settings)
    config = read_config(run / "config.toml")
    export_onnx(run, tmp_path / "model.onnx")
    assert "Pad" not in [node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node]
    pictures = np.random.default_rng(0).integers(0, 256, (4, 96, 96, 3), dtype=np.uint8)
    written = convert(tmp_path / "model.onnx", pictures, config.mean, config.std, tmp_path)
    inputs = to_input(pictures, config).permute(0, 2, 3, 1).numpy()
    expected = probabilities(load_run(run), pictures, config)
    np.testing.assert_allclose(run_tflite(written["float32"], inputs, "float32"), expected, atol=1e-5)


def test_the_firmware_can_be_built_from_it(run: Path, exported: Export, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    generated, firmware = run / "generated" / "host", share_dir("firmware")
    includes = [generated, firmware / "src", firmware / "lib" / "tinyml_kernels" / "include"]
    for name in ("application.c", "model.c"):
        subprocess.run(
            [compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-c", "-o", tmp_path / f"{name}.o"]
            + [f"-I{folder}" for folder in includes]
            + [generated / name],
            check=True,
            timeout=120,
        )
    marker = json.loads((generated / "export.json").read_text())
    assert marker["model_sha256"] == sha256(run / "export" / "host" / "model_int8.tflite")
    assert '.name = "my-run"' in (generated / "application.c").read_text()


def test_stale_exports_are_recognized(run: Path, exported: Export, tmp_path: Path) -> None:
    export, generated = run / "export" / "host", tmp_path / "generated"
    assert exported.fresh and is_generated_from(exported, run / "generated" / "host")
    assert not is_generated_from(exported, generated)
    write_generated(Run(run), load_board("host"), "tflm", ExportFiles(export), generated)
    assert (generated / "model_data.c").is_file() and not (generated / "model.c").exists()
    assert not is_generated_from(exported, generated), "that is the other runtime's"
    other = tmp_path / "other"
    other.mkdir()
    (other / "model.safetensors").write_bytes(b"other weights")
    assert not Export(Run(other), export).fresh
    assert not Export(Run(run), tmp_path).fresh


def test_an_export_of_another_version_is_not_built(
    run: Path, exported: Export, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its C was written for other kernels: it would not compile, or would compile and compute something else."""
    generated = run / "generated" / "host"
    assert is_generated_from(exported, generated)
    for module in (running, generating):
        monkeypatch.setattr(module, "interface", lambda: "of another version")
    assert not exported.fresh and not is_generated_from(exported, generated)
    with pytest.raises(ModelError, match="was exported by another version of tinyml") as failure:
        exported.run.fresh_exports("host")
    assert failure.value.cure == "tinyml export My Run --target host"


def test_precision_decides_what_is_kept(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = run / "export" / "host"
    monkeypatch.setattr(exporting, "convert", reuse(source))
    choice = Choice(precisions=("float16",), test_pictures=3)
    result = export_run(Run(run), load_board("host"), choice, tmp_path / "out", tmp_path / "generated")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "model.onnx",
        "model_float16.tflite",
        "accuracy.json",
    }
    assert list(result.accuracy["stages"]) == ["float", "onnx", "tflite_float16"]
    assert (result.accuracy["pictures"], result.accuracy["of_pictures"]) == (3, 8)
    assert not (tmp_path / "generated").exists()


def reuse(source: Path) -> Any:
    """Return a stand-in for the conversion that copies what an earlier one made, for tests of what comes after."""

    def copy(onnx: Path, pictures: np.ndarray, mean: Any, std: Any, out: Path) -> dict[str, Path]:
        names = ("float32", "float16", "int8")
        return {
            name: Path(shutil.copy(source / f"model_{name}.tflite", out / f"model_{name}.tflite"))
            for name in names
        }

    return copy


def test_a_board_that_is_too_small_ends_with_3_and_a_cure(
    run: Path, exported: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = load_board("host")
    small = replace(board, regions=(replace(board.regions[0], limit_bytes=2_000), board.regions[1]))
    monkeypatch.setattr(exporting, "convert", reuse(run / "export" / "host"))
    monkeypatch.setattr("tinyml.boards.load_board", lambda name: small)
    monkeypatch.setattr(exporting, "generated_folder", lambda board, runtime: tmp_path / "generated")
    result = export_command.command.main([str(run), "--out", str(tmp_path / "out")], standalone_mode=False)
    assert result.exit_code == 3
    need = result.data["budget"]["runtimes"]["stream"]["ram_bytes"] + 32 * 32 * 3  # the arena, and the input
    assert f"ram is over by {need - 2_000:,} bytes; train again with --width 0.35" in str(result.view[-2])


def test_tflm_that_does_not_fit_points_to_what_does() -> None:
    rows = [{"region": "heap_block", "used_bytes": 461_300, "limit_bytes": 110_580, "ok": False}]
    runtimes = {"stream": {"ram_bytes": 39_000, "ok": True}, "tflm": {"ram_bytes": 482_304, "ok": False}}
    budget = {"board": "esp32cam", "runtime": "tflm", "regions": rows, "runtimes": runtimes}
    said = cure({"budget": budget, "plan": {"input_mode": "rows"}})
    assert said == "heap_block is over by 350,720 bytes; --runtime stream needs 39,000 bytes and fits"


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_damaged_weights_are_one_message(run: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(run, damaged, ignore=shutil.ignore_patterns("export", "generated", "data"))
    weights = (run / "model.safetensors").read_bytes()
    (damaged / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        export_run(Run(damaged), load_board("host"), Choice(), tmp_path / "out", tmp_path / "generated")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["damaged"]


def test_another_data_set_is_refused_before_any_work(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run / "data", tmp_path / "data")
    for split in ("train", "test"):
        (tmp_path / "data" / split / "banana").rename(tmp_path / "data" / split / "cherry")
    choice = Choice(data=tmp_path / "data")
    with pytest.raises(TinymlError, match="apple, cherry, the run was trained on apple, banana"):
        export_run(Run(run), load_board("host"), choice, tmp_path / "out", tmp_path / "generated")


def test_a_full_disk_leaves_nothing_behind(
    run: Path, exported: Export, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: Any, **options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(exporting, "convert", reuse(run / "export" / "host"))
    monkeypatch.setattr(int8, "write_text", full)
    with pytest.raises(TinymlError, match="no space left"):
        export_run(Run(run), load_board("host"), Choice(), tmp_path / "out", tmp_path / "generated")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TinymlError, match="cannot be written") as failure:
        export_run(Run(run), load_board("host"), Choice(), tmp_path / "file" / "out", tmp_path / "generated")
    assert "choose another" in failure.value.cure


def test_a_kill_leaves_no_half_export(run: Path, tmp_path: Path) -> None:
    whole = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "tinyml.cli", "export", str(run), "--target", "host", "--out", str(whole)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob(".out.*/**/model.onnx")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not whole.exists() and not Export(Run(run), whole).fresh
