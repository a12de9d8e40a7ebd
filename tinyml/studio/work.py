"""Long work of the page's own: what a model sees in the pictures that are not labelled, and what it says of the test pictures."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinyml.data.pictures import picture_size
from tinyml.files import write_text
from tinyml.studio.library import Library
from tinyml.studio.place import Place
from tinyml.workflow.outputs import outputs_of
from tinyml.workflow.predict import predict
from tinyml.workflow.run import Run, load_run
from tinyml.workflow.train import train

AT_ONCE = 64  # pictures in memory
# The network that pre-fills where there is none yet: small, and trained for a minute or two.
HELPER: dict[str, Any] = {"width": 0.35, "epochs": 40, "batch": 8, "patience": 0, "skip_bad": True}


def suggest(place: Path, folder: str, model: str) -> None:
    """Write suggestions.json: what a run sees in each picture that is not labelled.

    model: the run's name; "" trains one first, on what is labelled, called after the folder with "-helper" behind it.
    """
    studio = Place(Path(folder))
    if model:
        run = load_run(model)
    else:
        _progress(place, "training on what is labelled", 0, 1)
        run = train(studio.folder, name=f"{studio.folder.name}-helper", overwrite=True, **HELPER)
    library = Library(studio)
    listing = library.listing()
    rows = [row for row in library.rows(listing, wait=True) if not row.labelled and not row.trouble]
    found: dict[str, Any] = {}
    for start in range(0, len(rows), AT_ONCE):
        _progress(place, "looking at pictures", start, len(rows))
        part = rows[start : start + AT_ONCE]
        paths = [listing.tree.path(row.name) for row in part]
        for row, path, said in zip(part, paths, predict(run, paths)):
            found[row.name] = seen(run, path, said.as_dict())
    _progress(place, "looking at pictures", len(rows), len(rows))
    write_text(studio.suggestions(), json.dumps({"run": run.name, "pictures": found}))


def seen(run: Run, path: Path, said: dict[str, Any]) -> Any:
    """Return a prediction as the page takes it: centres as fractions of the whole picture, or the class."""
    width, height = picture_size(path) if run.config.fit == "crop" else (1, 1)
    return seen_in_frame(run, said, width, height)


def seen_in_frame(run: Run, said: dict[str, Any], width: int, height: int) -> Any:
    """Return what `seen` does for a picture of `width` x `height` pixels."""
    if "detections" not in said:
        return {"label": said["label"], "score": round(said["score"], 4)}
    left, top, right, bottom = view_of(run, width, height)
    return [
        {
            "label": one["label"],
            "x": round(left + one["x"] * (right - left), 5),
            "y": round(top + one["y"] * (bottom - top), 5),
            "score": round(one["score"], 4),
        }
        for one in said["detections"]
    ]


def view_of(run: Run, width: int, height: int) -> tuple[float, float, float, float]:
    """Return what part of a picture of `width` x `height` the network sees, as fractions: (left, top, right, bottom)."""
    if run.config.fit != "crop":
        return 0.0, 0.0, 1.0, 1.0
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return left / width, top / height, (left + side) / width, (top + side) / height


def outputs(place: Path, folder: str, model: str) -> None:
    """Write what the trained network says about each test picture, as numbers, for the page to put thresholds on."""
    run = load_run(model)
    write_text(Place(Path(folder)).outputs(run.name), json.dumps(outputs_of(run)))


def _progress(place: Path, words: str, done: int, total: int) -> None:
    write_text(place / "progress.json", json.dumps({"words": words, "done": done, "total": total}))


WORK: dict[str, Callable[..., None]] = {"suggest": suggest, "outputs": outputs}
