"""Boards as data: each TOML file in this folder describes one; loading checks it against the fields below.

What boards with the same chip share stands once, in chips/: `extends` names that file, and what a board's own file says takes
the place of it, table by table, and in a region of the same name key by key.
"""

import os
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tinyml.errors import TinymlError
from tinyml.paths import read_toml

FOLDER = Path(__file__).parent
CHIPS = FOLDER / "chips"


@dataclass(frozen=True)
class Region:
    """One memory region: `limit_bytes` is what the linker, or where `heap` is true the heap's largest block, offers.

    `holds` says what is put here; each of these has one region a board, but where it is absent: "arena", "input" (the
    picture that `db` loads), "static" (the program's own variables), "constants" and "code" (flash), "fast_code",
    "fast_constants" (those that inference reads often), "fast_words" (those of them read only as aligned 32-bit words),
    "frame" (the camera's), "heap_request" (the largest other block that the application asks the heap for).
    """

    name: str
    limit_bytes: int
    purpose: str
    holds: tuple[str, ...] = ()
    heap: bool = False  # taken from the heap at start-up: no section of the ELF lies here
    reserve_heap_bytes: int = 0  # of a static region, what a build must leave: it becomes heap at run time
    linker: tuple[str, ...] = ()  # what the linker script calls it, for the linker's own words on an overflow
    sections: tuple[str, ...] = ()  # ELF output sections summed into it by the budget step
    addresses: tuple[tuple[int, int], ...] = ()  # [start, end) of the region in the chip's address map

    @property
    def usable_bytes(self) -> int:
        """What a build may take of the region."""
        return self.limit_bytes - self.reserve_heap_bytes


@dataclass(frozen=True)
class Board:
    """A microcontroller board: memory, clock, pins, how its firmware is built and how the compiler writes for it."""

    name: str
    title: str
    chip: str
    clock_hz: int
    regions: tuple[Region, ...]
    extends: str = ""  # the file in chips/; of a real board also its section of platformio.ini
    emulated: bool = False
    serial: str = "uart"  # or "usb": the chip's own USB Serial/JTAG
    base_bytes: dict[str, int] = field(
        default_factory=dict
    )  # per region, what the firmware needs without any model
    compiler: dict[str, Any] = field(
        default_factory=dict
    )  # kernels = "portable" | "lx6" | "cortex_m4"; workers = 1 | 2
    flash: dict[str, Any] = field(default_factory=dict)  # mode, clock_hz, partitions, upload_baud
    camera: dict[str, Any] = field(default_factory=dict)  # frame_size, frames, memory = "psram" | "dram"
    pins: dict[str, Any] = field(default_factory=dict)
    emulator: dict[str, Any] = field(default_factory=dict)
    latency: dict[str, Any] = field(
        default_factory=dict
    )  # what its prediction rests on, or the board that it stands for; see tinyml/device/latency.py

    @property
    def environment(self) -> str:
        """The environment of platformio.ini that builds for this board."""
        return self.name

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    def region_for(self, what: str) -> Region:
        """Return the region that holds `what`; raises TinymlError where the board's file names none."""
        for region in self.regions:
            if what in region.holds:
                return region
        raise TinymlError(
            f"board '{self.name}' has no region that holds '{what}'", cure=f"add it to {self.name}.toml"
        )


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
    try:
        regions = tuple(_region(row) for row in table.pop("regions") if row["limit_bytes"] != 0)
        board = Board(name=name, regions=regions, **table)
    except (KeyError, TypeError) as error:
        raise TinymlError(f"{path.name}: {error}", cure="compare it with esp32cam.toml") from error
    for region in regions:
        if not isinstance(region.limit_bytes, int) or region.limit_bytes <= 0:
            raise TinymlError(f"{path.name}: region '{region.name}' needs a positive limit_bytes")
        if region.usable_bytes <= 0:
            raise TinymlError(f"{path.name}: region '{region.name}' reserves more for the heap than it has")
    if board.clock_hz <= 0:
        raise TinymlError(f"{path.name}: clock_hz must be positive")
    if unknown := set(board.base_bytes) - {region.name for region in regions}:
        raise TinymlError(f"{path.name}: base_bytes names unknown regions: {', '.join(sorted(unknown))}")
    return board


def _with_chip(table: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a board's table over the one of its chip; a region whose limit_bytes is 0 is one that the board lacks."""
    if not (chip := table.get("extends")):
        return table
    if not (CHIPS / f"{chip}.toml").is_file():
        known = ", ".join(sorted(file.stem for file in CHIPS.glob("*.toml")))
        raise TinymlError(f"{path.name}: no chip called '{chip}'", cure=f"chips: {known}")
    base = read_toml(CHIPS / f"{chip}.toml")
    regions = {row["name"]: row for row in base["regions"]}
    for row in table.get("regions", ()):
        regions[row["name"]] = regions.get(row["name"], {}) | row
    absent = {name for name, row in regions.items() if row.get("limit_bytes") == 0}
    needs = {name: size for name, size in base.get("base_bytes", {}).items() if name not in absent}
    return base | {"base_bytes": needs} | table | {"regions": list(regions.values())}


def _region(row: dict[str, Any]) -> Region:
    pairs = tuple((int(start), int(end)) for start, end in row.get("addresses", ()))
    lists = {key: tuple(row.get(key, ())) for key in ("holds", "linker", "sections")}
    return Region(**{**row, **lists, "addresses": pairs})
