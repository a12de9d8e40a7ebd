"""Where the studio works: the folder of pictures, and its own hidden folder in it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

from tinyml.contracts import read_checked
from tinyml.errors import DataError, TinymlError
from tinyml.files import write_text
from tinyml.paths import runs_dir

OWN = ".tinyml"  # no reader of data sets looks into hidden folders


class Settings(TypedDict, total=False):
    """settings.json: the task and the classes, in the order of their number keys, that were chosen on the page."""

    task: str
    classes: list[str]


@dataclass(frozen=True)
class Place:
    """The folder of pictures; what the studio keeps for itself lies in its hidden folder, and may be removed at any time."""

    folder: Path

    @property
    def own(self) -> Path:
        return self.folder / OWN

    @property
    def trash(self) -> Path:
        return self.own / "trash"

    @property
    def thumbnails(self) -> Path:
        return self.own / "thumbnails"

    @property
    def incoming(self) -> Path:
        return self.own / "incoming"

    @property
    def jobs(self) -> Path:
        return self.own / "jobs"

    @property
    def check(self) -> Path:
        return self.own / "check"

    @property
    def camera(self) -> Path:
        """The pictures that the emulated boards' camera shows."""
        return self.own / "camera"

    @property
    def index(self) -> Path:
        """What is known of each picture."""
        return self.own / "index"

    def suggestions(self) -> Path:
        return self.own / "suggestions.json"

    def outputs(self, run: str) -> Path:
        return self.own / "outputs" / f"{run}.json"

    def settings(self) -> Settings:
        """Return what was chosen on the page; {} where nothing was, or the file is damaged."""
        path = self.own / "settings.json"
        try:
            return read_checked(path, Settings) if path.is_file() else {}
        except TinymlError:  # the page asks again
            return {}

    def choose(self, **settings: Unpack[Settings]) -> None:
        """Keep settings beside those that are there."""
        write_text(self.own / "settings.json", json.dumps({**self.settings(), **settings}, indent=2) + "\n")


def find_place(folder: Path) -> Place:
    """Return the place for a folder of pictures, which is made where there is none.

    Raises DataError for a file or archive, and for a folder that also holds the runs, whose pictures would be taken for data.
    """
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file", cure="unpack it, and give the folder of the pictures")
    runs = runs_dir().resolve()
    if runs.is_relative_to(folder):
        raise DataError(
            f"{folder} also holds the folder of runs",
            cure=f"give the folder of the pictures alone, such as {folder / 'pictures'}, or set TINYML_RUNS to another place",
        )
    folder.mkdir(parents=True, exist_ok=True)
    return Place(folder)
