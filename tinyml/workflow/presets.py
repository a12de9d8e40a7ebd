"""Presets on a board: what each costs there and finds, and which one to take."""

from tinyml.boards import Board
from tinyml.contracts.presets import OnChip, PresetRow
from tinyml.errors import TinymlError
from tinyml.vision.presets import Preset, load_preset, load_presets

BEST = "auto"  # instead of a preset's name: of those that fit the board, the one that finds the most


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
    """Return, of the presets that fit a board, the one that finds the most; raises TinymlError where none is known to fit."""
    if best := _best(preset_rows(board)):
        return load_preset(best["name"])
    raise TinymlError(
        f"no preset is known to fit {board.name}",
        cure="choose one by name, and see what `tinyml export` says of it",
    )


def _best(rows: list[PresetRow]) -> PresetRow | None:
    """Return, of the rows that fit, the one that finds the most by audited labels; of equals the fastest."""
    return max((row for row in rows if row["fits"]), key=_found, default=None)


def _found(row: PresetRow) -> float:
    """Return a preset's measured F1 by audited labels; one that was never measured comes behind all others."""
    audited = (row["f1"] or {}).get("audited")
    return audited["mean"] if audited else 0.0


def suggestion(board: Board) -> str:
    """Return a sentence about the preset that finds most on a board, or "" where the network of no preset does."""
    rows = preset_rows(board)
    usual, best = rows[0], _best(rows)
    if best is None or best is usual or not best["macs"] or not usual["macs"]:
        return ""
    times = best["macs"] / usual["macs"]
    return (
        f"--preset {best['name']} found more on the fruit set, with {times:.1f} times the multiply-accumulates, and fits {board.name} "
        f"(see tinyml presets)"
    )
