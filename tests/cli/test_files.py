"""Files are whole or absent, whatever happens to the writer."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tinyml.errors import TinymlError
from tinyml.files import (
    MARK,
    read_json,
    remove_abandoned,
    replacing,
    replacing_folder,
    sha256,
    write_json,
    write_text,
)


def test_failure_keeps_the_old_file_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "model.bin"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError), replacing(target) as temporary:
        temporary.write_bytes(b"half of the new")
        raise RuntimeError
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["model.bin"]


def test_killed_writer_leaves_no_file_of_that_name(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom tinyml.files import replacing\n"
        f"with replacing({str(tmp_path / 'model.bin')!r}) as temporary:\n"
        "    temporary.write_bytes(b'half')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "model.bin").exists()


def test_the_next_writer_removes_what_a_killed_one_left_and_nothing_else(tmp_path: Path) -> None:
    kinds = ("replacing(target)", "replacing_folder(target)", "temporary_folder('host', target.parent)")
    for kind in kinds:
        code = (
            "import os, signal, sys\nfrom pathlib import Path\nfrom tinyml.files import *\n"
            f"target = Path({str(tmp_path / 'model.bin')!r})\n"
            f"with {kind}:\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == -signal.SIGKILL
    (tmp_path / ".model.bin.settings").write_text("a person's own")
    left = {path for path in tmp_path.iterdir() if MARK in path.name}
    assert len(left) == len(kinds)
    with replacing(tmp_path / "model.bin") as own:
        for path in tmp_path.iterdir():  # long ago, the one at work included
            os.utime(path, (0, 0))
        remove_abandoned.cache_clear()
        remove_abandoned(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {own.name, ".model.bin.settings"}


def test_folder_replaces_folder(tmp_path: Path) -> None:
    target = tmp_path / "export"
    for content in ("first", "second"):
        with replacing_folder(target) as temporary:
            (temporary / "file").write_text(content)
    assert (target / "file").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_refusals_become_one_message_with_a_cure(tmp_path: Path, monkeypatch, code: int) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(TinymlError) as caught:
        write_text(tmp_path / "x.txt", "text")
    assert "x.txt" in caught.value.what
    assert caught.value.cure
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("not a folder")
    with pytest.raises(TinymlError):
        write_text(tmp_path / "runs" / "x.txt", "text")


def test_json_records_where_it_came_from(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(b"abc")
    write_json(tmp_path / "plan.json", {"macs": 1}, inputs={"model": tmp_path / "model.tflite"})
    data = read_json(tmp_path / "plan.json")
    assert data["macs"] == 1
    # The SHA-256 of "abc", FIPS 180-2 appendix B.1.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert data["provenance"]["inputs"]["model"] == {"file": "model.tflite", "sha256": expected}
    assert sha256(tmp_path / "model.tflite") == expected


@pytest.mark.parametrize("text", ["", "{", "[1]", "\x00"])
def test_damaged_json_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(TinymlError, match=r"plan\.json"):
        read_json(tmp_path / "plan.json")


def test_nan_never_reaches_a_json_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        write_json(tmp_path / "metrics.json", {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == []
