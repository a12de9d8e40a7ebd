"""The built wheel, unpacked where its user cannot write, in a fresh environment: it builds firmware all the same."""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.emulated import need
from support.tflite_builder import ModelBuilder

ROOT = Path(__file__).parents[2]
# Root may write everywhere: without these two capabilities it obeys the permissions like everybody else.
OBEDIENT = [
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
]


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """The wheel, unpacked into a folder that every user can read and nobody but its owner can write."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheel: pip install tinyml[dev]")
    with tempfile.TemporaryDirectory(prefix="tinyml-wheel-") as name:
        folder, site = Path(name), Path(name) / "site"
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        (wheel,) = folder.glob("*.whl")
        zipfile.ZipFile(wheel).extractall(site)
        folder.chmod(0o755)
        for path in (site, *site.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield site
        for path in (site, *site.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of its own, without anything that this computer's user has cached."""
    folder = Path(tempfile.mkdtemp(prefix="tinyml-home-"))
    yield folder
    shutil.rmtree(folder)


def test_the_wheel_holds_what_it_needs_and_nothing_that_was_built(installed: Path) -> None:
    share = installed / "tinyml" / "_share"
    assert (share / "firmware" / "platformio.ini").is_file() and (share / "datasets" / "fruit").is_dir()
    names = {path.name for path in installed.rglob("*")}
    assert not names & {".pio", ".pio-core", "generated", "__pycache__", "tests"}


@pytest.mark.parametrize("board", ["host", pytest.param("esp32_emulated", marks=pytest.mark.slow)])
def test_a_user_who_cannot_write_there_builds_firmware_from_it(
    board: str, installed: Path, home: Path
) -> None:
    need(board)
    b = ModelBuilder(1)
    (home / "model.tflite").write_bytes(b.finish(b.mean(b.conv(b.input((1, 8, 8, 3)), 4))))
    before = sorted(installed.rglob("*"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(installed),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(home),
    }
    if os.getuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("no setpriv: root can write everywhere")
    obedient = OBEDIENT if os.getuid() == 0 else []
    assert subprocess.run([*obedient, "touch", str(installed / "x")], capture_output=True).returncode != 0
    command = [
        *obedient,
        sys.executable,
        "-m",
        "tinyml.cli",
        "build",
        "--model",
        "model.tflite",
        "--target",
        board,
    ]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    program = {"host": "program", "esp32_emulated": "firmware.elf"}[board]
    assert [path for path in home.rglob(program) if path.is_file()]
    assert sorted(installed.rglob("*")) == before
