"""The page's questions about boards, presets on them, and the files that go to one; each answer is plain data."""

from pathlib import Path

from tinyml.boards import board_names, load_board
from tinyml.contracts import read_checked
from tinyml.device.ports import candidates
from tinyml.device.project import project_folder
from tinyml.errors import DataError, TinymlError
from tinyml.studio.known import known_run
from tinyml.studio.studio import Ask, Studio
from tinyml.studio.work_answers import DOWNLOADS
from tinyml.studio.work_facts import (
    BoardRow,
    Boards,
    FlashImage,
    FlashImages,
    Networks,
    OnBoard,
    PortRow,
    PresetShown,
)
from tinyml.workflow.presets import preset_rows
from tinyml.workflow.run import Run

FIRST_BOARD = "esp32cam"  # the one whose figures stand on the presets themselves
NETWORKS = Path(__file__).parent / "networks.json"


def boards(studio: Studio, ask: Ask) -> Boards:
    """Return the boards, real and emulated, with the presets' figures, and the ports at which one may be."""
    rows: list[BoardRow] = []
    for name in board_names():
        board = load_board(name)
        rows.append({"name": name, "title": board.title, "chip": board.chip, "emulated": board.emulated})
    try:
        ports: list[PortRow] = [{"port": port, "words": words} for port, words in candidates()]
    except (TinymlError, OSError):
        ports = []
    return {"boards": rows, "ports": ports, "presets": _presets(), **read_checked(NETWORKS, Networks)}


def last(values: list[float] | None) -> float | None:
    """Return the last value, of the most cores; None where there is none."""
    return values[-1] if values else None


def _presets() -> list[PresetShown]:
    """Return the presets with what they need on the first board, and where else they fit."""
    real = [board for name in board_names() if not (board := load_board(name)).emulated]
    rows = {board.name: preset_rows(board) for board in real}
    found: list[PresetShown] = []
    for place, row in enumerate(rows[FIRST_BOARD]):
        fits: dict[str, OnBoard] = {
            name: {"ok": of[place]["fits"], "latency_us": last(of[place]["latency_us"])}
            for name, of in rows.items()
        }
        found.append(
            {
                "name": row["name"],
                "words": row["words"],
                "settings": row["settings"],
                "epochs": row["epochs"],
                "parameters": row.get("parameters"),
                "macs": row["macs"],
                "f1": row["f1"],
                "ram_bytes": row["ram_bytes"],
                "flash_bytes": row["flash_bytes"],
                "fits": row["fits"],
                "latency_us": fits[FIRST_BOARD]["latency_us"],
                "boards": fits,
            }
        )
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


def images(studio: Studio, ask: Ask) -> FlashImages:
    """Return the images of a built firmware with their places in flash, for a browser that flashes."""
    run, board = known_run(ask.query.get("run", "")), ask.query.get("board", "")
    found = [row for row, _ in _images(run, board)]
    if "firmware.bin" not in {row["name"] for row in found}:
        raise DataError(f"no firmware of {run.name} is built for {board}", cure="build it first")
    return {"images": found}


def _images(run: Run, name: str) -> list[tuple[FlashImage, Path]]:
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
