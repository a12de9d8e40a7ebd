"""Files dropped onto the page: received aside, checked as the command line checks them, then put into the folder.

A drop is received whole before anything of it counts: a batch is a folder of its own, which goes away when it is taken in.
"""

import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from PIL import Image

from tinyml.data.archives import archive_of
from tinyml.data.convert import convert
from tinyml.data.formats import FORMATS, recognized
from tinyml.data.formats.voc import read_annotation
from tinyml.data.layout import Tree, find_tree, is_picture, pair_key, split_at, split_depth
from tinyml.data.load import load_dataset
from tinyml.data.pictures import COMMON, picture_frames, read_picture
from tinyml.errors import DataError, TinymlError
from tinyml.studio.history import Move, Step
from tinyml.studio.labels import class_name, free_name, split_folder
from tinyml.studio.library import Listing, folders_of
from tinyml.studio.place import Place

LARGEST_FILE_BYTES = 256 << 20
LARGEST_BATCH_BYTES = 4 << 30
BATCH = re.compile(r"[a-z0-9]{8,40}")
PART = re.compile(r"[^\x00-\x1f\\/:*?\"<>|\x7f]{1,200}")
NOT_PICTURES = (".xml", ".json", ".txt", ".csv", ".labels", ".yaml", ".yml", ".zip", ".toml", ".names")


class TooLarge(DataError):
    """More bytes than the page may send."""


@dataclass
class Taken:
    """What became of a drop: the pictures that are there now, and what was left out, with the reason."""

    names: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def batch_folder(place: Place, batch: str) -> Path:
    """Return the folder of a drop; raises DataError for a name that the page does not give."""
    if not BATCH.fullmatch(batch):
        raise DataError("there is no drop of that name", cure="reload the page and drop the files again")
    return place.incoming / batch


def relative_path(name: str) -> PurePosixPath:
    """Return where a dropped file lies in its drop; raises DataError for a name that leads elsewhere."""
    parts = name.replace("\\", "/").split("/")
    if len(parts) > 20 or any(not PART.fullmatch(part) or part in (".", "..") for part in parts):
        raise DataError(f"'{name[:80]}' is no name for a file", cure="rename it")
    if parts[-1].startswith(".") or not (
        is_picture(parts[-1]) or PurePosixPath(parts[-1]).suffix.lower() in NOT_PICTURES
    ):
        raise DataError(
            f"{parts[-1]} is neither a picture nor labels", cure="drop pictures, or folders of them"
        )
    return PurePosixPath(*parts)


class Drops:
    """The drops that are being received, and how many bytes came with each; a file that is sent twice counts twice."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._bytes: Counter[str] = Counter()

    async def receive(self, batch: str, name: str, chunks: AsyncIterator[bytes]) -> int:
        """Write one file of a drop as its bytes come and return how many there were; raises TooLarge past the limits."""
        folder = batch_folder(self.place, batch)
        target = folder / relative_path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if batch not in self._bytes:  # also of a drop that came in part before the server was started anew
            self._bytes[batch] = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        limit = min(LARGEST_FILE_BYTES, LARGEST_BATCH_BYTES - self._bytes[batch])
        written = 0
        try:
            with target.open("wb") as stream:
                async for chunk in chunks:
                    written += len(chunk)
                    self._bytes[batch] += len(chunk)
                    if written > limit:
                        raise TooLarge(
                            f"{target.name} is larger than {limit >> 20} MB",
                            cure="scale the picture down, or copy it into the folder by hand",
                        )
                    stream.write(chunk)
        except BaseException:
            target.unlink(missing_ok=True)
            self._bytes[batch] -= written
            raise
        return written

    def discard(self, batch: str) -> None:
        """Remove what is left of a drop."""
        folder = batch_folder(self.place, batch)
        for path in (folder, folder.with_name(f"{folder.name}-voc")):
            shutil.rmtree(path, ignore_errors=True)
        self._bytes.pop(batch, None)


def take_in(place: Place, listing: Listing, batch: str, label: str | None, split: str) -> Taken:
    """Return the steps that bring a drop into the folder, with its labels where the folder can hold them.

    label: the class of all pictures, or of those without labels of their own. Raises DataError where nothing is usable.
    """
    folder = batch_folder(place, batch)
    if not folder.is_dir():
        raise DataError("the drop is not there any more", cure="drop the files again")
    tree = find_tree(folder)
    lone = [name for name in tree.files if archive_of(tree.path(name)) == tree.path(name)]
    if len(lone) == 1 and not tree.pictures:
        tree = find_tree(tree.path(lone[0]))
    kinds = recognized(tree)
    kind = kinds[0] if kinds else ""
    taken = Taken()
    if kind not in ("", "voc") and FORMATS[kind].boxes and listing.task != "classify":
        source = _as_voc(tree, folder.with_name(f"{folder.name}-voc"), taken)
    elif archive_of(tree.root):
        raise DataError("the archive holds no boxes", cure="unpack it and drop the folder")
    else:
        source = tree
    names: set[str] = set()
    keys = {pair_key(name): name for name in source.with_suffixes(".xml")}
    depth = split_depth(source.pictures)
    classes = kind == "folders" and listing.task == "classify"
    for name in source.pictures:
        path = source.path(name)
        try:
            path = checked(path)
        except TinymlError as error:
            taken.refused.append(error.what.replace(f"{source.root}/", ""))
            continue
        own = _folder_class(name) if classes else None
        target = free_name(
            listing, target_of(listing, path.name, own or label, split or split_at(name, depth)), names
        )
        taken.steps.append(Move(path, listing.tree.path(target)))
        taken.names.append(target)
        if (file := keys.get(pair_key(name))) and listing.task != "classify":
            read_annotation(source.path(file))
            moved = PurePosixPath(target).with_suffix(".xml").as_posix()
            taken.steps.append(Move(source.path(file), listing.tree.path(moved)))
    return taken


def checked(path: Path) -> Path:
    """Return a picture that decodes; one that EXIF turns is saved upright, for tools differ in what they make of it."""
    picture = read_picture(path)
    if picture_frames(path)[1] == 1:
        return path
    upright = path.with_suffix(path.suffix if path.suffix.lower() in COMMON else ".jpg")
    if upright != path:
        path.unlink()
    Image.fromarray(picture).save(upright, quality=95)
    return upright


def _as_voc(tree: Tree, folder: Path, taken: Taken) -> Tree:
    """Return a drop with boxes of any format as Pascal VOC, in `folder`."""
    dataset = load_dataset(tree.root, skip_bad=True)
    taken.refused += dataset.skipped
    convert(dataset, "voc", folder)
    (folder / "dataset.toml").unlink()
    return find_tree(folder)


def _folder_class(name: str) -> str | None:
    folders = folders_of(name)
    return class_name(folders[0], "classify") if folders else None


def target_of(listing: Listing, name: str, label: str | None, split: str) -> str:
    """Return where a new picture goes: into its split's folder where there are such, and its class's."""
    parts: list[str] = []
    if listing.splits and not listing.listed:
        depth = listing.depth or 0
        lead = next((one.split("/")[:depth] for one in listing.tree.pictures if depth), [])
        parts += [*lead, split_folder(listing, split or "train")]
    if label and listing.task == "classify":
        parts.append(class_name(label, "classify"))
    return "/".join([*parts, name])
