"""CIFAR-10's binary archive as a zip file of class folders: the same pixels, as PNG."""

import io
import tarfile
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from tinyml.errors import DataError
from tinyml.progress import track

SIDE = 32
RECORD_BYTES = 1 + 3 * SIDE * SIDE  # a label, then the red, green and blue planes
BATCHES = {**{f"data_batch_{number}.bin": "train" for number in range(1, 6)}, "test_batch.bin": "test"}
NAMES = "batches.meta.txt"


def write_cifar10_zip(archive: Path, target: Path) -> None:
    """Write `split/class/NNNN.png` for each record of `archive`; raises DataError where it is damaged."""
    files = _read_batches(archive)
    names = files.pop(NAMES).decode().split()
    counts: Counter[tuple[str, int]] = Counter()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as members:
        for file in track(sorted(files), "writing pictures"):
            records = np.frombuffer(files[file], np.uint8).reshape(-1, RECORD_BYTES)
            for label, pixels in zip(records[:, 0].tolist(), records[:, 1:].reshape(-1, 3, SIDE, SIDE)):
                if label >= len(names):
                    raise DataError(
                        f"{archive}: {file} has label {label} of {len(names)}", cure="fetch it again"
                    )
                key = (BATCHES[file], label)
                stream = io.BytesIO()
                Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))).save(stream, "PNG")
                members.writestr(
                    zipfile.ZipInfo(f"{key[0]}/{names[label]}/{counts[key]:04d}.png"), stream.getvalue()
                )
                counts[key] += 1


def _read_batches(archive: Path) -> dict[str, bytes]:
    """Return the batches' and the names' bytes by file name; nothing is unpacked to disk."""
    files = {}
    try:
        with tarfile.open(archive) as members:
            for member in members:
                name = PurePosixPath(member.name).name
                stream = members.extractfile(member) if name in BATCHES or name == NAMES else None
                if stream is not None:
                    files[name] = stream.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"{archive} is not a readable archive: {error}", cure="fetch it again") from error
    if missing := ({*BATCHES, NAMES} - set(files)):
        raise DataError(f"{archive} has no {', '.join(sorted(missing))}", cure="fetch it again")
    if cut := [name for name in BATCHES if len(files[name]) % RECORD_BYTES]:
        raise DataError(f"{archive}: {', '.join(cut)} is truncated within a record", cure="fetch it again")
    return files
