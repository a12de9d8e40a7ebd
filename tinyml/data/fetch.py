"""`tinyml data fetch`: a data set from its source into the user's cache, checked, and whole or absent.

What comes from outside is never trusted: archives are checked against their SHA-256, nothing is written outside the
target, only pictures and annotations are kept, and the counts must be those of dataset.toml before the set appears.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinyml.data.archives import unpack
from tinyml.data.cifar10 import write_cifar10_zip
from tinyml.data.description import SPLITS, Copy, Description, Fetch
from tinyml.data.load import read_dataset
from tinyml.data.pictures import is_picture
from tinyml.data.samples import Dataset
from tinyml.errors import DataError
from tinyml.files import readable_os_errors, replacing, replacing_folder, temporary_folder
from tinyml.locks import only_writer
from tinyml.progress import bar, note

TIMEOUT_S = 30


def fetch(description: Description, folder: Path) -> Path:
    """Put the data set into `folder` and return its path; a copy that is already there is left alone.

    Raises DataError where the source cannot be reached, its bytes or counts are not the expected ones, or an
    archive would write outside its folder.
    """
    source = description.fetch
    if source is None:
        raise DataError(
            f"data set '{description.name}' has no source to fetch it from",
            cure="give its folder with --data DIR",
        )
    target = folder / (description.copies or (Copy(description.name),))[0].path
    with only_writer(target):
        if target.exists():
            note(f"{description.name} is already in {target}")
        else:
            _fetch(description, source, target)
    return target


def _fetch(description: Description, source: Fetch, target: Path) -> None:
    arrange = LAYOUTS[source.layout]
    origin = _from_kaggle(source.kaggle) if source.kaggle else _download(source, target)
    with (replacing if target.suffix == ".zip" else replacing_folder)(target) as temporary:
        arrange(origin, temporary)
        dataset = read_dataset(temporary, description)
        if differences := count_differences(dataset, description):
            raise DataError(
                f"the download of '{description.name}' is incomplete: {'; '.join(differences)}",
                cure="fetch it again; if that does not help, its source has changed",
            )
    if not source.kaggle:
        shutil.rmtree(origin.parent)


def count_differences(dataset: Dataset, description: Description) -> list[str]:
    """Return a sentence for each count that is not the one that dataset.toml expects."""
    found = {
        "pictures": (description.expected_pictures, dataset.picture_counts),
        "boxes": (description.expected_boxes, dataset.box_counts),
    }
    return [
        f"{counts(split).get(name, 0)} {what} of {name} in {split}, expected {number}"
        for what, (expected, counts) in found.items()
        for split, by_class in expected.items()
        for name, number in by_class.items()
        if counts(split).get(name, 0) != number
    ]


def _from_kaggle(handle: str) -> Path:
    try:
        import kagglehub
    except ImportError as error:
        raise DataError(
            "kagglehub is not installed, and this data set comes from Kaggle",
            cure="pip install 'tinyml[fetch]', or download it by hand and give its folder with --data DIR",
        ) from error
    try:
        return Path(kagglehub.dataset_download(handle))
    except Exception as error:  # kagglehub raises its own, requests' and the system's errors alike
        raise DataError(
            f"Kaggle did not deliver '{handle}': {error}",
            cure="check the network, or download it by hand and give its folder with --data DIR",
        ) from error


class _Bar:
    """The progress bar that pooch asks for, shown by tinyml's own."""

    def __init__(self, advance: Any) -> None:
        self.advance, self.total = advance, 0

    def update(self, count: int) -> None:
        self.advance(count)

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


def _download(source: Fetch, target: Path) -> Path:
    """Return the archive, alone in a folder beside `target`; it has its name only once its SHA-256 is right."""
    import pooch
    from requests import RequestException

    if len(source.sha256) != 64:
        raise DataError(
            f"dataset.toml gives no sha256 for {source.url}",
            cure='add sha256 = "..." under [fetch], so that a changed or truncated archive is noticed',
        )
    pooch.get_logger().setLevel("ERROR")
    with bar(f"fetching {source.url}", total=None) as advance, readable_os_errors(target):
        try:
            path = pooch.retrieve(
                source.url,
                known_hash=f"sha256:{source.sha256}",
                fname=source.url.rsplit("/", 1)[-1],
                path=target.parent / f".{target.name}.download",
                downloader=pooch.HTTPDownloader(timeout=TIMEOUT_S, progressbar=_Bar(advance)),
            )
        except (RequestException, ValueError) as error:  # ValueError: another hash
            raise DataError(
                f"{source.url} could not be fetched completely: {error}",
                cure="check the network and try again",
            ) from error
    return Path(path)


def copy_splits(origin: Path, target: Path) -> None:
    """Copy pictures and annotations of the folders `train` and `test`, wherever in `origin` they are, into `target`."""
    if origin.is_file():
        with temporary_folder(".unpacked", target.parent) as unpacked:
            unpack(origin, unpacked)
            copy_splits(unpacked, target)
        return
    for split in SPLITS:
        folders = [
            path
            for path in sorted(origin.rglob(split))
            if path.is_dir() and not path.is_symlink() and _holds_pictures(path)
        ]
        if len(folders) != 1:
            raise DataError(
                f"{len(folders)} folders called '{split}' with pictures in {origin}, expected one",
                cure="its source has changed: sort the pictures by hand and give their folder with --data DIR",
            )
        for path in sorted(folders[0].rglob("*")):
            if path.is_file() and not path.is_symlink() and (is_picture(path.name) or path.suffix == ".xml"):
                place = target / split / path.relative_to(folders[0])
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)


def _holds_pictures(folder: Path) -> bool:
    return any(is_picture(path.name) for pattern in ("*", "*/*") for path in folder.glob(pattern))


# How what was fetched becomes a copy that the readers take: (folder or archive, target) -> None.
LAYOUTS: dict[str, Callable[[Path, Path], None]] = {
    "folders": copy_splits,
    "cifar10-binary": write_cifar10_zip,
}
