"""`tinyml flash`: the upload is the stand-in's, the board that answers is the tiny firmware on this computer."""

from pathlib import Path
from typing import Any

import pytest
from support.firmware_project import build as build_project
from support.firmware_project import copy_project
from support.tiny_firmware import TINY

from tinyml.boards import load_board
from tinyml.device import build as driver
from tinyml.device import emulator
from tinyml.errors import DeviceError
from tinyml.paths import ExportFiles
from tinyml.workflow import attached
from tinyml.workflow import flash as flashing
from tinyml.workflow.build import Firmware


def test_flash_builds_uploads_and_asks_for_the_self_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copy_project(tmp_path)
    generated = project / "generated" / "host"
    generated.mkdir(parents=True)
    for file in ("model.h", "model.c", "application.c"):
        (generated / file).write_bytes((TINY / file).read_bytes())
    program = build_project("host", project)
    port = emulator.free_port()
    process = emulator.start(load_board("host"), program, port)
    asked: list[tuple[str, ...]] = []

    def build(run: Any, board: Any, *options: str) -> Firmware:
        asked.append(options)
        return Firmware(board, program, {"regions": [], "ok": True})

    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.toml").write_text("")
    monkeypatch.setattr(flashing, "build", build)
    monkeypatch.setattr(attached, "check_model", lambda info, model: None)
    url = f"socket://127.0.0.1:{port}"
    try:
        flashed = flashing.flash(tmp_path / "run", "esp32cam", url)
    finally:
        process.kill()
        process.wait()
    assert asked == [(), ("-t", "upload", "--upload-port", url)]
    assert flashed.selftest.passed and flashed.info.model == "tiny01"


def test_an_emulated_board_is_not_flashed() -> None:
    with pytest.raises(DeviceError, match="is emulated: there is nothing to flash") as failure:
        flashing.flash("any", "esp32_emulated")
    assert "--emulate esp32_emulated" in failure.value.cure


@pytest.mark.parametrize(
    ("said", "what"),
    [
        (
            "A fatal error occurred: Failed to connect to ESP32: Wrong boot mode detected (0x13)!",
            "runs its program",
        ),
        ("A fatal error occurred: Failed to connect to ESP32: No serial data received.", "does not answer"),
        ("Could not open /dev/ttyUSB0, the port is busy or doesn't exist.", "cannot be opened"),
        ("A fatal error occurred: This chip is ESP32 not ESP32-S3. Wrong --chip argument?", "another chip"),
    ],
)
def test_esptools_words_are_put_into_ours(said: str, what: str) -> None:
    failure = driver._failure(load_board("esp32cam"), Path("firmware"), said)
    assert isinstance(failure, DeviceError) and what in failure.what and failure.cure


def test_generated_files_of_a_project_lie_in_it(tmp_path: Path) -> None:
    folder = driver.generated_dir(load_board("esp32cam"), tmp_path)
    assert ExportFiles(folder).application.is_relative_to(tmp_path)
