"""A .tflite file of any origin as firmware: what the file does not say, its C, and what the firmware must know of it."""

import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinyml.boards import Board, load_board
from tinyml.compiler.check.host import HostModel
from tinyml.compiler.pipeline import compile_model
from tinyml.contracts.plan import Edge, Plan
from tinyml.conversion.c_source import Application, application_source, firmware_name
from tinyml.device.memory import external_of, memory_of, needs_of
from tinyml.device.project import interface
from tinyml.errors import DataError, ModelError
from tinyml.files import read_bytes, replacing_folder, sha256, write_text
from tinyml.inference.metrics import threshold_step
from tinyml.inference.preprocess import FITS, input_tables
from tinyml.paths import ExportFiles, cache_dir
from tinyml.progress import note
from tinyml.workflow.goldens import golden, noise_of, planned_values, values_of, write_budget
from tinyml.workflow.run import Export

TASKS = ("classify", "detect", "raw")
CODES = {
    "int8": -128,
    "uint8": 0,
}  # the types that the firmware's pictures become, with the least code of each
LARGEST_MAP = 65536  # cells times the larger side, which the firmware's search for objects takes
LARGEST_LABELS_BYTES = 1 << 20
SOFTMAX_SCALE = 1 / 256


@dataclass(frozen=True)
class Model:
    """A .tflite file, and what its firmware must know that the file does not say.

    `labels`: of the classes, without FOMO's background. `task`: one of TASKS, "" to tell it from the output's shape. `fit`:
    how a camera's frame becomes the input, one of FITS. `pixels`: the real values of a pixel of 0 and of 255; None: the least
    and the greatest that the input can hold. `threshold`: detect: from this probability on a cell counts. `psram`: what does not fit in
    internal RAM goes into PSRAM.
    """

    path: Path
    labels: tuple[str, ...] = ()
    task: str = ""
    fit: str = "squash"
    pixels: tuple[float, float] | None = None
    threshold: float = 0.5
    psram: bool = False

    @property
    def name(self) -> str:
        return firmware_name(self.path.stem)

    @property
    def folder(self) -> Path:
        """Where its exports lie: in the user's cache, by the file's content and everything that changes the firmware."""
        told = (
            sha256(self.path),
            interface(),
            *(repr(getattr(self, key)) for key in self.__dict__ if key != "path"),
        )
        digest = hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]
        return cache_dir() / "models" / f"{self.name}-{digest}"

    def export(self, board: str) -> "ModelExport":
        """Return its export for a board, whether or not it has been made."""
        return ModelExport(self, self.folder / "export" / board)


@dataclass(frozen=True)
class ModelExport(Export):
    """What was made of a .tflite file for one board."""

    @property
    def stale(self) -> str:
        """The folder's name stands for all that it was made from, and it is whole or absent."""
        return "" if self.files.application.is_file() else "has no complete export"


def load_model(
    path: Path | str,
    *,
    labels: Path | None = None,
    task: str = "",
    fit: str = "squash",
    pixels: tuple[float, float] | None = None,
    threshold: float = 0.5,
    psram: bool = False,
) -> Model:
    """Return a .tflite file with what its firmware must know; `labels` is a file with a name on each line.

    Raises ModelError where there is no such file, DataError for other arguments that cannot be.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelError(f"{path} does not exist", cure="name a .tflite file")
    if task not in ("", *TASKS) or fit not in FITS:
        raise DataError(
            f"no task '{task}' or fit '{fit}'", cure=f"tasks: {', '.join(TASKS)}; fits: {', '.join(FITS)}"
        )
    if pixels is not None and pixels[0] >= pixels[1]:
        raise DataError(
            f"pixels cannot reach from {pixels[0]:g} to {pixels[1]:g}", cure="the lower value comes first"
        )
    return Model(path, read_labels(labels) if labels else (), task, fit, pixels, threshold, psram)


def read_labels(path: Path) -> tuple[str, ...]:
    """Read a file of labels, one per line; numbers before all of them ("0 apple") are left out. Raises DataError."""
    try:
        lines = read_bytes(path, LARGEST_LABELS_BYTES).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path} is no file of labels: {error}", cure="a text file, one name on each line"
        ) from error
    names = [line.strip() for line in lines if line.strip()]
    if names and all(re.match(rf"{number}[:,]?\s+\S", name) for number, name in enumerate(names)):
        names = [re.sub(r"^\d+[:,]?\s+", "", name) for name in names]
    if not names:
        raise DataError(f"{path} holds no labels", cure="a text file, one name on each line")
    return tuple(names)


def export_model(model: Model, board: Board | str) -> ModelExport:
    """Compile a model for a board and write what its firmware is built from, unless that is there already.

    Raises ModelError where its outputs are not what is told of them, or it cannot be compiled.
    """
    board = load_board(board) if isinstance(board, str) else board
    export = model.export(board.name)
    if export.fresh:
        return export
    with replacing_folder(export.folder) as folder:
        files = ExportFiles(folder)
        shutil.copyfile(model.path, files.int8)
        note(f"{model.path.name} to C")
        with HostModel(model.path, input_mode="rows") as host:
            told = resolved(model, host.plan.get("outputs", []))
            application = application_of(told, host.plan, host, sha256(files.int8))
        plan = compile_model(
            model.path,
            folder,
            input_mode="rows",
            kernels=board.compiler["kernels"],
            workers=board.compiler["workers"],
            labels=model.labels,
            memory=memory_of(board, host.input_bytes),
            external=external_of(board, host.input_bytes, model.psram),
        )
        made_from = f"{model.path.name}, sha256 {application.model_sha256[:16]}"
        write_text(files.application, application_source(application, made_from))
        needs = {"stream": needs_of(plan, host.input_bytes)}
        write_budget(board, "stream", needs, host.input_bytes, files)
    return export


def resolved(model: Model, outputs: Sequence[Edge]) -> Model:
    """Return the model with its task and labels, told from its outputs where they were not given; raises ModelError."""
    given = outputs[0]
    if len(outputs) > 1 or given["dtype"] not in CODES:
        if model.task not in ("", "raw"):
            what = f"{len(outputs)} outputs" if len(outputs) > 1 else given["dtype"]
            raise ModelError(
                f"{model.path.name} gives {what}, not one output of int8 or uint8",
                cure="--task raw gives them as they are",
            )
        return replace(model, task="raw", labels=())
    shape = [size for size in given["shape"] if size > 1] or [1]
    softmax = (
        abs(given["scale"] - SOFTMAX_SCALE) < 1e-9
        and given["dtype"] == "int8"
        and given["zero_point"] == -128
    )
    is_map = len(given["shape"]) == 4 and len(shape) == 3 and softmax and fits_search(given)
    task = model.task
    if not task:
        map_of_labels = is_map and len(model.labels) == given["shape"][-1] - 1
        task = "classify" if len(shape) == 1 else "detect" if map_of_labels else "raw"
    if task == "detect" and not is_map:
        raise ModelError(
            f"{model.path.name} gives {given['shape']} {given['dtype']}, no map of probabilities like FOMO's",
            cure="--task raw gives the output as it is",
        )
    classes = {"classify": int(np.prod(shape)), "detect": given["shape"][-1] - 1, "raw": 0}[task]
    if task == "classify" and len(shape) != 1:
        raise ModelError(
            f"{model.path.name} gives {given['shape']}, not one value per class",
            cure="--task raw gives it as it is",
        )
    if model.labels and task != "raw" and len(model.labels) != classes:
        raise ModelError(
            f"{model.path.name} has {classes} classes, the labels are {len(model.labels)}",
            cure="one label a line",
        )
    labels = model.labels or tuple(map(str, range(classes)))
    return replace(model, task=task, labels=labels if classes else ())


def fits_search(given: Edge) -> bool:
    """Tell whether the firmware's search for objects takes a map of this size."""
    _, height, width, _ = given["shape"]
    return bool(height * width * max(height, width) <= LARGEST_MAP)


def tables_of(model: Model, taken: Edge, channels: int) -> npt.NDArray[np.int8] | None:
    """Return the tables [channels, 256] from a pixel to the input's byte; None where the input is no picture."""
    if channels not in (1, 3):
        return None
    least = CODES[taken["dtype"]]
    if model.pixels is None:
        codes = np.arange(256)[None] + least
    else:
        low, high = model.pixels
        std = 1 / (high - low)
        signed = input_tables([-low * std], [std], taken["scale"], taken["zero_point"] - least - 128)
        codes = signed.astype(int) + 128 + least
    return np.broadcast_to(codes.astype(np.uint8 if least == 0 else np.int8).view(np.int8), (channels, 256))


def pixels_of(model: Model, inputs: Sequence[Edge]) -> npt.NDArray[np.int8] | None:
    """Return the tables of `tables_of`; None where the model takes other than one input of bytes."""
    if len(inputs) != 1 or inputs[0]["dtype"] not in CODES:
        return None
    shape = inputs[0]["shape"]
    return tables_of(model, inputs[0], shape[-1] if len(shape) == 4 and shape[0] == 1 else 0)


def application_of(model: Model, plan: Plan, host: HostModel, model_sha256: str) -> Application:
    """Return what the firmware must know, with two known inputs.

    Of a picture noise, and a ramp from dark to bright; else noise of each input's type, twice.
    """
    inputs = plan.get("inputs", [])
    tables = pixels_of(model, inputs)
    if tables is None:
        pictures = [noise_of(planned_values(inputs), seed) for seed in (0, 1)]
    else:
        edge = host.inputs[0]
        noise = np.random.default_rng(0).integers(
            0, 256, (edge.height, edge.width, edge.channels), dtype=np.uint8
        )
        ramp = (np.arange(noise.size) * 256 // noise.size).astype(np.uint8).reshape(noise.shape)
        pictures = [noise, ramp]
    goldens = [golden(host, picture, taken_bytes(picture, tables)) for picture in pictures]
    return Application(
        name=model.name,
        model_sha256=model_sha256,
        task=model.task,
        fit=model.fit,
        labels=model.labels,
        thresholds=[threshold_step(model.threshold)] * len(model.labels),
        input_tables=tables,
        inputs=values_of(host.inputs),
        outputs=values_of(host.outputs),
        goldens=goldens,
    )


def taken_bytes(picture: npt.NDArray[np.uint8], tables: npt.NDArray[np.int8] | None) -> npt.NDArray[np.int8]:
    """Return the model's input bytes for a picture [H, W, C]."""
    if tables is None:
        return picture.view(np.int8)
    return np.asarray(tables[np.arange(picture.shape[-1]), picture])
