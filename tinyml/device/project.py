"""The firmware's project for one run: a copy of the sources in a folder of its own, where only that run is built.

Builds of two runs at the same time cannot mix, an installation that cannot be written is no obstacle, and PlatformIO,
which expands `$` and other characters in paths, sees none of them.
"""

import contextlib
import getpass
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from filelock import FileLock

from tinyml import __version__
from tinyml.errors import ToolchainError
from tinyml.paths import cache_dir, share_dir

SOURCES = ("platformio.ini", "include", "src", "lib", "scripts", "platform")
SAFE = re.compile(r"[\w./\\:~+-]+", re.ASCII)  # what PlatformIO, SCons and a shell take as it is


def workspace() -> Path:
    """Return the folder that builds write to: in the checkout, else in the user's cache, else in the temporary folder."""
    firmware = share_dir("firmware").resolve()
    if os.access(firmware, os.W_OK) and SAFE.fullmatch(str(firmware)):
        return firmware / ".pio"
    name = f"firmware-{_digest(firmware)}"
    cache = cache_dir().absolute()
    if SAFE.fullmatch(str(cache)):
        return cache / name
    own = Path(tempfile.gettempdir()) / f"tinyml-{hashlib.sha256(getpass.getuser().encode()).hexdigest()[:8]}"
    own.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and own.stat().st_uid != os.getuid():
        raise ToolchainError(
            f"{own} belongs to another user", cure="set TINYML_CACHE to a folder of your own"
        )
    return own / name


def shared_core() -> Path:
    """Return PlatformIO's folder of platforms and compilers, which all runs share."""
    firmware = share_dir("firmware").resolve()
    return firmware / ".pio-core" if workspace().parent == firmware else workspace() / "core"


def shared_objects() -> Path:
    """Return the folder of compiled files, which all runs share; a compiler driver of ours that changed begins anew."""
    driver = share_dir("firmware") / "platform" / "builder" / "lx6cc.py"
    folder = workspace() / f"objects-{hashlib.sha256(driver.read_bytes()).hexdigest()[:8]}"
    folder.mkdir(parents=True, exist_ok=True)  # SCons makes the last folder of a path alone
    return folder


def project_folder(run: Path) -> Path:
    """Return the folder of a run's project; it may not exist yet."""
    name = re.sub(r"[^A-Za-z0-9_-]", "-", run.resolve().name)[:32]
    return workspace() / "runs" / f"{name}-{_digest(run.resolve())}"


@cache
def interface() -> str:
    """Return what generated C must have been written for to be built with this firmware: a digest of tinyml's version and
    of the declarations, without their comments, that such C includes."""
    firmware = share_dir("firmware")
    headers = [*sorted(firmware.glob("lib/*/include/*.h")), firmware / "src" / "application.h"]
    code = (re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL) for path in headers)
    return hashlib.sha256("\n".join([__version__, *code]).encode()).hexdigest()[:16]


@contextlib.contextmanager
def run_project(run: Path) -> Iterator[Path]:
    """Give a run's project, its sources up to date, and hold it: one build in it at a time."""
    folder = project_folder(run)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "build.lock"):
        for name in SOURCES:
            _bring_up_to_date(share_dir("firmware") / name, folder / name)
        yield folder


def _bring_up_to_date(source: Path, target: Path) -> None:
    """Make `target` like `source`, touching only what differs: what is unchanged is not compiled again."""
    if source.is_dir():
        wanted = {
            path.name for path in source.iterdir() if path.name not in ("__pycache__", ".pio", ".pio-core")
        }
        target.mkdir(exist_ok=True)
        for gone in {path.name for path in target.iterdir()} - wanted - {"__pycache__"}:
            shutil.rmtree(target / gone) if (target / gone).is_dir() else (target / gone).unlink()
        for name in wanted:
            _bring_up_to_date(source / name, target / name)
    elif not target.is_file() or target.read_bytes() != source.read_bytes():
        shutil.copyfile(source, target)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]
