"""The same file twice: in two classes, or on both sides of the split. (Pictures that only look the same: alike.py.)"""

import hashlib
from collections import defaultdict
from pathlib import Path

from tinyml.data.archives import archive_of, open_zip, read_bytes
from tinyml.data.samples import Sample

FIRST = 3


def copies_among(samples: dict[str, list[Sample]], classes: tuple[str, ...]) -> list[str]:
    """Return a sentence for files of the same bytes in two classes, and one for those in two splits."""
    places = {sample.path: (split, sample.label) for split, rows in samples.items() for sample in rows}
    across_classes, across_splits = [], []
    for group in same_bytes(list(places)):
        pair = next(((a, b) for a in group for b in group if places[a][1] != places[b][1]), None)
        if pair:
            across_classes.append(" and ".join(f"{path.parent.name}/{path.name}" for path in pair))
        pair = next(((a, b) for a in group for b in group if places[a][0] != places[b][0]), None)
        if pair:
            across_splits.append(" and ".join(f"{places[path][0]}: {path.name}" for path in pair))
    told = []
    if across_classes:
        told.append(
            f"{len(across_classes)} pictures are in two classes at once: keep each in one ({first_names(across_classes)})"
        )
    if across_splits:
        told.append(
            f"{len(across_splits)} pictures are in two splits at once, which flatters the figures: keep each in one "
            f"({first_names(across_splits)})"
        )
    return told


def same_bytes(paths: list[Path]) -> list[list[Path]]:
    """Return the groups of files that hold the same bytes; only files of one size are read."""
    by_size: dict[tuple[int, int], list[Path]] = defaultdict(list)
    for path in paths:
        by_size[_fingerprint(path)].append(path)
    groups: dict[bytes, list[Path]] = defaultdict(list)
    for alike in by_size.values():
        for path in alike if len(alike) > 1 else ():
            groups[hashlib.sha256(read_bytes(path)).digest()].append(path)
    return [group for group in groups.values() if len(group) > 1]


def _fingerprint(path: Path) -> tuple[int, int]:
    """Return a file's size, and its checksum where a zip file knows it."""
    archive = archive_of(path.parent)
    if archive is None:
        return path.stat().st_size, 0
    member = open_zip(archive)[1][path.relative_to(archive).as_posix()]
    return member.file_size, member.CRC


def first_names(names: list[str]) -> str:
    """Return the first of some names, and dots where there are more."""
    return ", ".join(names[:FIRST]) + (" ..." if len(names) > FIRST else "")
