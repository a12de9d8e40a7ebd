"""The page's questions about jobs, runs and boards, and what it starts; each answer is plain data."""

from pathlib import Path
from typing import Any

import msgspec

from tinyml.boards import board_names, load_board
from tinyml.contracts import Predicted
from tinyml.device.ports import candidates
from tinyml.device.project import project_folder
from tinyml.errors import DataError, TinymlError
from tinyml.layers import missing
from tinyml.paths import RunFiles, read_toml, runs_dir
from tinyml.studio import libraries
from tinyml.studio.known import known_run
from tinyml.studio.place import read_table
from tinyml.studio.studio import Ask, Studio
from tinyml.workflow.presets import preset_rows
from tinyml.workflow.run import Export, Run
from tinyml.workflow.runs import list_runs, remove_runs

FIRST_BOARD = "esp32cam"  # the one whose figures stand on the presets themselves
NETWORKS = Path(__file__).parent / "networks.json"
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


def runs(studio: Studio, ask: Ask) -> dict[str, Any]:
    """Return the runs as `tinyml runs` lists them, and which of them were interrupted and can be resumed."""
    rows: list[dict[str, Any]] = [{**row} for row in list_runs()]
    for row in rows:
        files = RunFiles(runs_dir() / row["name"])
        row["resumable"] = files.checkpoint.is_file() and not files.metrics.is_file()
        row |= _pace(files)
    return {"runs": rows, "missing": missing("train")}


def _pace(files: RunFiles) -> dict[str, Any]:
    """Return seconds of training a picture and epoch, with the network's width and size; {} where they are not known."""
    try:
        metrics, config = read_table(files.metrics), read_toml(files.config)
        pictures = sum(metrics["data"]["train"]["pictures"].values())
        pictures += sum(metrics["data"]["unsorted"]["train"].values())
        pace = metrics["train_seconds"] / (len(metrics["history"]) * pictures)
    except (TinymlError, KeyError, ZeroDivisionError, TypeError, AttributeError):
        return {}
    return {"pace": pace, "width": config.get("width", 1.0), "size": config.get("size", 96)}


def run_facts(studio: Studio, ask: Ask) -> dict[str, Any]:
    """Return one finished run: its settings, its figures, the stages of its exports."""
    run = known_run(ask.query.get("name", ""))
    exports, troubles = {}, []
    for files in run.files.exports():
        try:
            if files.accuracy.is_file():
                exports[files.board_name] = _export_facts(run.export(files.board_name))
        except TinymlError as error:  # a damaged file of one export hides no other
            troubles.append(error.what)
    config = run.config
    return {
        "name": run.name,
        "config": {
            key: getattr(config, key)
            for key in (
                "task",
                "classes",
                "size",
                "width",
                "channels",
                "fit",
                "context",
                "thresholds",
                "dataset",
                "seed",
            )
        },
        "epochs": config.epochs,
        "metrics": run.metrics if run.files.metrics.is_file() else None,
        "exports": exports,
        "libraries": libraries.made(studio.place, run),
        "troubles": troubles,
    }


def _export_facts(export: Export) -> dict[str, Any]:
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


def _brief(predicted: Predicted | None) -> dict[str, Any] | None:
    return predicted and {key: predicted[key] for key in ("board", "remark", "cores")}  # type: ignore[literal-required]


def remove_run(studio: Studio, ask: Ask) -> dict[str, Any]:
    """Remove a run with its exports, for good."""
    run = known_run(ask.read(Named).name)
    remove_runs([run.name])
    return runs(studio, ask)


def outputs(studio: Studio, ask: Ask) -> dict[str, Any]:
    """Return the numbers behind a run's figures; `stale` where they are still to be computed."""
    run = known_run(ask.query.get("run", ""))
    path = studio.place.outputs(run.name)
    if not path.is_file():
        return {"stale": True}
    found = read_table(path)
    if found["model_seconds"] != run.files.model.stat().st_mtime:
        return {"stale": True}
    found["thresholds"] = run.config.thresholds  # others may have been kept since
    root = studio.library.listing().tree.root
    for row in found["pictures"]:
        file = Path(row.pop("file"))
        row["name"] = file.relative_to(root).as_posix() if file.is_relative_to(root) else ""
        row["title"] = file.name
    return {"stale": False, **found}


def suggestions(studio: Studio, ask: Ask) -> dict[str, Any]:
    """Return what a model saw in the pictures that were not labelled."""
    path = studio.place.suggestions()
    return read_table(path) if path.is_file() else {"run": "", "pictures": {}}


def check(studio: Studio, ask: Ask) -> dict[str, Any]:
    """Return the suspects of the last check of labels that were not corrected since, the likeliest first, and what else it found."""
    path = studio.place.check / "check.json"
    if not path.is_file():
        return {"suspects": []}
    found = read_table(path)
    listing = studio.library.listing()
    root, pictures, checked = listing.tree.root, set(listing.tree.pictures), path.stat().st_mtime
    rows = []
    for one in found.get("suspects") or []:
        file = Path(one["file"])
        name = file.relative_to(root).as_posix() if file.is_relative_to(root) else ""
        annotation = listing.files.get(name)
        corrected = annotation and listing.tree.path(annotation).stat().st_mtime > checked
        if name in pictures and not corrected:
            rows.append(
                {"name": name, **{key: one[key] for key in ("kind", "label", "suggested", "box", "score")}}
            )
    return {
        "suspects": rows,
        "near_duplicates": len(found["near_duplicates"]),
        "seconds": path.stat().st_mtime,
    }


def boards(studio: Studio, ask: Ask) -> dict[str, Any]:
    """Return the boards, real and emulated, with the presets' figures, and the ports at which one may be."""
    rows = []
    for name in board_names():
        board = load_board(name)
        rows.append({"name": name, "title": board.title, "chip": board.chip, "emulated": board.emulated})
    try:
        ports = [{"port": port, "words": words} for port, words in candidates()]
    except (TinymlError, OSError):
        ports = []
    return {"boards": rows, "ports": ports, "presets": _presets(), **read_table(NETWORKS)}


def last(values: list[float] | None) -> float | None:
    """Return the last value, of the most cores; None where there is none."""
    return values[-1] if values else None


def _presets() -> list[dict[str, Any]]:
    """Return the presets with what they need on the first board, and where else they fit."""
    real = [board for name in board_names() if not (board := load_board(name)).emulated]
    rows = {board.name: preset_rows(board) for board in real}
    found = []
    for place, row in enumerate(rows[FIRST_BOARD]):
        fits = {
            name: {"ok": of[place]["fits"], "latency_us": last(of[place]["latency_us"])}
            for name, of in rows.items()
        }
        found.append({**row, "latency_us": fits[FIRST_BOARD]["latency_us"], "boards": fits})
    return found


def file_of(studio: Studio, ask: Ask) -> Path:
    """Return a file of an export that may be taken elsewhere, or an image to flash; raises DataError for any other."""
    run, board, name = (
        known_run(ask.query.get("run", "")),
        ask.query.get("board", ""),
        ask.query.get("file", ""),
    )
    load_board(board)
    images = {row["name"]: path for row, path in _images(run, board)}
    path = run.files.export(board).folder / name if name in DOWNLOADS else images.get(name)
    if path is None or not path.is_file():
        raise DataError(
            f"there is no file '{name}' of this export", cure="export or build the run for this board"
        )
    return path


def images(studio: Studio, ask: Ask) -> dict[str, Any]:
    """Return the images of a built firmware with their places in flash, for a browser that flashes."""
    run, board = known_run(ask.query.get("run", "")), ask.query.get("board", "")
    found = [row for row, _ in _images(run, board)]
    if "firmware.bin" not in {row["name"] for row in found}:
        raise DataError(f"no firmware of {run.name} is built for {board}", cure="build it first")
    return {"images": found}


def _images(run: Run, name: str) -> list[tuple[dict[str, Any], Path]]:
    """Return the images that lie in a build's folder, each with its address in flash."""
    board = load_board(name)
    folder = project_folder(run.folder) / ".pio" / "build" / board.environment
    first = (
        0x1000 if board.chip.startswith("ESP32 ") else 0
    )  # newer chips' ROM looks for the boot loader at 0
    places = {"bootloader.bin": first, "partitions.bin": 0x8000, "firmware.bin": 0x10000}
    return [
        ({"name": file, "address": address}, folder / file)
        for file, address in places.items()
        if (folder / file).is_file()
    ]
