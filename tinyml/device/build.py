"""The firmware's build: PlatformIO in a process of its own, with everything it needs inside the project."""

import contextlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from tinyml import processes
from tinyml.boards import Board
from tinyml.device.budget import cure
from tinyml.errors import BudgetError, ToolchainError
from tinyml.paths import ExportFiles, share_dir
from tinyml.progress import note

OVER_BUDGET = "over budget: "  # how scripts/budget.py begins the line that ends a build
REGISTRY_PATIENCE_S = 3.0


def program_path(board: Board, firmware: Path | None = None) -> Path:
    """Return where the linked firmware of `board` lies once it is built."""
    name = "program" if board.environment == "host" else "firmware.elf"
    return (firmware or share_dir("firmware")) / ".pio" / "build" / board.environment / name


def generated_dir(board: Board, firmware: Path | None = None) -> Path:
    """Return the folder in which a build expects what an export wrote."""
    return (firmware or share_dir("firmware")) / "generated" / board.environment


@contextlib.contextmanager
def one_at_a_time(firmware: Path) -> Iterator[None]:
    """Hold a project's build folder: two builds in it at a time would mix."""
    (firmware / ".pio").mkdir(parents=True, exist_ok=True)
    with FileLock(firmware / ".pio" / "build.lock"):
        yield


def build_firmware(board: Board, firmware: Path | None = None, *options: str) -> Path:
    """Build the firmware of `board` from what was exported for it and return the linked program.

    `options` are PlatformIO's. Raises ToolchainError where a platform is missing or a compiler fails, BudgetError where
    it does not fit.
    """
    firmware = firmware or share_dir("firmware")
    if not ExportFiles(generated_dir(board, firmware)).application.is_file():
        raise ToolchainError(
            f"nothing was exported for board '{board.name}'", cure=f"tinyml export RUN --target {board.name}"
        )
    with one_at_a_time(firmware):
        _python(firmware, "platform/prepare_core.py")
        require_platform(board, firmware)
        note(f"pio run -e {board.environment} {' '.join(options)}".rstrip())
        done = _python(
            firmware,
            "-m",
            "platformio",
            "run",
            "-e",
            board.environment,
            *_configuration(board, firmware),
            *options,
        )
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


def _failure(board: Board, firmware: Path, said: str) -> BudgetError | ToolchainError:
    """Return what a failed build means: over budget by the budget step's words or the linker's, or another error."""
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
        return BudgetError(what, cure=cure(over[0][0]))
    errors = [line for line in said.splitlines() if "error" in line.lower()][:10]
    return ToolchainError(
        f"the build of '{board.environment}' failed: " + "\n".join(errors or said.splitlines()[-10:]),
        cure=f"in {firmware}: pio run -e {board.environment} shows all of it",
    )


def _python(firmware: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "No", "PYTHONUNBUFFERED": "1"}
    environment.pop("PLATFORMIO_CORE_DIR", None)  # the project's own is what holds its platform
    return processes.run([sys.executable, *arguments], cwd=firmware, env=environment, text=True)


def have_platform(board: Board, firmware: Path) -> bool:
    """Tell, without a network, whether the PlatformIO platform that builds for a board is installed."""
    configuration = _configuration(board, firmware)[1:]
    return _python(firmware, "scripts/have_platform.py", board.environment, *configuration).returncode == 0


def require_platform(board: Board, firmware: Path) -> None:
    """Raise ToolchainError, at once, where the board's PlatformIO platform is not here and cannot be fetched."""
    if have_platform(board, firmware) or registry_answers():
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
