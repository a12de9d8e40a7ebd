"""`tinyml doctor`: what this computer has, what it lacks, and what to do about it."""

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import rich_click as click
from rich.table import Table

from tinyml.commands import Result

FREE_BYTES = 2 * 1024**3  # a run, its conversion and a firmware build together take less


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: "ok", "missing" (something is not possible) or "broken" (nothing much works)."""

    what: str
    state: str
    detail: str
    cure: str = ""


def python() -> Iterator[Finding]:
    """The interpreter, for a report of what was met where."""
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def packages() -> Iterator[Finding]:
    """The packages that tinyml asks for, in the versions that it pins."""
    wrong = []
    for requirement in metadata.requires("tinyml") or []:
        if "extra ==" in requirement:
            continue
        name, pinned = re.match(r"([\w.-]+)(?:==([\w.]+))?", requirement).groups()  # type: ignore[union-attr]
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        if pinned and version != pinned:
            wrong.append(f"{name} is {version}, pinned is {pinned}")
    if wrong:
        yield Finding("packages", "broken", "; ".join(wrong), "install tinyml again: pip install -e .")
    else:
        yield Finding("packages", "ok", "all there, in the pinned versions")


def compilers() -> Iterator[Finding]:
    """Compilers and emulators, by what they are for."""
    wanted: dict[str, list[tuple[str, ...]]] = {
        "the C stage on this computer": [("cc", "gcc", "clang")],
        "emulated ESP32": [("clang-22",), ("llc-22",), ("xtensa-lx106-elf-ld",), ("qemu-system-xtensa",)],
        "emulated Cortex-M4": [("arm-none-eabi-gcc",), ("qemu-system-arm",)],
        "emulated RV32": [("riscv64-unknown-elf-gcc",), ("qemu-system-riscv32",)],
    }
    for purpose, tools in wanted.items():
        missing = [choices[0] for choices in tools if not any(map(shutil.which, choices))]
        if missing:
            yield Finding(purpose, "missing", ", ".join(missing), "on Debian: tools/install_debian.sh")
        else:
            yield Finding(purpose, "ok", "compiler and emulator" if len(tools) > 1 else "compiler")


def folders() -> Iterator[Finding]:
    """The folders that are written to, and the space there."""
    from tinyml.paths import cache_dir, runs_dir

    for what, folder in {
        "runs": runs_dir(),
        "cache": cache_dir(),
        "temporary files": Path(tempfile.gettempdir()),
    }.items():
        there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
        free = shutil.disk_usage(there).free
        if not os.access(there, os.W_OK):
            yield Finding(
                what, "broken", f"{there} cannot be written", "choose another folder, or its permissions"
            )
        elif free < FREE_BYTES:
            yield Finding(what, "missing", f"{folder}: {free / 1e9:.1f} GB free", "free at least 2 GB")
        else:
            yield Finding(what, "ok", f"{folder}: {free / 1e9:.0f} GB free")


def platformio() -> Iterator[Finding]:
    """What PlatformIO needs for a real board."""
    from tinyml.device.diagnose import platformio

    yield from (Finding(**vars(one)) for one in platformio())


def boards(port: str | None) -> Iterator[Finding]:
    """Serial ports, and the boards that answer there."""
    from tinyml.device.diagnose import boards

    yield from (Finding(**vars(one)) for one in boards(port))


# Each yields its findings, in the order in which they are shown; the boards come last.
CHECKS: list[Callable[[], Iterator[Finding]]] = [python, packages, compilers, folders, platformio]
MARKS = {"ok": "[green]ok[/]", "missing": "[yellow]missing[/]", "broken": "[red]broken[/]"}


@click.command("doctor")
@click.option("--port", help="Look for a board at this port only: /dev/ttyUSB0, socket://host:port.")
def command(port: str | None) -> Result:
    """Look at this computer and its boards: packages, compilers, emulators, ports; say what is missing and the cure.

    "missing" makes one thing impossible, "broken" stops the main job and ends with exit code 1.
    """
    findings = [finding for check in CHECKS for finding in check()] + list(boards(port))
    table = Table(title="doctor", title_justify="left")
    for column in ("what", "state", "found", "cure"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        table.add_row(finding.what, MARKS[finding.state], finding.detail, finding.cure)
    broken = any(finding.state == "broken" for finding in findings)
    return Result({"findings": [asdict(finding) for finding in findings]}, [table], exit_code=int(broken))
