"""The firmware's build: PlatformIO in a process of its own, with everything it needs inside the project."""

import contextlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from tinyml import processes
from tinyml.boards import Board
from tinyml.device.budget import cure
from tinyml.device.project import shared_objects, workspace
from tinyml.errors import BudgetError, DeviceError, ToolchainError
from tinyml.paths import ExportFiles, share_dir
from tinyml.progress import note

OVER_BUDGET = "over budget: "  # how scripts/budget.py begins the line that ends a build
REGISTRY_PATIENCE_S = 3.0
BOOT_MODE = (
    "connect GPIO0 to GND, press reset, and flash again; afterwards take GPIO0 off GND and press reset"
)
UPLOAD_SIGNS = {  # esptool's own words, and what they mean
    "Wrong boot mode detected": ("the board runs its program instead of waiting for a new one", BOOT_MODE),
    "Failed to connect to": ("the board does not answer the upload", BOOT_MODE),
    "No serial data received": (
        "nothing comes from the board: it has no power, or TX and RX are exchanged",
        BOOT_MODE,
    ),
    "Could not open": (
        "the serial port cannot be opened",
        "close every monitor on it, and check its permissions",
    ),
    "port is busy": ("another program uses the serial port", "close every monitor on it, then flash again"),
    "Invalid head of packet": (
        "the serial line loses bytes during the upload",
        "use a shorter cable, and 5 V with 1 A",
    ),
    "chip stopped responding": (
        "the board went away during the upload",
        "give it 5 V and 1 A through a short cable",
    ),
    "This chip is ESP32": (
        "the board at this port has another chip",
        "choose its board with --target: tinyml boards",
    ),
}


def program_path(board: Board, firmware: Path | None = None) -> Path:
    """Return where the linked firmware of `board` lies once it is built."""
    name = "program" if board.environment == "host" else "firmware.elf"
    return (firmware or share_dir("firmware")) / ".pio" / "build" / board.environment / name


def generated_dir(board: Board, firmware: Path | None = None) -> Path:
    """Return the folder in which a build expects what an export wrote.

    Without a project: where `pio run` in the installation finds it, or, where that cannot be written, one beside the builds.
    """
    if firmware is None:
        firmware = share_dir("firmware")
        firmware = firmware if os.access(firmware, os.W_OK) else workspace()
    return firmware / "generated" / board.environment


def build_firmware(
    board: Board, firmware: Path | None = None, *options: str, core: Path | None = None
) -> Path:
    """Build the firmware of `board` from what was exported for it and return the linked program.

    `firmware` is the project, `options` are PlatformIO's, `core` its folder of compilers where that is not the project's.
    Raises ToolchainError where a platform is missing or a compiler fails, BudgetError where it does not fit.
    """
    firmware = firmware or share_dir("firmware")
    if not ExportFiles(generated_dir(board, firmware)).application.is_file():
        raise ToolchainError(
            f"nothing was exported for board '{board.name}'", cure=f"tinyml export RUN --target {board.name}"
        )
    require_platform(board, firmware, core)
    note(f"pio run -e {board.environment} {' '.join(options)}".rstrip())
    named = _configuration(board, firmware)
    done = _pio(firmware, core, "-m", "platformio", "run", "-e", board.environment, *named, *options)
    if done.returncode:
        raise _failure(board, firmware, f"{done.stdout}\n{done.stderr}")
    return program_path(board, firmware)


def _configuration(board: Board, firmware: Path) -> list[str]:
    """Return the option that names a copy of platformio.ini with an environment for a board that it does not have."""
    text = (firmware / "platformio.ini").read_text(encoding="utf-8")
    if f"[env:{board.environment}]" in text:
        return []
    own = firmware / ".pio" / f"{board.environment}.ini"
    own.parent.mkdir(exist_ok=True)
    own.write_text(f"{text}\n[env:{board.environment}]\nextends = {board.extends}\n", encoding="utf-8")
    return ["-c", str(own)]


def _failure(board: Board, firmware: Path, said: str) -> BudgetError | DeviceError | ToolchainError:
    """Return what a failure means: over budget by the budget step's words or the linker's, a board that takes no
    firmware, or another error."""
    for sign, (problem, remedy) in UPLOAD_SIGNS.items():
        if sign in said:
            return DeviceError(problem, cure=remedy)
    for line in said.splitlines():
        if line.startswith(OVER_BUDGET):
            what, _, remedy = line.removeprefix(OVER_BUDGET).partition(" | ")
            return BudgetError(what, cure=remedy)
    overflows = re.findall(r"region `(\w+)' overflowed by (\d+) bytes", said)
    over = [
        (region, int(excess))
        for name, excess in overflows
        for region in board.regions
        if name in region.linker
    ]
    if over:
        what = "; ".join(
            f"{region.name} by {excess:,} bytes ({region.limit_bytes + excess:,} of {region.limit_bytes:,})"
            for region, excess in over
        )
        return BudgetError(what, cure=cure(over[0][0], board))
    errors = [line for line in said.splitlines() if "error" in line.lower()][:10]
    return ToolchainError(
        f"the build of '{board.environment}' failed: " + "\n".join(errors or said.splitlines()[-10:]),
        cure=f"in {firmware}: pio run -e {board.environment} shows the full output",
    )


def _pio(firmware: Path, core: Path | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a project, with PlatformIO's folder made ready for work without a network."""
    core = (core or firmware / ".pio-core").resolve()
    environment = {
        **os.environ,
        "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "No",
        "PYTHONUNBUFFERED": "1",
        "PLATFORMIO_CORE_DIR": str(core),
        "TINYML_OBJECTS": str(shared_objects()),
    }
    with FileLock(core.with_name(f"{core.name}.lock")):
        prepare = [sys.executable, "platform/prepare_core.py", str(core)]
        processes.run(prepare, cwd=firmware, env=environment, text=True)
    return processes.run([sys.executable, *arguments], cwd=firmware, env=environment, text=True)


def have_platform(board: Board, firmware: Path, core: Path | None = None) -> bool:
    """Tell, without a network, whether the PlatformIO platform that builds for a board is installed."""
    if board.emulated:
        return True  # it comes with the project
    configuration = _configuration(board, firmware)[1:]
    script = ("scripts/have_platform.py", board.environment, *configuration)
    return _pio(firmware, core, *script).returncode == 0


def require_platform(board: Board, firmware: Path, core: Path | None = None) -> None:
    """Raise ToolchainError, at once, where the board's PlatformIO platform is not installed and cannot be fetched."""
    if have_platform(board, firmware, core) or registry_answers():
        return
    raise ToolchainError(
        f"PlatformIO's platform for board '{board.name}' is not installed, and there is no network to fetch it",
        cure=f"once, with a network: pio pkg install -e {board.environment} (in {firmware}); "
        "without: tinyml build RUN --target esp32_emulated runs the same code on an emulated ESP32",
    )


def registry_answers() -> bool:
    """Tell within three seconds whether PlatformIO's registry can be reached."""
    from platformio import __registry_mirror_hosts__

    for host in __registry_mirror_hosts__:
        with contextlib.suppress(OSError):
            socket.create_connection((f"api.{host}", 443), timeout=REGISTRY_PATIENCE_S).close()
            return True
    return False
