"""Boards as data: each TOML file in this folder describes one; loading checks it against the types in board.py.

What boards with the same chip share stands once, in chips/: `extends` names that file, and what a board's own file says takes
the place of it, table by table, and in a region of the same name key by key.
"""

import os
from functools import cache
from pathlib import Path

from tinyml.boards.board import PORTABLE, Board, Region
from tinyml.contracts import typed
from tinyml.errors import TinymlError
from tinyml.paths import read_toml

FOLDER = Path(__file__).parent
CHIPS = FOLDER / "chips"
__all__ = ["CHIPS", "FOLDER", "PORTABLE", "Board", "Region", "board_names", "load_board"]


def _files() -> dict[str, Path]:
    """Return the boards' files by name: those of tinyml, and one's own in the folder that TINYML_BOARDS names."""
    folders = [FOLDER, *(Path(one) for one in (os.environ.get("TINYML_BOARDS"),) if one)]
    return {path.stem: path for folder in folders for path in folder.glob("*.toml")}


@cache
def board_names() -> tuple[str, ...]:
    """Return the names of all boards, sorted."""
    return tuple(sorted(_files()))


def load_board(name: str) -> Board:
    """Load and check the board `name`; raises TinymlError that says which field is wrong."""
    if name not in board_names():
        raise TinymlError(f"no board called '{name}'", cure=f"boards: {', '.join(board_names())}")
    path = _files()[name]
    table = _with_chip(read_toml(path), path)
    if isinstance(regions := table.get("regions"), list):
        table["regions"] = [row for row in regions if not _absent(row)]
    board = typed(table, Board, path.name, cure="compare it with esp32cam.toml", name=name)
    for region in board.regions:
        if region.limit_bytes <= 0:
            raise TinymlError(f"{path.name}: region '{region.name}' needs a positive limit_bytes")
        if region.usable_bytes <= 0:
            raise TinymlError(f"{path.name}: region '{region.name}' reserves more for the heap than it has")
    if board.clock_hz <= 0:
        raise TinymlError(f"{path.name}: clock_hz must be positive")
    if unknown := set(board.base_bytes) - {region.name for region in board.regions}:
        raise TinymlError(f"{path.name}: base_bytes names unknown regions: {', '.join(sorted(unknown))}")
    needed = ("flash", "camera", "pins") if not board.emulated else ()
    if absent := next((name for name in needed if not getattr(board, name)), None):
        raise TinymlError(f"{path.name}: [{absent}] is missing", cure="compare it with esp32cam.toml")
    return board


def _with_chip(table: dict[str, object], path: Path) -> dict[str, object]:
    """Return a board's table over the one of its chip; a region whose limit_bytes is 0 is one that the board lacks."""
    if not (chip := table.get("extends")):
        return table
    if not (CHIPS / f"{chip}.toml").is_file():
        known = ", ".join(sorted(file.stem for file in CHIPS.glob("*.toml")))
        raise TinymlError(f"{path.name}: no chip called '{chip}'", cure=f"chips: {known}")
    base = read_toml(CHIPS / f"{chip}.toml")
    regions = {row["name"]: row for row in _rows(base["regions"], path)}
    for row in _rows(table.get("regions", []), path):
        regions[row["name"]] = regions.get(row["name"], {}) | row
    absent = {name for name, row in regions.items() if _absent(row)}
    needs = base.get("base_bytes", {})
    assert isinstance(needs, dict)
    needs = {name: size for name, size in needs.items() if name not in absent}
    return base | {"base_bytes": needs} | table | {"regions": list(regions.values())}


def _rows(regions: object, path: Path) -> list[dict[str, object]]:
    """Return a board's own regions, which must have names to take the place of its chip's."""
    if not isinstance(regions, list) or not all(isinstance(row, dict) and "name" in row for row in regions):
        raise TinymlError(f"{path.name}: a region without a name", cure="write [[regions]] and name = ...")
    return regions


def _absent(row: object) -> bool:
    """Tell whether a row says that the board lacks a region."""
    return isinstance(row, dict) and row.get("limit_bytes") == 0
