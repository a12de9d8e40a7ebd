"""Pictures that look the same though their files differ: scaled, saved again, or taken twice in a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tinyml.data.copies import first_names, same_bytes
from tinyml.data.pictures import preview
from tinyml.data.samples import Dataset, Sample
from tinyml.errors import DataError
from tinyml.progress import track

ALIKE_BITS = 4  # of 64: perceptual hashes that differ in no more are of nearly the same picture
SIDE = 128  # pixels of the preview that is compared
TILES = 16  # and of its picture in small, for a second look
SAME_LEVELS = 4.0  # of 255: small pictures whose mean difference is no larger show the same
PLAIN_LEVELS = 8.0  # of 255: small pictures that vary less show nothing by which they could be told apart
MOST = 3000  # pictures that are compared wherever a data set is read; `tinyml data check` compares any number


@dataclass(frozen=True)
class Looks:
    """How N pictures look: `hashes` bool [N, 64], `small` float32 [N, 16, 16, 3]; `readable` bool [N]."""

    hashes: np.ndarray
    small: np.ndarray
    readable: np.ndarray

    def pairs(self) -> list[tuple[int, int, int]]:
        """Return (one, other, bits that differ) for pictures whose hashes are nearly the same."""
        packed = np.packbits(self.hashes, axis=1).view(np.uint64)[:, 0]
        found = []
        for one in np.flatnonzero(self.readable).tolist():
            differing = np.unpackbits((packed[one + 1 :] ^ packed[one]).view(np.uint8).reshape(-1, 8), axis=1)
            bits = differing.sum(1)
            near = np.flatnonzero((bits <= ALIKE_BITS) & self.readable[one + 1 :]).tolist()
            found += [(one, one + 1 + place, int(bits[place])) for place in near]
        return found

    def same(self, one: int, other: int) -> bool:
        """Return whether two pictures show the same also at a second look, colours included."""
        first, second = self.small[one], self.small[other]
        return bool(first.std() >= PLAIN_LEVELS and np.abs(first - second).mean() <= SAME_LEVELS)


def looks_of(samples: Sequence[Sample]) -> Looks:
    """Return how pictures look; those that cannot be read are like no other. Needs the extra `train`."""
    import imagehash
    from PIL import Image

    hashes = np.zeros((len(samples), 64), bool)
    small = np.zeros((len(samples), TILES, TILES, 3), np.float32)
    readable = np.zeros(len(samples), bool)
    for place, sample in enumerate(track(samples, "comparing pictures", len(samples))):
        try:
            picture = preview(sample.path, SIDE)
        except DataError:  # told where pictures are decoded for more than a comparison
            continue
        hashes[place] = np.asarray(imagehash.phash(picture).hash).reshape(-1)
        small[place] = np.asarray(picture.resize((TILES, TILES), Image.Resampling.BOX), np.float32)
        readable[place] = True
    return Looks(hashes, small, readable)


def alike_notices(dataset: Dataset) -> list[str]:
    """Return a sentence for pictures that show the same in two splits, and one for those with two classes.

    Files of the same bytes are not among them: they were told when the set was read. Nothing is said of more than `MOST`
    pictures, nor where the extra `train` is not installed.
    """
    rows = [(split, sample) for split in dataset.splits for sample in dataset.split(split)]
    if len(rows) > MOST or find_spec("imagehash") is None:
        return []
    looks = looks_of([sample for _, sample in rows])
    across_splits, across_classes = [], []
    for one, other, _ in looks.pairs():
        (split, sample), (other_split, other_sample) = rows[one], rows[other]
        if (split == other_split and sample.label == other_sample.label) or not looks.same(one, other):
            continue
        if same_bytes([sample.path, other_sample.path]):
            continue
        if split != other_split:
            across_splits.append(f"{split}: {sample.path.name} and {other_split}: {other_sample.path.name}")
        if None not in (sample.label, other_sample.label) and sample.label != other_sample.label:
            across_classes.append(f"{_short(sample.path)} and {_short(other_sample.path)}")
    told = []
    if across_splits:
        told.append(
            f"{len(across_splits)} pairs of pictures look the same in two splits, which flatters the figures: keep both in "
            f"one ({first_names(across_splits)})"
        )
    if across_classes:
        told.append(
            f"{len(across_classes)} pairs of pictures look the same in two classes: keep each in one "
            f"({first_names(across_classes)})"
        )
    return told


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
