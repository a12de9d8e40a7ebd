"""The page's questions about runs, their exports and what models say of pictures; each answer is plain data."""

from pathlib import Path

import msgspec

from tinyml.contracts import Metrics, Predicted, held_to, read_checked
from tinyml.contracts.run import Picture
from tinyml.errors import TinymlError
from tinyml.layers import missing
from tinyml.paths import RunFiles, read_toml, runs_dir
from tinyml.studio import libraries
from tinyml.studio.answers import Suggestions
from tinyml.studio.known import known_run
from tinyml.studio.studio import Ask, Studio
from tinyml.studio.work_facts import (
    Checked,
    ExportFacts,
    Pace,
    PredictedBrief,
    RunFacts,
    RunList,
    RunOutputs,
    RunSettings,
    ShownPicture,
    StudioRun,
    Suspected,
    SuspectShown,
)
from tinyml.workflow.outputs import Outputs
from tinyml.workflow.run import Export, Run
from tinyml.workflow.runs import list_runs, remove_runs

DOWNLOADS = {  # of an export: the file, and what it is for
    "model_int8.tflite": "the int8 model, for TensorFlow Lite",
    "model_float32.tflite": "the float model",
    "model.onnx": "the network for ONNX",
    "model.c": "plain C that runs row by row, no interpreter",
    "model.h": "its header",
    "model_data.c": "the int8 file as a C array, for TensorFlow Lite Micro",
    "model_data.h": "its header",
    "plan.json": "the memory plan",
    "plan.svg": "the memory plan, drawn",
    "accuracy.json": "every stage's figures",
    "budget.json": "bytes of each memory region",
}


class Named(msgspec.Struct):
    """A run by its name."""

    name: str


def runs(studio: Studio, ask: Ask) -> RunList:
    """Return the runs as `tinyml runs` lists them, and which of them were interrupted and can be resumed."""
    rows: list[StudioRun] = []
    for row in list_runs():
        files = RunFiles(runs_dir() / row["name"])
        resumable = files.checkpoint.is_file() and not files.metrics.is_file()
        rows.append({**row, "resumable": resumable, **_pace(files)})
    return {"runs": rows, "missing": missing("train")}


def _pace(files: RunFiles) -> Pace:
    """Return seconds of training a picture and epoch, with the network's width and size; {} where they are not known."""
    try:
        metrics = read_checked(files.metrics, Metrics)
        config = held_to(read_toml(files.config), Pace, files.config)
        pictures = sum(metrics["data"]["train"]["pictures"].values())
        pictures += sum(metrics["data"]["unsorted"]["train"].values())
        pace = metrics["train_seconds"] / (len(metrics["history"]) * pictures)
    except (TinymlError, KeyError, ZeroDivisionError):
        return {}
    return {"pace": pace, "width": config.get("width", 1.0), "size": config.get("size", 96)}


def run_facts(studio: Studio, ask: Ask) -> RunFacts:
    """Return one finished run: its settings, its figures, the stages of its exports."""
    run = known_run(ask.query.get("name", ""))
    exports: dict[str, ExportFacts] = {}
    troubles = []
    for files in run.files.exports():
        try:
            if files.accuracy.is_file():
                exports[files.board_name] = _export_facts(run.export(files.board_name))
        except TinymlError as error:  # a damaged file of one export hides no other
            troubles.append(error.what)
    return {
        "name": run.name,
        "config": _settings(run),
        "epochs": run.config.epochs,
        "metrics": run.metrics if run.files.metrics.is_file() else None,
        "exports": exports,
        "libraries": libraries.made(studio.place, run),
        "troubles": troubles,
    }


def _settings(run: Run) -> RunSettings:
    config = run.config
    return {
        "task": config.task,
        "classes": config.classes,
        "size": config.size,
        "width": config.width,
        "channels": config.channels,
        "fit": config.fit,
        "context": config.context,
        "thresholds": config.thresholds,
        "dataset": config.dataset,
        "seed": config.seed,
    }


def _export_facts(export: Export) -> ExportFacts:
    folder = export.folder
    return {
        "stale": export.stale,
        "stages": export.accuracy["stages"],
        "warnings": export.accuracy["warnings"],
        "budget": export.budget,
        "predicted": _brief(export.predicted),
        "plan": {key: value for key, value in (export.plan or {}).items() if isinstance(value, int | str)},
        "benchmark": export.benchmark,
        "files": [
            {"name": name, "words": words, "bytes": (folder / name).stat().st_size}
            for name, words in DOWNLOADS.items()
            if (folder / name).is_file()
        ],
    }


def _brief(predicted: Predicted | None) -> PredictedBrief | None:
    if predicted is None:
        return None
    return {"board": predicted["board"], "remark": predicted["remark"], "cores": predicted["cores"]}


def remove_run(studio: Studio, ask: Ask) -> RunList:
    """Remove a run with its exports, for good."""
    run = known_run(ask.read(Named).name)
    remove_runs([run.name])
    return runs(studio, ask)


def outputs(studio: Studio, ask: Ask) -> RunOutputs:
    """Return the numbers behind a run's figures; `stale` where they are still to be computed."""
    run = known_run(ask.query.get("run", ""))
    path = studio.place.outputs(run.name)
    if not path.is_file():
        return {"stale": True}
    found = read_checked(path, Outputs)
    if found["model_seconds"] != run.files.model.stat().st_mtime:
        return {"stale": True}
    root = studio.library.listing().tree.root
    said: RunOutputs = {
        "stale": False,
        "task": found["task"],
        "classes": found["classes"],
        "thresholds": run.config.thresholds,  # others may have been kept since
        "fit": found["fit"],
        "model_seconds": found["model_seconds"],
        "folder": found["folder"],
        "metrics": found["metrics"],
        "pictures": [_shown(picture, root) for picture in found["pictures"]],
    }
    if found["task"] == "detect":
        said["shape"], said["cells"] = found["shape"], found["cells"]
    else:
        said["probabilities"] = found["probabilities"]
    return said


def _shown(picture: Picture, root: Path) -> ShownPicture:
    file = Path(picture["file"])
    return {
        "width": picture["width"],
        "height": picture["height"],
        "label": picture["label"],
        "boxes": picture["boxes"],
        "name": file.relative_to(root).as_posix() if file.is_relative_to(root) else "",
        "title": file.name,
    }


def suggestions(studio: Studio, ask: Ask) -> Suggestions:
    """Return what a model saw in the pictures that were not labelled."""
    path = studio.place.suggestions()
    return read_checked(path, Suggestions) if path.is_file() else {"run": "", "pictures": {}}


def check(studio: Studio, ask: Ask) -> Checked:
    """Return the suspects of the last check of labels that were not corrected since, the likeliest first, and what else it found."""
    path = studio.place.check / "check.json"
    if not path.is_file():
        return {"suspects": []}
    found = read_checked(path, Suspected)
    listing = studio.library.listing()
    root, pictures, checked = listing.tree.root, set(listing.tree.pictures), path.stat().st_mtime
    rows: list[SuspectShown] = []
    for one in found.get("suspects") or []:
        file = Path(one["file"])
        name = file.relative_to(root).as_posix() if file.is_relative_to(root) else ""
        annotation = listing.files.get(name)
        corrected = annotation and listing.tree.path(annotation).stat().st_mtime > checked
        if name in pictures and not corrected:
            rows.append(
                {
                    "name": name,
                    "kind": one["kind"],
                    "label": one["label"],
                    "suggested": one["suggested"],
                    "box": one["box"],
                    "score": one["score"],
                }
            )
    return {
        "suspects": rows,
        "near_duplicates": len(found["near_duplicates"]),
        "seconds": path.stat().st_mtime,
    }
