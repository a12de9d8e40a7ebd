"""From a name or a path to a data set: the first copy found is read, and the embedded default is last.

Order: `data_dir` (`--data DIR`), the folder in `TINYML_DATA`, the user's cache (where `tinyml data fetch`
puts it), and for sets that have one, the embedded synthetic default.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from tinyml.contracts import read_checked
from tinyml.data.archives import TAR_SUFFIXES, archive_of, name_without_suffix
from tinyml.data.assemble import class_notices, label_all, left_out_notices, make_samples, names_in
from tinyml.data.copies import copies_among
from tinyml.data.corrections import read_corrections
from tinyml.data.description import (
    SPLITS,
    Copy,
    Description,
    dataset_names,
    load_description,
    read_description,
)
from tinyml.data.formats import FORMATS, Format, recognized
from tinyml.data.formats.reading import Labelled, Reading
from tinyml.data.layout import Tree, find_tree, splits_in
from tinyml.data.pictures import read_picture
from tinyml.data.samples import Dataset, Sample
from tinyml.data.split import divide
from tinyml.errors import DataError
from tinyml.files import exists
from tinyml.paths import RunFiles, cache_dir, share_dir
from tinyml.progress import note, track


def load_dataset(
    name_or_path: str | Path,
    data_dir: str | Path | None = None,
    skip_bad: bool = False,
    negatives: bool = False,
) -> Dataset:
    """Return a data set by its name, or by the path of a folder or an archive of pictures.

    Annotations and picture headers are checked here, and a bad one raises DataError with its name; with
    `skip_bad` every picture is decoded once, and the bad ones are left out and listed in `skipped`. With `negatives`
    pictures without an annotation count as pictures without objects.
    """
    name = str(name_or_path)
    synthetic = False
    if name in dataset_names():
        description = load_description(name)
        place = find_copy(description, data_dir)
        if place is None:
            place, synthetic = embedded_default(description), True
        path, remark = place
        tree = find_tree(path)
    else:
        path, remark = Path(data_dir or name), ""
        if not exists(path):
            load_description(name)  # raises, with the names that there are
        tree = find_tree(path)
        description = guess_description(path, tree)
    dataset = read_tree(tree, description, skip_bad, synthetic, remark, negatives)
    if name in dataset_names() and not synthetic:
        corrections = share_dir("datasets") / name / "corrections.toml"
        dataset = replace(dataset, audited=read_corrections(corrections, dataset.box_classes))
    if dataset.remark:
        note(f"{name}: {dataset.remark}")
    if dataset.skipped:
        note(f"{name}: skipped {len(dataset.skipped)} bad files, first: {dataset.skipped[0]}")
    for notice in dataset.notices:
        note(f"{name}: {notice}")
    return dataset


class Chosen(TypedDict, total=False):
    """What a training left out or let in, of `data` in its metrics.json."""

    skipped: list[str]
    negatives: bool


class Trained(TypedDict):
    data: Chosen


def load_run_dataset(
    run: Path,
    name_or_path: str | Path,
    data_dir: str | Path | None = None,
    *,
    task: str,
    classes: Sequence[str],
) -> Dataset:
    """Return the data set of a finished run; what its training left out or treated as pictures without objects stays that way.

    Raises DataError where its classes for the task are not those that the run has learned.
    """
    metrics = RunFiles(run).metrics
    data = read_checked(metrics, Trained)["data"] if metrics.is_file() else Chosen()
    dataset = load_dataset(name_or_path, data_dir, bool(data.get("skipped")), bool(data.get("negatives")))
    found = dataset.classes_for(task)
    if list(found) != list(classes):
        raise DataError(
            f"the data set has the classes {', '.join(found)}, the run was trained on {', '.join(classes)}",
            cure="give the run's own data set, or one with the same classes in the same order, with --data",
        )
    return dataset


def natural_task(name_or_path: str | Path, data_dir: str | Path | None = None) -> str:
    """Return "detect" for a data set with boxes and "classify" for one without, before its labels are read."""
    name, path = str(name_or_path), Path(data_dir or name_or_path)
    if name in dataset_names() or not exists(path):
        description = load_description(name)
    else:
        description = guess_description(path, find_tree(path))
    return "detect" if description.format in FORMATS and FORMATS[description.format].boxes else "classify"


def find_copy(description: Description, data_dir: str | Path | None = None) -> tuple[Path, str] | None:
    """Return the path of a real copy and the remark that belongs to it, or None where there is none.

    Raises DataError where `data_dir` is given and holds none.
    """
    if data_dir is not None:
        folder = Path(data_dir)
        if not exists(folder):
            raise DataError(f"{folder} does not exist", cure="check the path given with --data")
        if folder.is_file() or (folder / "train").is_dir():
            return folder, next((copy.remark for copy in description.copies if copy.path == folder.name), "")
    places = [Path(data_dir)] if data_dir is not None else [cache_dir() / "datasets"]
    if data_dir is None and (configured := os.environ.get("TINYML_DATA")):
        places.insert(0, Path(configured))
    copies = description.copies or (Copy(description.name),)
    for place in places:
        for copy in copies:
            if (place / copy.path).exists():
                return place / copy.path, copy.remark
    if data_dir is not None:
        raise DataError(
            f"{data_dir} holds no copy of '{description.name}': expected train/ and test/ in it, "
            f"or {' or '.join(copy.path for copy in copies)}",
            cure="check the path given with --data",
        )
    return None


def embedded_default(description: Description) -> tuple[Path, str]:
    """Return the rendered stand-in of a data set and what to say about it; raises DataError where it has none."""
    if not description.render:
        raise DataError(
            f"data set '{description.name}' is not on this computer",
            cure=f"tinyml data fetch {description.name}, or give its folder with --data DIR",
        )
    from tinyml.data.fruit.render import cached_fruit

    return cached_fruit(description.render), (
        "SYNTHETIC pictures, drawn by tinyml itself: figures measured on them say nothing about real photos "
        f"(for those: tinyml data fetch {description.name}, or --data DIR)"
    )


def guess_description(path: Path, tree: Tree) -> Description:
    """Describe a user's own folder or archive by its dataset.toml, or by its content; raises DataError."""
    name = name_without_suffix(path)
    if "dataset.toml" in tree.files and archive_of(tree.root) is None:
        return read_description(tree.root / "dataset.toml", name)
    kinds = recognized(tree)
    return Description(name, name, kinds[0] if kinds else "folders")


def read_dataset(
    path: Path,
    description: Description,
    skip_bad: bool = False,
    synthetic: bool = False,
    remark: str = "",
    negatives: bool = False,
) -> Dataset:
    """Read the copy at `path` (see `read_tree`); raises DataError."""
    return read_tree(find_tree(path), description, skip_bad, synthetic, remark, negatives)


def read_tree(
    tree: Tree,
    description: Description,
    skip_bad: bool = False,
    synthetic: bool = False,
    remark: str = "",
    negatives: bool = False,
) -> Dataset:
    """Read a data set, choosing test pictures where it has none of its own; raises DataError where a split is empty."""
    form = _format_of(description)
    reading = Reading(tree, description, skip_bad)
    folders = splits_in(tree)
    if len(folders) == 1 and "validation" not in folders:
        _refuse_lone(tree, *folders.items())
    rows = label_all(reading, description.format, negatives)
    if form.boxes and not rows and tree.pictures and not reading.skipped:
        raise _no_annotations(tree, description.format)
    training = rows.get("train", rows.get("", []))
    classes, box_classes = _classes_of(reading, description, training, folders)
    samples: dict[str, list[Sample]] = {
        split: make_samples(reading, form, rows[split], classes, box_classes)
        for split in ("", "train", "validation", "test")
        if split in rows
    }
    if skip_bad:
        samples = {split: _readable(reading, part, split) for split, part in samples.items()}
    automatic = "test" not in {*samples, *folders} and bool(training)
    if automatic and (whole := samples.pop("", None) or samples.get("train")):
        samples["train"], samples["test"] = divide(whole)
        remark = _split_remark(samples)
    for split in SPLITS:
        if not samples.get(split):
            raise _nothing_in(tree, split, folders, bool(reading.skipped), automatic or not folders)
    if not box_classes and form.boxes:
        raise DataError(f"{tree.root} holds {form.words}, but no boxes", cure="annotate some of the pictures")
    _note_what_was_not_read(reading, description)
    reading.notices += class_notices(samples, classes, box_classes, reading.names)
    reading.notices += copies_among(samples, classes)
    return Dataset(
        description.name,
        f"{description.title} (synthetic stand-in)" if synthetic else description.title,
        tree.root,
        classes,
        box_classes,
        samples["train"],
        samples["test"],
        synthetic,
        remark,
        reading.skipped,
        mixed=description.mixed,
        automatic_split=automatic,
        validation=samples.get("validation", []),
        format=description.format,
        notices=left_out_notices(reading.left_out) + reading.notices,
        left_out=reading.left_out,
        negatives=negatives,
    )


def _format_of(description: Description) -> Format:
    if description.format not in FORMATS:
        raise DataError(
            f"data set '{description.name}' has an unknown format '{description.format}'",
            cure=f"formats: {', '.join(FORMATS)}",
        )
    return FORMATS[description.format]


def _classes_of(
    reading: Reading, description: Description, training: list[Labelled], folders: dict[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the classes of pictures and those of boxes: the description's, else those that are trained on."""
    box_classes = description.box_classes or names_in(training, boxes=True)
    classes = description.classes or box_classes or names_in(training, boxes=False)
    seen = {row.label for row in training}
    if not FORMATS[description.format].boxes and (empty := [name for name in classes if name not in seen]):
        raise DataError(
            f"no training picture of {', '.join(empty)} in {reading.tree.path(folders.get('train', '.'))}",
            cure="add pictures of each class, or remove the class",
        )
    return classes, box_classes


def _split_remark(samples: dict[str, list[Sample]]) -> str:
    lacking = "test/" if "validation" in samples else "train/ and test/"
    train, test = len(samples["train"]), len(samples["test"])
    return f"no {lacking}: split by tinyml, {train} pictures to train on, {test} to test with"


def _note_what_was_not_read(reading: Reading, description: Description) -> None:
    """Note annotations of further formats, which the description has not ruled out, and names that are no text."""
    tree = reading.tree
    others = [name for name in recognized(tree) if name not in ("folders", description.format)]
    if others and not description.classes:
        words = FORMATS[description.format].words
        reading.notices.append(
            f"read as {words}; {' and '.join(FORMATS[name].words for name in others)} are there too and are not read "
            f'(to choose, write a dataset.toml with title = "..." and format = "{others[0]}")'
        )
    if tree.unreadable:
        reading.leave_out("whose names are no text: rename them", *tree.unreadable)


def _refuse_lone(tree: Tree, folder: tuple[str, str]) -> None:
    split, name = folder
    missing = next(other for other in SPLITS if other != split)
    raise DataError(
        f"{tree.root} has a folder '{name}' but no folder '{missing}'",
        cure=f"put separate pictures into {tree.root / missing}, or let tinyml split: give {tree.root / name} "
        "instead",
    )


def _no_annotations(tree: Tree, kind: str) -> DataError:
    return DataError(
        f"{tree.root} should be read as '{kind}', but {FORMATS[kind].words} for its {len(tree.pictures)} pictures "
        "are missing",
        cure="correct `format` in its dataset.toml, or remove that file",
    )


def _nothing_in(tree: Tree, split: str, folders: dict[str, str], skipped: bool, unsplit: bool) -> DataError:
    usable = "usable " if skipped else ""
    packed = [name for name in tree.files if name.lower().endswith((".zip", *TAR_SUFFIXES, ".rar", ".7z"))]
    if packed and not tree.pictures:
        return DataError(
            f"{tree.root} holds no pictures, but the archive {packed[0]}",
            cure="give the archive, or unpack it",
        )
    if not unsplit:
        what = f"{tree.root / folders.get(split, split)} holds no {usable}pictures"
    else:
        what = f"{tree.root} holds too few {usable}pictures with labels: {len(tree.pictures)} pictures"
    return DataError(
        what,
        cure="put pictures there, in one folder per class, or with boxes: "
        + ", ".join(form.words for form in FORMATS.values() if form.boxes),
    )


def _readable(reading: Reading, samples: list[Sample], split: str) -> list[Sample]:
    kept = []
    for sample in track(samples, f"checking {split or 'the'} pictures"):
        with reading.skipping():
            read_picture(sample.path)
            kept.append(sample)
    return kept
