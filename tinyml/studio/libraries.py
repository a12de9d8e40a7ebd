"""A run's C as a library for firmware of one's own, made by `tinyml export --as`, to be taken away as one zip file."""

import io
import zipfile
from pathlib import Path

from tinyml.errors import DataError
from tinyml.studio.known import known_run
from tinyml.studio.place import Place
from tinyml.studio.studio import Ask, Studio
from tinyml.studio.work_facts import LibraryRow
from tinyml.workflow.run import Run

KINDS = {
    "c": "plain C",
    "arduino": "an Arduino library",
    "esp-idf": "an ESP-IDF component",
}  # of `tinyml export --as`, and what each is


def folder_of(place: Place, run: str, kind: str) -> Path:
    """Return where a run's library of a kind is made; raises DataError for an unknown kind."""
    if kind not in KINDS:
        raise DataError(f"no library called '{kind[:40]}'", cure=f"kinds: {', '.join(KINDS)}")
    return place.own / "libraries" / run / kind


def made(place: Place, run: Run) -> list[LibraryRow]:
    """Return each kind of library, in words, and whether one of the run as it is now has been made."""
    return [
        {"kind": kind, "words": words, "made": _found(place, run, kind) is not None}
        for kind, words in KINDS.items()
    ]


def _found(place: Place, run: Run, kind: str) -> Path | None:
    """Return a library's folder or zip file; None where there is none, or the run has changed since."""
    inside = folder_of(place, run.name, kind)
    if not inside.is_dir():
        return None
    changed = max(run.files.model.stat().st_mtime, run.files.config.stat().st_mtime)
    for path in sorted(inside.iterdir()):
        if not path.name.startswith(".") and path.stat().st_mtime >= changed:
            return path
    return None


def library(studio: Studio, ask: Ask) -> tuple[str, bytes]:
    """Return the name and the bytes of a library's zip file; raises DataError where none has been made."""
    run, kind = known_run(ask.query.get("run", "")), ask.query.get("kind", "")
    path = _found(studio.place, run, kind)
    if path is None:
        raise DataError(f"there is no library of {run.name} as {kind} yet", cure="make it first")
    if path.is_file():
        return path.name, path.read_bytes()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(path.parent))
    return f"{path.name}-{kind}.zip", stream.getvalue()
