"""A test split for a data set that comes without one.

A picture's side follows from the SHA-256 of its file alone: it stays where it is when others are added, renamed or
removed, and copies of one file land on one side. The share of test pictures is therefore not exact.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tinyml.data.archives import read_bytes
from tinyml.data.samples import Sample
from tinyml.progress import track

TEST_SHARE = 0.2


def draw(path: Path) -> float:
    """Return a number in 0..1 that depends on nothing but the bytes of a file; raises DataError where it is unreadable."""
    return int.from_bytes(hashlib.sha256(read_bytes(path)).digest()[:8], "big") / 2**64


def divide(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Return (to train on, to test with), each in the order of `samples`.

    A class of two different pictures or more, and a class of boxes in two or more, is on both sides: where all of its draws
    fall on one side, the nearest to the other changes over.
    """
    draws = {sample.path: draw(sample.path) for sample in track(samples, "splitting", len(samples))}
    by_class: dict[tuple[str, int | None], set[float]] = defaultdict(set)
    for sample in samples:
        for stratum in {("picture", sample.label), *(("box", box.label) for box in sample.boxes)}:
            by_class[stratum].add(draws[sample.path])
    for_test = {value for value in draws.values() if value < TEST_SHARE}
    for values in sorted(by_class.values(), key=len, reverse=True):  # the rarest has the last word
        if not values & for_test:
            for_test |= {min(values)} if len(values) > 1 else set()
        elif values <= for_test:
            for_test -= {max(values)}
    train = [sample for sample in samples if draws[sample.path] not in for_test]
    return train, [sample for sample in samples if draws[sample.path] in for_test]
