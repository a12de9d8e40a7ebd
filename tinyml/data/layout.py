"""What lies in a folder or an archive: its files without debris, the folder around everything, the splits' folders."""

import functools
import os
import posixpath
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tinyml.data.archives import archive_of, open_zip, opened, read_bytes
from tinyml.data.pictures import is_picture
from tinyml.errors import DataError

# What systems and packers leave beside the data, like hidden files.
DEBRIS = {
    "__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "@eadir", "$recycle.bin", "system volume information",
}  # fmt: skip
# The parts of a path that only say what kind of file lies there, so that a picture and its annotation meet.
ROLES = {
    "images", "image", "imgs", "img", "jpegimages", "pictures", "photos",
    "annotations", "annotation", "labels", "label", "xml", "xmls", "json", "jsons", "txt", "bboxes", "data", "obj_train_data",
}  # fmt: skip
SPLIT_WORDS = {
    "train": "train", "training": "train", "trn": "train", "val": "validation", "valid": "validation",
    "validation": "validation", "dev": "validation", "eval": "validation", "test": "test", "testing": "test", "tst": "test",
}  # fmt: skip
SPLIT_NAME = re.compile(
    r"(?:(?:seg|images?|imgs?|labels?|instances|set|data|dataset|obj)[-_ ]?)?"
    rf"({'|'.join(sorted(SPLIT_WORDS, key=len, reverse=True))})"
    r"(?:[-_ ]?(?:sets?|data|datasets?|images?|imgs?|pictures|photos|labels?|annotations|split|folder|\d{1,4}))*",
    re.IGNORECASE,
)
# Files that belong to the data: a folder that holds them beside another is not just a wrapper around it.
MARKS = {".xml", ".json", ".csv", ".labels", ".yaml", ".yml", ".toml", ".names"}
LISTS = {"classes", "labels", "obj", *SPLIT_WORDS}
MAX_FILES = 2_000_000


def split_name(folder: str) -> str:
    """Return the split that a folder's name means, in any case and spelling: train, validation, test; "" for none."""
    found = SPLIT_NAME.fullmatch(folder.strip())
    return SPLIT_WORDS[found.group(1).lower()] if found else ""


@dataclass(frozen=True)
class Tree:
    """The files below a folder, a zip file or a folder in one: names with forward slashes, sorted, without debris."""

    root: Path
    files: tuple[str, ...]
    folders: tuple[str, ...] = ()  # also empty ones, where the system tells
    unreadable: tuple[str, ...] = field(default=())  # names that are not text

    @functools.cached_property
    def pictures(self) -> tuple[str, ...]:
        """The names of all pictures."""
        return tuple(name for name in self.files if is_picture(name))

    @functools.cached_property
    def by_folded_name(self) -> dict[str, str]:
        """Every file by its folded name."""
        return {folded(name): name for name in self.files}

    @functools.cached_property
    def by_base_name(self) -> dict[str, list[str]]:
        """Every picture by the folded last part of its name."""
        found: dict[str, list[str]] = {}
        for name in self.pictures:
            found.setdefault(folded(PurePosixPath(name).name), []).append(name)
        return found

    def path(self, name: str) -> Path:
        """Return the path of a file, which may lead into a zip file."""
        return self.root / name

    def read(self, name: str) -> bytes:
        """Return a file's bytes; raises DataError."""
        return read_bytes(self.path(name))

    def with_suffixes(self, *suffixes: str) -> list[str]:
        """Return the files whose names end with one of these lower-case suffixes."""
        return [name for name in self.files if name.lower().endswith(suffixes)]

    def picture_called(self, name: str, beside: str = "") -> str | None:
        """Return the picture that an annotation names: below `beside`'s folder, below the root, or the only one so called."""
        name = name.replace("\\", "/").strip()
        folder = PurePosixPath(beside).parent
        for place in (folder / name, folder / "images" / name, PurePosixPath(name)):
            if found := self.by_folded_name.get(folded(place.as_posix())):
                return found
        alike = self.by_base_name.get(folded(PurePosixPath(name).name), [])
        near = [other for other in alike if PurePosixPath(other).is_relative_to(folder)]
        chosen = near if len(near) == 1 else alike
        return chosen[0] if len(chosen) == 1 else None

    def below(self, folder: str) -> "Tree":
        """Return the tree of one of the folders."""
        start = f"{folder}/"
        files, folders = (
            tuple(name.removeprefix(start) for name in names if name.startswith(start))
            for names in (self.files, self.folders)
        )
        return Tree(self.root / folder, files, folders, self.unreadable)


def folded(name: str) -> str:
    """Return a name in lower case and one form of Unicode: Windows forgets case, and macOS takes umlauts apart."""
    return unicodedata.normalize("NFC", name).lower()


def pair_key(name: str) -> str:
    """Return what a picture and its annotation have in common: their path without `images`, `labels` and a suffix."""
    *folders, last = folded(name).split("/")
    return "/".join([part for part in folders if part not in ROLES] + [last.rpartition(".")[0] or last])


def list_tree(path: Path) -> Tree:
    """List a folder, a zip file or a folder in one; raises DataError where it is damaged, or absurdly large."""
    archive = archive_of(path)
    if archive is not None:
        inside = "".join(f"{part}/" for part in path.relative_to(archive).parts)
        _, members = open_zip(archive)
        names = [name.removeprefix(inside) for name in members if name.startswith(inside)]
        folders = {
            "/".join(parts[:end])
            for name in names
            if (parts := name.split("/"))
            for end in range(1, len(parts))
        }
    else:
        names, folders = [], set()
        seen: set[str] = set()
        for place, inner, files in os.walk(path, followlinks=True):
            real = os.path.realpath(place)
            inner[:] = [] if real in seen else [name for name in inner if not _is_debris(name)]
            if real in seen:  # a link that leads back up
                continue
            seen.add(real)
            base = Path(place).relative_to(path).as_posix()
            start = "" if base == "." else f"{base}/"
            folders |= {start + name for name in inner}
            names += [start + name for name in files]
            if len(names) > MAX_FILES:
                raise DataError(
                    f"{path} holds more than {MAX_FILES:,} files",
                    cure="give the folder of the pictures alone",
                )
    text = [name for name in names if _is_text(name)]
    return Tree(
        path,
        tuple(sorted(name for name in text if not any(map(_is_debris, name.split("/"))))),
        tuple(
            sorted(name for name in folders if _is_text(name) and not any(map(_is_debris, name.split("/"))))
        ),
        tuple(sorted(repr(name) for name in set(names) - set(text))),
    )


def _is_debris(name: str) -> bool:
    return name.startswith(".") or name.lower() in DEBRIS


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return all(character >= " " for character in name)


def find_tree(path: Path) -> Tree:
    """Return what `path`, a folder or an archive, holds, from within the folders that packers put around everything.

    A lone folder with pictures in it is a class, and a lone train/ or test/ a split: they stay.
    """
    tree = list_tree(opened(path))
    while True:
        mattering = [name for name in tree.files if _matters(name)]
        tops = {name.split("/")[0] for name in mattering}
        if not mattering:  # nothing but folders
            tops = {name.split("/")[0] for name in tree.folders}
        lone = next(iter(tops), "")
        if len(tops) != 1 or lone not in tree.folders or split_name(lone):
            return tree
        within = tree.below(lone)
        if not (within.files or within.folders) or any("/" not in name for name in within.pictures):
            return tree
        tree = within


def _matters(name: str) -> bool:
    if is_picture(name):
        return True
    stem, suffix = posixpath.splitext(name.rpartition("/")[2].lower())
    return suffix in MARKS or (suffix == ".txt" and ("/" in name or stem in LISTS))


def splits_in(tree: Tree) -> dict[str, str]:
    """Return {split: folder} for the outermost folders of a tree that are splits."""
    names = sorted({name for name in tree.folders if "/" not in name})
    return {split: name for name in names if (split := split_name(name))}


def split_depth(names: Iterable[str], whole: bool = False) -> int | None:
    """Return which part of the paths names the splits: the outermost that does, or None.

    `whole`: every path must have a split there, unless it is the first part.
    """
    parts = [name.split("/")[:-1] for name in names]
    for depth in range(max(map(len, parts), default=0)):
        found = [bool(split_name(row[depth])) for row in parts if len(row) > depth]
        if any(found) and (depth == 0 or not whole or (all(found) and len(found) == len(parts))):
            return depth
    return None


def split_at(name: str, depth: int | None) -> str:
    """Return the split of a path whose part number `depth` may name one; "" for none."""
    parts = name.split("/")[:-1]
    return split_name(parts[depth]) if depth is not None and len(parts) > depth else ""
