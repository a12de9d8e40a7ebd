"""Pipes, devices and folders where a file should be: one message at once, and no memory filled."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tinyml.data import read_picture
from tinyml.errors import TinymlError
from tinyml.files import read_bytes, read_json
from tinyml.paths import read_toml

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no pipes and devices as files")


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/random"])
def test_devices(device: str) -> None:
    with pytest.raises(OSError, match="it is a device, not a file"):
        read_bytes(device, 100)


def test_a_pipe_in_every_reader(pipe: Path) -> None:
    with pytest.raises(OSError, match="it is a pipe, not a file"):
        read_bytes(pipe, 100)
    for reader in (read_json, read_toml, read_picture):
        with pytest.raises(TinymlError) as caught:
            reader(pipe)
        assert "pipe" in caught.value.what and caught.value.cure


def test_more_than_the_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(101))
    assert len(read_bytes(tmp_path / "file", 101)) == 101
    with pytest.raises(OSError, match="larger than 100 bytes"):
        read_bytes(tmp_path / "file", 100)


def run(*arguments: str, stdout: str | None = None) -> subprocess.CompletedProcess[str]:
    out = Path(stdout).open("w") if stdout else subprocess.PIPE  # noqa: SIM115
    return subprocess.run(
        [sys.executable, "-m", "tinyml.cli", *arguments],
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )


def test_a_model_that_is_a_pipe(pipe: Path, tmp_path: Path) -> None:
    done = run("compile", str(pipe), "--out", str(tmp_path / "out"))
    assert done.returncode == 1 and "it is a pipe, not a file" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_full_disk_behind_standard_output(options: list[str]) -> None:
    done = run("boards", *options, stdout="/dev/full")
    assert done.returncode == 1
    assert "cannot be written: No space left on device" in done.stderr and "Traceback" not in done.stderr
