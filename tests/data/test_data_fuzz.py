"""Damaged bytes: whatever a file holds, it is read or refused by name, and nothing else happens."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.damaged_data import Corpus, read_damaged

from tinyml.data import read_picture
from tinyml.data.formats.voc import read_annotation
from tinyml.data.pictures import picture_size
from tinyml.errors import DataError

ROUNDS = int(os.environ.get("TINYML_FUZZ_ROUNDS", "250"))
ANNOTATION = (
    b"<annotation><object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax>"
    b"</bndbox></object></annotation>"
)


def damaged(random: np.random.Generator, original: bytes) -> bytes:
    """Return the bytes with some changed, cut off, repeated or put in."""
    data = bytearray(original)
    for _ in range(random.integers(1, 6)):
        place = int(random.integers(0, len(data) + 1))
        match random.integers(4):
            case 0:
                data[place : place + 1] = random.bytes(1)
            case 1:
                data[place : place + int(random.integers(1, 40))] = b""
            case 2:
                data[place:place] = random.bytes(int(random.integers(1, 8)))
            case 3:
                data[place:place] = data[: int(random.integers(1, 30))]
    return bytes(data)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of odd metadata
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "PPM", "GIF"])
def test_damaged_pictures(kind: str, tmp_path: Path) -> None:
    random = np.random.default_rng(len(kind))
    stream = io.BytesIO()
    noise = random.integers(0, 256, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(noise).save(stream, kind)
    refused = 0
    for number in range(ROUNDS):
        path = tmp_path / f"picture{number}.jpg"
        path.write_bytes(damaged(random, stream.getvalue()))
        for read in (picture_size, read_picture):
            try:
                read(path)
            except DataError as error:
                assert str(path) in error.what
                refused += 1
    assert refused > 0


def test_damaged_annotations(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    refused = 0
    for number in range(4 * ROUNDS):
        path = tmp_path / f"{number}.xml"
        path.write_bytes(damaged(random, ANNOTATION))
        try:
            read_annotation(path)
        except DataError as error:
            assert str(path) in error.what
            refused += 1
    assert refused > ROUNDS


def test_damaged_data_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short run of tools/fuzz_data.py."""
    monkeypatch.setenv("TINYML_CACHE", str(tmp_path / "cache"))
    corpus, counts = Corpus(tmp_path), {"read": 0, "refused": 0}
    for seed in range(1, ROUNDS // 2):
        outcome, told = read_damaged(corpus, seed)
        assert outcome != "failed", f"seed {seed}: {told}"
        counts[outcome] += 1
    assert min(counts.values()) > 5
