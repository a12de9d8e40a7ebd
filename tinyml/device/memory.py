"""The memory that a board has for a model's constants, in the compiler's terms."""

from collections.abc import Mapping
from typing import Any

from tinyml.boards import Board, board_names, load_board
from tinyml.boards.budget import application_bytes
from tinyml.compiler.ops.base import COPIED
from tinyml.compiler.planning.external import External
from tinyml.compiler.planning.placement import Memory, Place
from tinyml.errors import TinymlError

PLACES = {
    "iram": "fast_words",
    "dram": "fast_constants",
}  # sections of the program: what the board's region holds


def predicted_for(board: Board) -> Board | None:
    """Return the board whose latency is predicted where a model is compiled for `board`; None where it cannot be."""
    if real := board.latency.get("stands_for"):
        return load_board(real)
    return board if board.latency else None


def flash_mode_of(board: Board) -> str:
    """Return the flash mode that the board's firmware is built for: "qio_80" and the like."""
    return f"{board.flash['mode']}_{board.flash['clock_hz'] // 1_000_000}"


def memory_of(board: Board, input_bytes: int, reserve_heap_bytes: int = 0) -> Memory | None:
    """Return the internal RAM that a firmware on `board` leaves for constants; None where flash costs no waiting.

    input_bytes: of the picture, which on some boards lies beside the arena. reserve_heap_bytes: of static RAM, besides
    what the board's file reserves. What the linker leaves becomes heap, which Wi-Fi and others want.
    """
    real = predicted_for(board)
    if real is None:
        return None
    beside = real.region_for("input") == real.region_for("arena")
    places = (
        Place("iram", real.free_bytes(PLACES["iram"]), words_only=True),
        Place("dram", real.free_bytes(PLACES["dram"]) - reserve_heap_bytes),
        Place(COPIED, real.free_bytes("arena") - beside * input_bytes),
    )
    parameters = real.latency["parameters"]
    line_us = real.latency["flash_modes"][flash_mode_of(real)]["line_us"]
    fetch_cycles = line_us * real.clock_hz / 1e6 / parameters["cache_line_bytes"]["value"]
    return Memory(real.name, places, int(parameters["cache_bytes"]["value"]), fetch_cycles)


def external_of(board: Board | None, input_bytes: int = 0, wanted: bool = True) -> External | None:
    """Return what a board's PSRAM offers to a model; None where it is not wanted. Raises TinymlError where it has none.

    input_bytes: of the picture that `db` loads.
    """
    if not wanted:
        return None
    if board is None:
        raise TinymlError(
            "--ram psram needs a board, whose internal RAM decides what does not fit",
            cure="name one: --board",
        )
    if not board.has_psram:
        having = ", ".join(name for name in board_names() if load_board(name).has_psram)
        raise TinymlError(
            f"{board.name} has no PSRAM", cure=f"leave --ram psram out; boards that have it: {having}"
        )
    free = {what: board.free_bytes(what) for what in ("external", "arena")}
    for what in free:
        if board.region_for(what) == board.region_for("input"):
            free[what] -= input_bytes
    low, high = board.psram["percent"]
    return External(
        free["external"],
        free["arena"],
        board.psram["line_bytes"],
        board.psram["read_us"],
        board.psram["write_us"],
        (low, high),
        board.psram["evidence"],
    )


def needs_of(plan: Mapping[str, Any], input_bytes: int) -> dict[str, int]:
    """Return the bytes that a compiled model adds to a firmware, by what a board's regions hold; see `planned_bytes`.

    input_bytes: of the picture, of which the firmware also carries two, with known outputs, for its self test.
    """
    placed = plan["constants_bytes"]
    outer = {"external_bytes": plan["psram"]["bytes"]} if "psram" in plan else {}
    return {
        "arena_bytes": plan["ram_bytes"] + placed.get(COPIED, 0),
        "constants_bytes": plan["weights_bytes"],
        "code_bytes": application_bytes(input_bytes, len(plan["layers"])),
        **{f"{PLACES[place]}_bytes": size for place, size in placed.items() if place in PLACES},
        **outer,
    }
