"""What this computer has, what it lacks, and what to do about it."""

import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from tinyml.device import diagnose
from tinyml.errors import Finding
from tinyml.layers import ADDS, missing, named
from tinyml.paths import cache_dir, runs_dir

FREE_BYTES = 2 * 1024**3  # a run, its conversion and a firmware build together take less


def python() -> Iterator[Finding]:
    """The interpreter, for a problem report."""
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def packages() -> Iterator[Finding]:
    """The packages that tinyml requires, in the versions that it pins."""
    wrong = []
    for requirement in metadata.requires("tinyml") or []:
        extra = re.search(r"""extra == ['"](.+?)['"]""", requirement)
        if extra and extra.group(1) != "train":
            continue
        name, pinned = re.match(r"([\w.-]+)(?:==([\w.]+))?", requirement).groups()  # type: ignore[union-attr]
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            if extra:  # that it is not there is what `layers` says
                continue
            wrong.append(f"{name} is missing")
            continue
        if pinned and version != pinned:
            wrong.append(f"{name} is {version}, pinned is {pinned}")
    if wrong:
        yield Finding(
            "packages", "broken", "; ".join(wrong), "install tinyml again: pip install --upgrade tinyml"
        )
    else:
        yield Finding("packages", "ok", "all there, in the pinned versions")


def layers() -> Iterator[Finding]:
    """What is installed beside the compiler and the device side."""
    for extra, adds in ADDS.items():
        if absent := missing(extra):
            cure = f"pip install 'tinyml[{extra}]'"
            yield Finding(f"tinyml[{extra}]", "missing", f"{adds}: no {named(absent)}", cure)
        else:
            yield Finding(f"tinyml[{extra}]", "ok", adds)


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
    for what, folder in {
        "runs": runs_dir(),
        "cache": cache_dir(),
        "temporary files": Path(tempfile.gettempdir()),
    }.items():
        there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
        free = shutil.disk_usage(there).free
        if not os.access(there, os.W_OK):
            yield Finding(
                what,
                "broken",
                f"{there} cannot be written",
                "choose another folder, or change its permissions",
            )
        elif free < FREE_BYTES:
            yield Finding(what, "missing", f"{folder}: {free / 1e9:.1f} GB free", "free at least 2 GB")
        else:
            yield Finding(what, "ok", f"{folder}: {free / 1e9:.0f} GB free")


# Each yields its findings, in the order in which they are shown; the boards come last.
CHECKS: list[Callable[[], Iterator[Finding]]] = [
    python,
    packages,
    layers,
    compilers,
    folders,
    diagnose.platformio,
]


def examine(port: str | None = None) -> list[Finding]:
    """Return everything that was looked at, the boards last: those at all serial ports, or at `port` alone."""
    return [finding for check in CHECKS for finding in check()] + list(diagnose.boards(port))
