"""What can go wrong between this computer and a board: PlatformIO, the port, the board itself."""

import os
from collections.abc import Iterator
from pathlib import Path

from tinyml.boards import board_names, load_board
from tinyml.contracts import Marker, read_checked
from tinyml.device.answers import Info, SelfTest
from tinyml.device.build import have_platform
from tinyml.device.client import WEAK_POWER, Device
from tinyml.device.ports import candidates
from tinyml.errors import DeviceError, Finding
from tinyml.paths import ExportFiles, share_dir

FAILED_RESETS = {
    "brown-out": WEAK_POWER,
    "watchdog": "flash the firmware again; if it hangs again, `tinyml benchmark` shows in which command",
    "crash": "flash the firmware again: tinyml flash RUN --target BOARD",
}
LITTLE_HEAP_BYTES = 16_384  # below this the camera driver cannot restart


def platformio(name: str = "esp32cam") -> Iterator[Finding]:
    """Tell whether a real board's firmware can be built without a network."""
    if have_platform(load_board(name), share_dir("firmware")):
        yield Finding("PlatformIO for the ESP32-CAM", "ok", "installed")
    else:
        yield Finding(
            "PlatformIO for the ESP32-CAM",
            "missing",
            "its platform is not installed; the emulated boards need none",
            f"once, with a network, in {share_dir('firmware')}: pio pkg install -e {name}",
        )


def boards(port: str | None = None) -> Iterator[Finding]:
    """Look at each serial port where a board may be, or at `port` alone."""
    ports = [(port, "as told")] if port else candidates()
    if not ports:
        yield Finding(
            "boards",
            "missing",
            "no USB serial port",
            "plug a board in with a data cable (some only charge), or continue without one: --emulate esp32_emulated",
        )
    for name, description in ports:
        if "://" not in name and Path(name).exists() and not os.access(name, os.R_OK | os.W_OK):
            yield Finding(
                name,
                "missing",
                f"{description}: this user may not open it",
                f"sudo usermod -a -G {Path(name).group()} $USER, then log in again",
            )
            continue
        try:
            with Device(name, silence_s=5) as device:
                device.synchronize(wait_s=5)
                info = device.ask("info", Info)
                selftest = device.ask("selftest", SelfTest, silence_s=120)
        except DeviceError as error:
            yield Finding(name, "missing", error.what, error.cure)
            continue
        yield from judge(name, info, selftest)


def _wants_psram(board: str) -> bool:
    """Say whether a board's camera frames lie in PSRAM; a board that is not known is taken for one."""
    return board not in board_names() or load_board(board).camera.get("memory") != "dram"


def judge(name: str, info: Info, selftest: SelfTest) -> Iterator[Finding]:
    """Say what a board's own answers mean: its firmware, its memory, its last reset, its self test."""
    yield Finding(name, "ok", f"{info.board}, tinyml {info.version}, model '{info.model}' ({info.runtime})")
    marker = ExportFiles(share_dir("firmware") / "generated" / info.board).marker
    if marker.is_file() and (expected := read_checked(marker, Marker)["model_sha256"]) != info.model_sha256:
        yield Finding(
            f"{name}: model",
            "missing",
            f"the board runs {info.model_sha256[:12]}..., the last export is {expected[:12]}...",
            f"flash it: tinyml flash RUN --target {info.board}",
        )
    for sign, cure in FAILED_RESETS.items():
        if info.reset_cause.startswith(sign):
            yield Finding(f"{name}: last reset", "missing", info.reset_cause, cure)
    if (largest := info.largest_internal_block_bytes) is not None and largest < LITTLE_HEAP_BYTES:
        yield Finding(
            f"{name}: memory",
            "missing",
            f"the largest free block is {largest:,} bytes",
            "export with a smaller --size or --width",
        )
    if info.free_psram_bytes == 0 and _wants_psram(info.board):
        yield Finding(
            f"{name}: PSRAM", "missing", "none was found", "the camera needs it: use a board that has it"
        )
    if selftest.passed:
        yield Finding(f"{name}: self test", "ok", "every layer gives the same results as on the PC")
    elif not selftest.colours:
        yield Finding(
            f"{name}: colours", "missing", selftest.colours_differ, "check the camera's cable and its type"
        )
    else:
        yield Finding(
            f"{name}: self test",
            "broken",
            f"{selftest.name} differs from what the PC computed",
            "flash the firmware again; if it persists, the board's memory is faulty",
        )
