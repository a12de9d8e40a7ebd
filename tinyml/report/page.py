"""From the files of a run to one HTML page; everything shown was computed by the commands that wrote them."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined, UndefinedError

from tinyml import __version__
from tinyml.boards import board_names, load_board
from tinyml.contracts import (
    Accuracy,
    Benchmark,
    Budget,
    Metrics,
    Plan,
    Predictions,
    Tuning,
    read_checked,
    read_trained_as,
)
from tinyml.contracts.run import Epoch, Picture
from tinyml.errors import TinymlError
from tinyml.inference.metrics import TITLES
from tinyml.paths import ExportFiles, RunFiles
from tinyml.report import plots
from tinyml.report.front import draw_front
from tinyml.report.pictures import Shown, badness, data_uri, show

Kind = TypeVar("Kind")
SHOWN_PICTURES = 6
# Where each stage runs.
PLACES = {
    "float": "PyTorch, this computer",
    "onnx": "onnxruntime, this computer",
    "tflite_float32": "TensorFlow Lite, this computer",
    "tflite_float16": "TensorFlow Lite, this computer",
    "tflite_int8": "TensorFlow Lite's reference kernels, this computer",
    "tflm": "TFLite-Micro, this computer",
    "c_host": "generated C, this computer",
}


@dataclass
class Export:
    """What one export folder holds, as it was written; absent files are empty."""

    board: str
    accuracy: Accuracy
    plan: Plan
    budget: Budget
    benchmark: Benchmark
    plan_drawing: str = ""  # plan.svg as a data URI
    constants_svg: str = ""
    layers: list[dict[str, object]] = field(default_factory=list)


def build_page(run: Path) -> str:
    """Return the report of a run folder as one HTML document that needs no other file and no network.

    Raises TinymlError where a file is damaged, or lacks what this version of tinyml writes.
    """
    try:
        return _build_page(run)
    except (KeyError, UndefinedError) as error:
        raise TinymlError(
            f"a JSON file of {run} lacks something that this version of tinyml writes: {error}",
            cure="recreate it: tinyml evaluate, tinyml export",
        ) from error


def _build_page(run: Path) -> str:
    files = RunFiles(run)
    config = read_trained_as(files.config)
    metrics = read_checked(files.metrics, Metrics)
    predictions = optional(files.predictions, Predictions).get("pictures", [])
    classes = config["classes"]
    search = optional(files.tuning, Tuning)
    ranked = sorted(predictions, key=lambda entry: badness(entry, classes))
    made = sorted(files.exports(), key=lambda export: (is_emulated(export.board_name), export.board_name))
    exports = [read_export(export) for export in made]
    test = metrics.get("test", {})
    score = "f1" if config["task"] == "detect" else "accuracy"
    environment = Environment(
        loader=PackageLoader("tinyml.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, percent=percent, metric=metric)
    return environment.get_template("page.html.j2").render(
        name=run.resolve().name,
        config=config,
        classes=classes,
        metrics=metrics,
        data=metrics.get("data", {}),
        score_name=TITLES[score],
        score_key=score,
        score=test.get(score),
        interval=test.get(f"{score}_interval"),
        exports=exports,
        columns={key: title for key, title in TITLES.items() if any_stage_has(exports, key)},
        stages={
            stage: PLACES.get(stage, f"the board {stage}, over its serial line")
            for export in exports
            for stage in export.accuracy.get("stages", {})
        },
        drawings=draw_history(metrics.get("history", []), score),
        confusion=plots.confusion(test["confusion"], test["confusion_labels"]) if "confusion" in test else "",
        examples=shown(metrics.get("data", {}).get("examples", []), classes, config["fit"]),
        worst=shown(ranked[::-1], classes, config["fit"]),
        best=shown(ranked, classes, config["fit"]),
        tested=len(predictions),
        search=search,
        front=front_of(search),
        version=__version__,
        computer=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    )


def draw_history(history: Sequence[Epoch], score: str) -> list[str]:
    """Draw the losses and the validation's `score` over epochs, as far as the training noted them."""
    losses = {"train_loss": "training loss", "validation_loss": "validation loss"}
    scores = {f"validation_{score}": f"validation {TITLES[score]}"}
    drawings = (
        plots.curves(history, losses, "loss by epoch"),
        plots.curves(history, scores, f"{TITLES[score]} by epoch", share=True),
    )
    return [drawing for drawing in drawings if drawing]


def read_export(files: ExportFiles) -> Export:
    """Read an export folder, with the drawing that the compiler made of its plan, and draw where its constants lie."""
    export = Export(
        files.board_name,
        accuracy=optional(files.accuracy, Accuracy),
        plan=optional(files.plan, Plan),
        budget=optional(files.budget, Budget),
        benchmark=optional(files.benchmark, Benchmark),
    )
    if export.plan and files.plan_drawing.is_file():
        export.plan_drawing = data_uri("image/svg+xml", files.plan_drawing.read_bytes())
    if constants := export.plan.get("constants"):
        export.constants_svg = plots.constants_by_place(constants)
    counted = {layer["name"]: layer["instructions"] for layer in export.benchmark.get("layers", [])}
    export.layers = [
        {**layer, "instructions": counted.get(layer["name"])} for layer in export.plan.get("layers", [])
    ]
    return export


def front_of(search: Tuning) -> str:
    """Draw what a run that was taken out of a search was chosen from; "" for any other run."""
    if not search:
        return ""
    limit = search["limit_ms"]
    return draw_front(search["networks"], search["metric"], limit, chosen=search["number"])


def is_emulated(board: str) -> bool:
    """Tell whether a board is only emulated; their exports are shown last."""
    return board in board_names() and load_board(board).emulated


def optional(path: Path, kind: type[Kind]) -> Kind:
    """Read a JSON file, or return an empty object where there is none; raises TinymlError where it is damaged."""
    return read_checked(path, kind) if path.is_file() else cast(Kind, {})


def shown(entries: Sequence[Picture], classes: list[str], fit: str) -> list[Shown]:
    """Return the first pictures of `entries` whose files are still there."""
    found: list[Shown] = []
    for entry in entries:
        if len(found) == SHOWN_PICTURES:
            break
        if picture := show(entry, classes, fit):
            found.append(picture)
    return found


def any_stage_has(exports: list[Export], key: str) -> bool:
    """Tell whether any stage of any export was judged by the metric `key`."""
    return any(key in row for export in exports for row in export.accuracy.get("stages", {}).values())


def number(value: float | None) -> str:
    """Format a count with thousands separators."""
    return "–" if value is None or isinstance(value, Undefined) else f"{value:,.0f}"


def percent(value: float | None) -> str:
    """Format a share as per cent."""
    return "–" if value is None else f"{value:.1%}"


def metric(value: float | None, key: str) -> str:
    """Format a metric: shares as per cent, errors as numbers."""
    if value is None:
        return "–"
    return f"{value:.2f}" if key == "count_error" else f"{value:.1%}"


def check_run(run: Path) -> None:
    """Raise TinymlError where a run has not been trained to its end."""
    if not RunFiles(run).metrics.is_file():
        raise TinymlError(
            f"{run} has no metrics.json: its training has not ended",
            cure=f"tinyml train --resume {run.name}",
        )
