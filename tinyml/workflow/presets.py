"""Presets on a board: what each costs there and finds, and which one to take."""

from tinyml.boards import Board
from tinyml.contracts.presets import OnChip, PresetRow
from tinyml.errors import TinymlError
from tinyml.vision.presets import Preset, load_presets

BEST = "auto"  # instead of a preset's name: the one that finds most of those that fit the board


def preset_rows(board: Board) -> list[PresetRow]:
    """Return a row for each preset, from the fastest to the one that finds most, as measured on the fruit set.

    Keys: `name`, `words`, `settings`, `epochs`, `parameters`, `macs`, `ram_bytes`, `flash_bytes`, `fits`, `latency_us`
    (predicted, for one core and for more), `f1` ({"original": {"mean", "seeds", ...}, "audited": ...}). What is not known
    of the board's chip is None.
    """
    rows: list[PresetRow] = []
    for preset in load_presets():
        known = preset.measured.get("chips", {}).get(board.extends, OnChip())
        rows.append(
            {
                "name": preset.name,
                "words": preset.words,
                "settings": preset.table,
                "epochs": preset.epochs,
                "parameters": preset.measured.get("parameters"),
                "macs": preset.measured.get("macs"),
                "f1": preset.measured.get("f1"),
                "ram_bytes": known.get("ram_bytes"),
                "flash_bytes": known.get("flash_bytes"),
                "fits": known.get("fits"),
                "latency_us": known.get("latency_us"),
            }
        )
    return rows


def best_for(board: Board) -> Preset:
    """Return the preset that finds most of those that fit a board; raises TinymlError where none is known to fit."""
    fits = {row["name"] for row in preset_rows(board) if row["fits"]}
    for preset in reversed(load_presets()):
        if preset.name in fits:
            return preset
    raise TinymlError(
        f"no preset is known to fit {board.name}",
        cure="choose one by name, and see what `tinyml export` says of it",
    )


def suggestion(board: Board) -> str:
    """Return a sentence about the preset that finds most on a board, or "" where the network of no preset does."""
    rows = {row["name"]: row for row in preset_rows(board)}
    usual, best = (
        next(iter(rows.values())),
        next((row for row in reversed(rows.values()) if row["fits"]), None),
    )
    if best is None or best is usual or not best["macs"] or not usual["macs"]:
        return ""
    times = best["macs"] / usual["macs"]
    return (
        f"--preset {best['name']} finds more, with {times:.1f} times the multiply-accumulates, and fits {board.name} "
        f"(see tinyml presets)"
    )
