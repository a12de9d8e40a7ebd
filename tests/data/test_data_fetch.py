"""Fetching data sets: from a server of the test's own, with everything that can go wrong on the way."""

import dataclasses
import functools
import hashlib
import http.server
import io
import os
import signal
import stat
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinyml.data import read_picture
from tinyml.data.archives import unpack
from tinyml.data.cifar10 import BATCHES, RECORD_BYTES
from tinyml.data.description import Copy, Description, Fetch, load_description
from tinyml.data.fetch import fetch
from tinyml.data.load import read_dataset
from tinyml.errors import DataError

STALL = "/stall/"  # the server sends half of such a file and then nothing more


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        stall = self.path.startswith(STALL)
        body = (Path(self.directory) / self.path.removeprefix(STALL).lstrip("/")).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if stall else body)
        self.wfile.flush()
        if stall:
            time.sleep(20)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """Return the address of a web server on this machine and the folder that it serves."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Handler, directory=folder)
    ) as running:
        running.daemon_threads = True
        running.block_on_close = False
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}", folder
        running.shutdown()


def png(colour: str = "red") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(stream, "PNG")
    return stream.getvalue()


def tar_of(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as members:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            members.addfile(member, io.BytesIO(data))
    return stream.getvalue()


PICTURES = {
    "flowers/train/rose/0.png": png(),
    "flowers/train/tulip/0.png": png(),
    "flowers/test/rose/0.png": png(),
    "flowers/readme.txt": b"by hand",
}


def flowers(address: str, archive: bytes, file: str = "flowers.tar.gz", **changes) -> Description:
    """Describe a data set whose archive the server has."""
    source = Fetch(
        url=f"{address}/{file}", sha256=hashlib.sha256(archive).hexdigest(), **changes.pop("fetch", {})
    )
    fields = {"expected_pictures": {"train": {"rose": 1, "tulip": 1}, "test": {"rose": 1}}, **changes}
    return Description("flowers", "Flowers", "folders", fetch=source, **fields)


def test_an_archive_becomes_a_data_set(server: tuple[str, Path], tmp_path: Path) -> None:
    address, served = server
    archive = tar_of(PICTURES)
    (served / "flowers.tar.gz").write_bytes(archive)
    description = flowers(address, archive)
    path = fetch(description, tmp_path / "cache")
    assert read_dataset(path, description).picture_counts("train") == {"rose": 1, "tulip": 1}
    assert not (path / "readme.txt").exists()
    assert sorted(entry.name for entry in path.parent.iterdir()) == [".flowers.lock", "flowers"]
    (served / "flowers.tar.gz").unlink()
    assert fetch(description, tmp_path / "cache") == path  # it is there: nothing is asked of the server


def test_wrong_bytes_and_wrong_counts_leave_nothing(server: tuple[str, Path], tmp_path: Path) -> None:
    address, served = server
    archive = tar_of(PICTURES)
    (served / "flowers.tar.gz").write_bytes(archive + b"!")
    with pytest.raises(DataError, match="hash"):
        fetch(flowers(address, archive), tmp_path / "cache")
    (served / "flowers.tar.gz").write_bytes(archive)
    more = {"train": {"rose": 2, "tulip": 1}}
    with pytest.raises(DataError, match="1 pictures of rose in train, expected 2"):
        fetch(flowers(address, archive, expected_pictures=more), tmp_path / "cache")
    assert not (tmp_path / "cache" / "flowers").exists()


def test_a_source_that_is_not_there(server: tuple[str, Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="could not be fetched") as caught:
        fetch(flowers("http://127.0.0.1:9", b""), tmp_path / "cache")
    assert "network" in caught.value.cure
    with pytest.raises(DataError, match="sha256"):
        fetch(Description("a", "a", "folders", fetch=Fetch(url="http://127.0.0.1:9/a")), tmp_path / "cache")
    with pytest.raises(DataError, match="no source"):
        fetch(Description("a", "a", "folders"), tmp_path / "cache")


@pytest.mark.parametrize("name", ["../evil.png", "/evil.png", "train/../../evil.png"])
def test_a_tar_that_leads_outside(server: tuple[str, Path], tmp_path: Path, name: str) -> None:
    address, served = server
    archive = tar_of({**PICTURES, name: png()})
    (served / "flowers.tar.gz").write_bytes(archive)
    with pytest.raises(DataError, match="not safe to unpack"):
        fetch(flowers(address, archive), tmp_path / "cache")
    assert not (tmp_path / "cache" / "flowers").exists()
    assert not list(tmp_path.rglob("evil.png")) and not Path("/evil.png").exists()


def test_a_tar_with_a_link(tmp_path: Path) -> None:
    archive = tmp_path / "link.tar"
    with tarfile.open(archive, "w") as members:
        link = tarfile.TarInfo("train")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        members.addfile(link)
    with pytest.raises(DataError, match="not safe"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..\\evil", "C:\\evil"])
def test_a_zip_that_leads_outside(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("good", b"1")
        members.writestr(zipfile.ZipInfo(name), b"2")
    with pytest.raises(DataError, match="not safe"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_zip_with_a_link_a_bomb_and_a_cut_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "link.zip"
    with zipfile.ZipFile(archive, "w") as members:
        member = zipfile.ZipInfo("train")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        members.writestr(member, "/etc")
    with pytest.raises(DataError, match="link"):
        unpack(archive, tmp_path / "out")
    bomb = tmp_path / "bomb.tar.gz"
    bomb.write_bytes(tar_of(PICTURES))
    monkeypatch.setattr("tinyml.data.archives.MAX_UNPACKED_BYTES", 100)
    with pytest.raises(DataError, match="would unpack to"):
        unpack(bomb, tmp_path / "out")
    bomb.write_bytes(bomb.read_bytes()[:100])
    with pytest.raises(DataError, match="not a readable archive"):
        unpack(bomb, tmp_path / "out")


def cifar10(per_batch: int) -> tuple[bytes, np.ndarray]:
    """Return a small archive in CIFAR-10's binary layout, and the records of its first batch."""
    random = np.random.default_rng(0)
    records = random.integers(0, 256, (len(BATCHES), per_batch, RECORD_BYTES), dtype=np.uint8)
    records[..., 0] = np.arange(per_batch) % 2
    files = {f"bin/{name}": rows.tobytes() for name, rows in zip(BATCHES, records)}
    return tar_of({**files, "bin/batches.meta.txt": b"cat\ndog\n\n"}), records[0]


def describe_cifar10(address: str, archive: bytes, **changes) -> Description:
    expected = {"train": {"cat": 10, "dog": 10}, "test": {"cat": 2, "dog": 2}}
    return flowers(
        address,
        archive,
        **{
            "expected_pictures": expected,
            "copies": (Copy("cifar10.zip"),),
            "fetch": {"layout": "cifar10-binary"},
            **changes,
        },
    )


def test_cifar10s_binary_archive_becomes_a_zip_of_the_same_pixels(
    server: tuple[str, Path], tmp_path: Path
) -> None:
    address, served = server
    archive, first_batch = cifar10(4)
    (served / "flowers.tar.gz").write_bytes(archive)
    description = describe_cifar10(address, archive)
    dataset = read_dataset(fetch(description, tmp_path / "cache"), description)
    assert dataset.classes == ("cat", "dog")
    pixels = first_batch[2, 1:].reshape(3, 32, 32).transpose(1, 2, 0)
    assert np.array_equal(read_picture(dataset.folder / "train" / "cat" / "0001.png"), pixels)


def test_a_cifar10_archive_with_a_cut_batch(server: tuple[str, Path], tmp_path: Path) -> None:
    address, served = server
    archive = tar_of({**dict.fromkeys(BATCHES, b"x" * (RECORD_BYTES + 1)), "batches.meta.txt": b"cat dog"})
    (served / "flowers.tar.gz").write_bytes(archive)
    with pytest.raises(DataError, match="within a record"):
        fetch(describe_cifar10(address, archive), tmp_path / "cache")
    assert not (tmp_path / "cache" / "cifar10.zip").exists()


FETCH = """
import sys
from pathlib import Path
from tinyml.data.description import Description, Fetch
from tinyml.data.fetch import fetch
fetch(Description("flowers", "Flowers", "folders", fetch=Fetch(url=sys.argv[1], sha256=sys.argv[2])), Path(sys.argv[3]))
"""


def test_a_fetch_killed_halfway_is_not_taken_for_whole(server: tuple[str, Path], tmp_path: Path) -> None:
    address, served = server
    noise = np.random.default_rng(0).bytes(400_000)
    archive = tar_of({**PICTURES, "flowers/noise.bin": noise})
    (served / "flowers.tar.gz").write_bytes(archive)
    description, cache = flowers(address, archive), tmp_path / "cache"
    arguments = [f"{address}{STALL}flowers.tar.gz", hashlib.sha256(archive).hexdigest(), str(cache)]
    process = subprocess.Popen([sys.executable, "-c", FETCH, *arguments], env=os.environ)
    try:
        deadline = time.monotonic() + 30
        while not any(path.stat().st_size > 100_000 for path in cache.glob(".flowers.download/*")):
            assert process.poll() is None and time.monotonic() < deadline, "the download never started"
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (cache / "flowers").exists()
    assert not (cache / ".flowers.download" / "flowers.tar.gz").exists()
    path = fetch(description, cache)
    assert sorted(entry.name for entry in cache.iterdir()) == [".flowers.lock", "flowers"]
    assert read_dataset(path, description).picture_counts("test") == {"rose": 1, "tulip": 0}


def test_fruit_comes_from_kaggle_in_the_layout_that_it_has_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kagglehub = pytest.importorskip("kagglehub")
    few = {split: {"apple": 2, "banana": 1} for split in ("train", "test")}
    description = dataclasses.replace(load_description("fruit"), expected_pictures=few, expected_boxes=few)
    downloaded = tmp_path / "kaggle"
    for split in few:
        folder = downloaded / f"{split}_zip" / split
        folder.mkdir(parents=True)
        for name in ("apple_1", "apple_2", "banana_1"):
            (folder / f"{name}.jpg").write_bytes(png())
            box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
            node = f"<object><name>{name.split('_')[0]}</name>{box}</object>"
            (folder / f"{name}.xml").write_text(f"<annotation>{node}</annotation>")
    asked = []
    monkeypatch.setattr(kagglehub, "dataset_download", lambda handle: asked.append(handle) or str(downloaded))
    path = fetch(description, tmp_path / "cache")
    assert asked == ["mbkinaci/fruit-images-for-object-detection"]
    assert sorted(entry.name for entry in path.iterdir()) == ["test", "train"]
    (downloaded / "train_zip" / "train" / "apple_2.jpg").unlink()
    with pytest.raises(DataError, match="1 pictures of apple in train, expected 2"):
        fetch(description, tmp_path / "other")
    assert not (tmp_path / "other" / "fruit").exists()

    def refuse(handle: str) -> str:
        raise RuntimeError("403")

    monkeypatch.setattr(kagglehub, "dataset_download", refuse)
    with pytest.raises(DataError, match="403"):
        fetch(description, tmp_path / "third")
