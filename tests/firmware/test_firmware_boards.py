"""The application on the emulated boards: built by PlatformIO, with the tiny model, and talked to over its serial line."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.firmware_project import EMULATED, build, copy_project, running
from support.tiny_firmware import TINY

from tinyml.boards import load_board
from tinyml.device.benchmark import count_instructions
from tinyml.device.build import build_firmware, program_path
from tinyml.errors import BudgetError, ToolchainError
from tinyml.files import read_json


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the tiny model generated for every emulated board."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    for name in [*EMULATED, "host"]:
        generated = project / "generated" / load_board(name).environment
        generated.mkdir(parents=True)
        for file in ("model.h", "model.c", "application.c"):
            shutil.copy(TINY / file, generated)
    return project


@pytest.mark.parametrize("name", [*EMULATED, "host"])
def test_the_full_protocol(name: str, project: Path) -> None:
    board = load_board(name)
    program = build(name, project)
    budget = read_json(program.parent / "budget.json")
    assert budget["ok"] and budget["source"] == "elf" and budget["board"] == name
    with running(name, program) as device:
        info = device.json("info")
        assert info["board"] == board.environment and info["model"] == "tiny01"
        assert device.json("selftest")["pass"]
        device.load(bytes(range(0, 240, 5)))
        assert device.infer(3, 1).results == (0.555, 0.516)
        assert device.output() == bytes([14, 4])
        if board.emulator:
            report = count_instructions(device, windows=3)
            assert 100 < report["instructions_per_inference"] < 100_000
            assert len(set(report["windows"])) == 1, "not reproducible to the instruction"
            assert [layer["name"] for layer in report["layers"]] == ["invert", "average"]
            assert device.json("detect")["label"] == 'left "quoted"'


def test_the_budget_equals_size_and_the_map(project: Path) -> None:
    program = build("esp32_emulated", project)
    listing = subprocess.run(
        ["xtensa-lx106-elf-size", "-A", "-d", str(program)], check=True, capture_output=True, text=True
    ).stdout
    size = {name: int(value) for name, value in re.findall(r"^(\.\S+)\s+(\d+)", listing, re.M)}
    mapped = {
        name: int(value, 16)
        for name, value in re.findall(
            r"^(\.[\w.]+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)", program.with_suffix(".map").read_text(), re.M
        )
    }
    rows = read_json(program.parent / "budget.json")["regions"]
    used = {row["region"]: row["used_bytes"] for row in rows}
    for sections in (size, mapped):
        assert used["iram"] == sections[".iram0.text"]
        assert used["dram"] == sections[".dram0.data"] + sections[".dram0.bss"]
        parts = (".flash.rodata", ".flash.text", ".iram0.text", ".dram0.data")
        assert used["flash"] == sum(sections[name] for name in parts)


def test_a_build_over_budget_is_refused(project: Path) -> None:
    """The linker has no limit on the host; the budget step has the board's, and names what is too large."""
    board = load_board("host")
    header = project / "generated" / "host" / "model.h"
    fits = header.read_text()
    header.write_text(fits.replace("MODEL_ARENA_BYTES 64", "MODEL_ARENA_BYTES 20000000"))
    try:
        with pytest.raises(
            BudgetError, match=r"ram by [\d,]+ bytes .* most of it arena with 20,000,000"
        ) as failure:
            build_firmware(board, project)
        assert "--width" in failure.value.cure and failure.value.exit_code == 3
        assert not program_path(board, project).exists(), "a build that failed leaves nothing to flash"
        assert not read_json(project / ".pio" / "build" / "host" / "budget.json")["ok"]
    finally:
        header.write_text(fits)


def test_a_platform_that_cannot_be_had_is_told_at_once(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No minute of silence: the real board's platform is neither installed nor, without a network, to be fetched."""
    import time

    from tinyml.device import build as driver

    if driver.have_platform(load_board("esp32cam"), project):
        pytest.skip("the ESP32's platform is installed here")
    monkeypatch.setattr(driver, "registry_answers", lambda: False)
    begin = time.monotonic()
    with pytest.raises(ToolchainError, match="is not installed, and there is no network") as failure:
        driver.require_platform(load_board("esp32cam"), project)
    assert time.monotonic() - begin < 10
    assert "esp32_emulated" in failure.value.cure and "pio pkg install -e esp32cam" in failure.value.cure


def test_esptool_makes_and_checks_an_image(project: Path, tmp_path: Path) -> None:
    """The emulated LX6 build is one for the chip but for QEMU's reset vector: esptool takes the rest as an image."""
    program = build("esp32_emulated", project)
    elf, image = tmp_path / "chip.elf", tmp_path / "chip.bin"
    objcopy = ["xtensa-lx106-elf-objcopy", "--remove-section=.reset", str(program), str(elf)]
    subprocess.run(objcopy, check=True)
    settings = ["--flash-mode", "dio", "--flash-freq", "40m", "--flash-size", "4MB"]
    esptool("elf2image", *settings, "-o", str(image), str(elf))
    told = esptool("image-info", str(image))
    assert re.search(r"Checksum: 0x[0-9a-f]{2} \(valid\)", told)
    assert re.search(r"Validation hash: [0-9a-f]{64} \(valid\)", told)
    kinds = set(re.findall(r"^ +\d+ +0x\w+ +0x\w+ +0x\w+ +(\w+)$", told, re.M)) - {"PADDING"}
    assert kinds == {"DROM", "IRAM", "IROM"}
    damaged = bytearray(image.read_bytes())
    damaged[40] ^= 1
    image.write_bytes(damaged)
    assert "invalid" in esptool("image-info", str(image))


def esptool(*arguments: str) -> str:
    """Run esptool for the ESP32 and return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "esptool", "--chip", "esp32", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_build_without_an_export_says_so(project: Path) -> None:
    board = load_board("esp32_emulated")
    empty = project.parent / "empty"
    (empty / "generated").mkdir(parents=True, exist_ok=True)
    with pytest.raises(ToolchainError, match="nothing was exported for board 'esp32_emulated'") as failure:
        build_firmware(board, empty)
    assert "tinyml export RUN --target esp32_emulated" in failure.value.cure
