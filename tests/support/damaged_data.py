"""Data sets of every format with a file damaged: what a fuzzer feeds the readers, made again by its seed."""

import io
import shutil
import tarfile
import traceback
from pathlib import Path

import numpy as np
from PIL import Image

from support.annotated import WRITERS, make_pictures, zipped
from tinyml.data import load_dataset, read_picture
from tinyml.errors import TinymlError

PICTURE_KINDS = {
    "jpg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "bmp": "BMP",
    "ppm": "PPM",
    "gif": "GIF",
    "tif": "TIFF",
    "avif": "AVIF",
}
# What breaks parsers, put in place of a piece.
POISON = (
    b"", b"\x00", b"\xff\xfe", b"NaN", b"1e999", b"-1", b"99999999999999999999", b"null", b"[]", b"{}", b'""', b"true", b"<",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"[" * 2000, b"\n", b",,,,", b"\xe8\x8b", b"!!python/object/apply:os.system [x]", b"../../x",
)  # fmt: skip


class Corpus:
    """Whole data sets to damage: each format as a folder and as a zip file, a tar file, and class folders of every kind of picture."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources: list[Path] = []
        for number, (_, write) in enumerate(WRITERS.values()):
            place = folder / f"whole{number}"
            write(place, [picture for picture in make_pictures() if picture.name[-1] in "0123"])
            self.sources += [place, zipped(place)]
        with tarfile.open(folder / "whole0.tar.gz", "w:gz") as members:
            members.add(folder / "whole0", "mine")
        self.sources.append(folder / "whole0.tar.gz")
        noise = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
        place = folder / "pictures"
        for split in ("train", "test"):
            for label in ("a", "b"):
                (place / split / label).mkdir(parents=True)
                for suffix, kind in PICTURE_KINDS.items():
                    stream = io.BytesIO()
                    Image.fromarray(noise).save(stream, kind)
                    (place / split / label / f"{suffix}.{suffix}").write_bytes(stream.getvalue())
        self.sources += [place, zipped(place)]


def damaged(random: np.random.Generator, original: bytes) -> bytes:
    """Return the bytes with some changed, cut out, repeated or replaced by what breaks parsers."""
    data = bytearray(original)
    for _ in range(random.integers(1, 5)):
        start = int(random.integers(0, len(data) + 1))
        end = min(start + int(random.integers(0, 30)), len(data))
        match random.integers(5):
            case 0:
                data[start : start + 1] = random.bytes(1)
            case 1:
                del data[start:end]
            case 2:
                data[start:end] = POISON[int(random.integers(len(POISON)))]
            case 3:
                data[start:start] = data[start:end] * 2
            case 4:
                del data[start:]
    return bytes(data)


def read_damaged(corpus: Corpus, seed: int) -> tuple[str, str]:
    """Damage one file of one set, read the set and a picture, and return ("read" or "refused" or "failed", what was said)."""
    random = np.random.default_rng(seed)
    source = corpus.sources[int(random.integers(len(corpus.sources)))]
    target = corpus.folder / f"damaged{''.join(source.suffixes)}"
    if source.is_dir():
        shutil.copytree(source, target)
        files = sorted(path for path in target.rglob("*") if path.is_file())
        annotations = [
            path
            for path in files
            if path.suffix.lower() not in (".jpg", *(f".{name}" for name in PICTURE_KINDS))
        ]
        chosen = annotations if annotations and random.random() < 0.8 else files
        victim = chosen[int(random.integers(len(chosen)))]
    else:
        shutil.copy(source, target)
        victim = target
    victim.write_bytes(damaged(random, victim.read_bytes()))
    try:
        dataset = load_dataset(
            target, skip_bad=bool(random.random() < 0.3), negatives=bool(random.random() < 0.2)
        )
        for split in dataset.splits:
            for sample in dataset.split(split):
                read_picture(sample.path)
        return "read", ""
    except TinymlError as error:
        return ("refused", error.what) if error.what else ("failed", "a message without words")
    except Exception:
        return "failed", f"{victim.relative_to(corpus.folder)}\n{traceback.format_exc()}"
    finally:
        shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
        shutil.rmtree(corpus.folder / "cache", ignore_errors=True)
