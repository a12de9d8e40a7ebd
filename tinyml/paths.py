"""Where things are: the shared files of the project, the user's cache, and each file of a run and of its exports."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tinyml.errors import TinymlError
from tinyml.files import read_bytes

LARGEST_TOML_BYTES = 16 << 20


def share_dir(name: str) -> Path:
    """Return the folder `datasets` or `firmware`: inside an installed wheel, or in the checkout.

    In this order: beside an installed package may be another package's folder called `datasets`.
    """
    package = Path(__file__).parent
    for candidate in (package / "_share" / name, package.parent / name):
        if candidate.is_dir():
            return candidate
    raise TinymlError(f"tinyml's folder '{name}' is missing", cure="install tinyml again")


def cache_dir() -> Path:
    """Return the user's cache folder, `TINYML_CACHE` where it is set; it may not exist yet."""
    if configured := os.environ.get("TINYML_CACHE"):
        return Path(configured)
    from platformdirs import user_cache_path

    return user_cache_path("tinyml")


def runs_dir() -> Path:
    """Return the folder that holds the runs: `TINYML_RUNS` where it is set, else `runs` in the working directory."""
    return Path(os.environ.get("TINYML_RUNS", "runs"))


@dataclass(frozen=True)
class ExportFiles:
    """The files in the folder of an export, which carries the name of its board; they need not exist."""

    folder: Path

    @property
    def board_name(self) -> str:
        return self.folder.name

    @property
    def onnx(self) -> Path:
        return self.folder / "model.onnx"

    def tflite(self, precision: str) -> Path:
        """Return the model of a precision: "float32", "float16" or "int8"."""
        return self.folder / f"model_{precision}.tflite"

    @property
    def int8(self) -> Path:
        return self.tflite("int8")

    @property
    def model_source(self) -> Path:
        return self.folder / "model.c"

    @property
    def model_header(self) -> Path:
        return self.folder / "model.h"

    @property
    def data_source(self) -> Path:
        """The int8 file as a C array, for TFLite-Micro."""
        return self.folder / "model_data.c"

    @property
    def data_header(self) -> Path:
        return self.folder / "model_data.h"

    @property
    def application(self) -> Path:
        """What the firmware must know about the run: labels, thresholds, input tables, goldens."""
        return self.folder / "application.c"

    @property
    def marker(self) -> Path:
        """export.json, which tells in a build's folder whose files these are."""
        return self.folder / "export.json"

    @property
    def plan(self) -> Path:
        return self.folder / "plan.json"

    @property
    def plan_drawing(self) -> Path:
        return self.folder / "plan.svg"

    @property
    def budget(self) -> Path:
        return self.folder / "budget.json"

    @property
    def accuracy(self) -> Path:
        return self.folder / "accuracy.json"

    @property
    def benchmark(self) -> Path:
        return self.folder / "benchmark.json"


@dataclass(frozen=True)
class RunFiles:
    """The files in the folder of a run; they need not exist."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def model(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def checkpoint(self) -> Path:
        """The state of an unfinished training."""
        return self.folder / "checkpoint.safetensors"

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics.json"

    @property
    def predictions(self) -> Path:
        return self.folder / "predictions.json"

    @property
    def curves(self) -> Path:
        return self.folder / "curves.png"

    @property
    def report(self) -> Path:
        return self.folder / "report.html"

    @property
    def tuning(self) -> Path:
        """Where a run that was taken out of a study comes from."""
        return self.folder / "tuning.json"

    @property
    def predicted(self) -> Path:
        """The folder of pictures with the run's predictions drawn in."""
        return self.folder / "predicted"

    def export(self, board: str) -> ExportFiles:
        """Return the files of the run's export for a board."""
        return ExportFiles(self.folder / "export" / board)

    def exports(self) -> list[ExportFiles]:
        """Return the existing exports, by the names of their boards; unfinished ones begin with a dot."""
        return [
            ExportFiles(folder)
            for folder in sorted((self.folder / "export").glob("[!.]*"))
            if folder.is_dir()
        ]


def run_names() -> list[str]:
    """Return the names of the runs under `runs_dir()`, sorted."""
    return sorted(folder.name for folder in runs_dir().glob("*") if RunFiles(folder).config.is_file())


def find_run(name: str) -> Path:
    """Return the folder of a run, given its path or its name under `runs_dir()`; raises TinymlError where there is none."""
    for candidate in (Path(name), runs_dir() / name):
        if RunFiles(candidate).config.is_file():
            return candidate
    known = run_names()
    raise TinymlError(
        f"no run called '{name}': expected a folder with a config.toml",
        cure=f"runs here: {', '.join(known)}" if known else "train one first: tinyml train fruit",
    )


def read_toml(path: Path) -> dict[str, object]:
    """Read a TOML file; raises TinymlError that names the file and the line."""
    try:
        return tomllib.loads(read_bytes(path, LARGEST_TOML_BYTES).decode())
    except FileNotFoundError as error:
        raise TinymlError(f"{path} does not exist") from error
    except OSError as error:
        raise TinymlError(f"{path} cannot be read: {error.strerror}", cure="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TinymlError(f"{path} is not valid TOML: {error}", cure="correct the file") from error
