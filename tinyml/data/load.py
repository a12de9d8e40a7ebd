"""From a name or a path to a data set: the first copy found is read, and the embedded default is last.

Order: `data_dir` (`--data DIR`), the folder in `TINYML_DATA`, the user's cache (where `tinyml data fetch`
puts it), and for sets that have one, the embedded synthetic default.
"""

import os
from collections.abc import Callable
from pathlib import Path

from tinyml.data.description import (
    SPLITS,
    Copy,
    Description,
    dataset_names,
    load_description,
    read_description,
)
from tinyml.data.formats.class_folders import read_class_folders
from tinyml.data.formats.found import Found
from tinyml.data.formats.voc import read_voc
from tinyml.data.layout import splits_in, unwrapped
from tinyml.data.pictures import read_picture
from tinyml.data.samples import Dataset, Sample
from tinyml.data.split import divide
from tinyml.errors import DataError
from tinyml.files import read_json
from tinyml.paths import RunFiles, cache_dir
from tinyml.progress import note, track

# One row per annotation format: from {split: folder} to samples.
READERS: dict[str, Callable[[dict[str, Path], Description, bool], Found]] = {
    "voc": read_voc,
    "folders": read_class_folders,
}


def load_dataset(
    name_or_path: str | Path, data_dir: str | Path | None = None, skip_bad: bool = False
) -> Dataset:
    """Return a data set by its name, or by the path of a folder or zip file of pictures.

    Annotations and picture headers are checked here, and a bad one raises DataError with its name; with
    `skip_bad` every picture is decoded once, and the bad ones are left out and listed in `skipped`.
    """
    name = str(name_or_path)
    synthetic = False
    if name in dataset_names():
        description = load_description(name)
        place = find_copy(description, data_dir)
        if place is None:
            place, synthetic = embedded_default(description), True
        path, remark = place
    else:
        path, remark = Path(data_dir or name), ""
        if not path.exists():
            load_description(name)  # raises, with the names that there are
        if path.is_file() and path.suffix != ".zip":
            raise DataError(
                f"{path} is neither a folder nor a zip file", cure="give the folder of the pictures"
            )
        description = guess_description(path)
    dataset = read_dataset(unwrapped(path), description, skip_bad, synthetic, remark)
    if dataset.remark:
        note(f"{name}: {dataset.remark}")
    if dataset.skipped:
        note(f"{name}: skipped {len(dataset.skipped)} bad files, first: {dataset.skipped[0]}")
    return dataset


def load_run_dataset(run: Path, name_or_path: str | Path, data_dir: str | Path | None = None) -> Dataset:
    """Return the data set of a finished run; bad files are left out where its training left some out."""
    metrics = RunFiles(run).metrics
    skipped = metrics.is_file() and read_json(metrics).get("data", {}).get("skipped")
    return load_dataset(name_or_path, data_dir, skip_bad=bool(skipped))


def natural_task(name_or_path: str | Path, data_dir: str | Path | None = None) -> str:
    """Return "detect" for a data set with boxes and "classify" for one without, from its description alone."""
    name, path = str(name_or_path), Path(data_dir or name_or_path)
    described = name in dataset_names() or not path.exists()
    description = load_description(name) if described else guess_description(path)
    return "detect" if description.format == "voc" else "classify"


def find_copy(description: Description, data_dir: str | Path | None = None) -> tuple[Path, str] | None:
    """Return the path of a real copy and the remark that belongs to it, or None where there is none.

    Raises DataError where `data_dir` is given and holds none.
    """
    if data_dir is not None:
        folder = Path(data_dir)
        if not folder.exists():
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


def guess_description(path: Path) -> Description:
    """Describe a person's own folder or zip file by its dataset.toml, or by what lies in it."""
    place = unwrapped(path)
    if (place / "dataset.toml").is_file():
        return read_description(place / "dataset.toml", path.name)
    folder = place / "train" if (place / "train").is_dir() else place
    boxed = folder.is_dir() and any(child.suffix.lower() == ".xml" for child in folder.iterdir())
    return Description(path.stem, path.stem, "voc" if boxed else "folders")


def read_dataset(
    path: Path, description: Description, skip_bad: bool = False, synthetic: bool = False, remark: str = ""
) -> Dataset:
    """Read the copy at `path`, splitting it where it has neither train/ nor test/; raises DataError where a split is empty."""
    if description.format not in READERS:
        raise DataError(
            f"data set '{description.name}' has the unknown format '{description.format}'",
            cure=f"formats: {', '.join(READERS)}",
        )
    present = splits_in(path)
    if len(present) == 1:
        missing = next(split for split in SPLITS if split not in present)
        raise DataError(
            f"{path} has a folder '{present[0]}' but no folder '{missing}'",
            cure=f"put pictures of their own into {path / missing}, or let tinyml split: give {path / present[0]} "
            "instead",
        )
    folders = {split: path / split for split in present} or {SPLITS[0]: path}
    found = READERS[description.format](folders, description, skip_bad)
    if skip_bad:
        found.samples = {split: _readable(found, split) for split in SPLITS}
    if not present and found.samples[SPLITS[0]]:
        found.samples = dict(zip(SPLITS, divide(found.samples[SPLITS[0]]), strict=True))
        remark = "no train/ and test/: split by tinyml, {} pictures to train on, {} to test with".format(
            *(len(found.samples[split]) for split in SPLITS)
        )
    for split in SPLITS:
        if not found.samples[split]:
            usable = "usable " if found.skipped else ""
            raise DataError(
                f"{folders[split]} holds no {usable}pictures"
                if present
                else f"{path} holds too few {usable}pictures with labels: a data set is one folder per class, or "
                "pictures with Pascal VOC files beside them",
                cure="put pictures there, in one folder per class or with Pascal VOC files beside them",
            )
    return Dataset(
        description.name,
        f"{description.title} (synthetic stand-in)" if synthetic else description.title,
        path,
        found.classes,
        found.box_classes,
        found.samples["train"],
        found.samples["test"],
        synthetic,
        remark,
        found.skipped,
        mixed=description.mixed,
        automatic_split=not present,
    )


def _readable(found: Found, split: str) -> list[Sample]:
    kept = []
    for sample in track(found.samples[split], f"checking {split} pictures"):
        with found.skipping(True):
            read_picture(sample.path)
            kept.append(sample)
    return kept
