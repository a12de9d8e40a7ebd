"""Long work of the page's own: what a model sees in the pictures that are not labelled, and what it says of the test pictures."""

import json
from collections.abc import Callable
from pathlib import Path

from tinyml.data.pictures import picture_size
from tinyml.files import write_text
from tinyml.inference.predictions import Prediction
from tinyml.studio.answers import SeenObject, Sight, Suggestions, WorkProgress
from tinyml.studio.library import Library
from tinyml.studio.place import Place
from tinyml.studio.sizes import NO_SIZE, Sizes, usual_sizes
from tinyml.workflow.outputs import outputs_of
from tinyml.workflow.predict import predict
from tinyml.workflow.run import Run, load_run
from tinyml.workflow.train import train

AT_ONCE = 64  # pictures in memory
SAME = 0.25  # of its class's usual size: an object so near to a surer one is taken for the same; tools/choose_apart.py


def suggest(place: Path, folder: str, model: str) -> None:
    """Write suggestions.json: what a run sees in each picture that is not labelled.

    model: the run's name; "" trains one first, on what is labelled, called after the folder with "-helper" behind it.
    """
    studio = Place(Path(folder))
    if model:
        run = load_run(model)
    else:
        _progress(place, "training on what is labelled", 0, 1)
        run = _helper(studio.folder)
    library = Library(studio)
    listing = library.listing()
    every = library.rows(listing, wait=True)
    sizes = usual_sizes(box for row in every for box in row.boxes or ())
    rows = [row for row in every if not row.labelled and not row.trouble]
    found: dict[str, Sight] = {}
    for start in range(0, len(rows), AT_ONCE):
        _progress(place, "looking at pictures", start, len(rows))
        part = rows[start : start + AT_ONCE]
        paths = [listing.tree.path(row.name) for row in part]
        for row, path, said in zip(part, paths, predict(run, paths)):
            sight = seen(run, path, said)
            found[row.name] = apart(sight, sizes) if isinstance(sight, list) else sight
    _progress(place, "looking at pictures", len(rows), len(rows))
    suggestions: Suggestions = {"run": run.name, "pictures": found}
    write_text(studio.suggestions(), json.dumps(suggestions))


def apart(seen: list[SeenObject], sizes: Sizes, same: float = SAME) -> list[SeenObject]:
    """Return objects, the surest first, without those that lie on a surer one: one object is often seen twice.

    sizes: the usual ones of classes. same: the share of them up to which two centres are those of one object.
    """
    kept: list[SeenObject] = []
    for one in sorted(seen, key=lambda one: -one["score"]):
        wide, high = sizes.get(one["label"], NO_SIZE)
        if all(
            abs(other["x"] - one["x"]) > same * wide or abs(other["y"] - one["y"]) > same * high
            for other in kept
        ):
            kept.append(one)
    return kept


def _helper(folder: Path) -> Run:
    """Train the network that pre-fills where there is none yet: small, and trained for a minute or two."""
    name = f"{folder.name}-helper"
    return train(folder, name=name, overwrite=True, skip_bad=True, width=0.35, epochs=40, batch=8, patience=0)


def seen(run: Run, path: Path, said: Prediction) -> Sight:
    """Return a prediction as the page takes it: centres as fractions of the whole picture, or the class."""
    width, height = picture_size(path) if run.config.fit == "crop" else (1, 1)
    return seen_in_frame(run, said, width, height)


def seen_in_frame(run: Run, said: Prediction, width: int, height: int) -> Sight:
    """Return what `seen` does for a picture of `width` x `height` pixels."""
    if said.label is not None:
        assert said.score is not None
        return {"label": said.label, "score": round(said.score, 4)}
    left, top, right, bottom = view_of(run, width, height)
    return [
        {
            "label": one.label,
            "x": round(left + one.x * (right - left), 5),
            "y": round(top + one.y * (bottom - top), 5),
            "score": round(one.score, 4),
        }
        for one in said.detections
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
    progress: WorkProgress = {"words": words, "done": done, "total": total}
    write_text(place / "progress.json", json.dumps(progress))


WORK: dict[str, Callable[..., None]] = {"suggest": suggest, "outputs": outputs}
