"""A test split for a data set that comes without one.

A picture's side follows from the SHA-256 of its file alone: it stays where it is when others are added, renamed or
removed, and copies of one file land on one side. The share of test pictures is therefore not exact.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tinyml.data.pictures import open_file
from tinyml.data.samples import Sample
from tinyml.errors import DataError
from tinyml.progress import track

TEST_SHARE = 0.2


def draw(path: Path) -> float:
    """Return a number in 0..1 that depends on nothing but the bytes of a file; raises DataError where it is unreadable."""
    try:
        with open_file(path) as stream:
            digest = hashlib.sha256(stream.read()).digest()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror or error}", cure="check its permissions"
        ) from error
    return int.from_bytes(digest[:8], "big") / 2**64


def divide(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Return (to train on, to test with), each in the order of `samples`.

    A class of two different pictures or more is on both sides: where all of its draws fall on one side, the nearest to
    the other changes over.
    """
    draws = {sample.path: draw(sample.path) for sample in track(samples, "splitting", len(samples))}
    by_class: dict[int | None, set[float]] = defaultdict(set)
    for sample in samples:
        by_class[sample.label].add(draws[sample.path])
    for_test: set[float] = set()
    for values in by_class.values():
        chosen = {value for value in values if value < TEST_SHARE} or {min(values)}
        for_test |= chosen if chosen < values else chosen - {max(values)}
    train = [sample for sample in samples if draws[sample.path] not in for_test]
    return train, [sample for sample in samples if draws[sample.path] in for_test]
