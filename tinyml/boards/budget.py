"""How much of each memory region of its board a program uses: planned before a build, or read from a linked ELF."""

from tinyml.boards import Board
from tinyml.contracts import Budget
from tinyml.contracts.board import UsedRegion


def budget(board: Board, used_bytes: dict[str, int], source: str) -> Budget:
    """Return the content of budget.json: one row per region of `board`, in its order, and whether all of them fit.

    `used_bytes` names regions of the board (0 where it names none); `source` is "plan" or "elf".
    """
    assert source in ("plan", "elf")
    rows: list[UsedRegion] = []
    for region in board.regions:
        used = used_bytes.get(region.name, 0)
        rows.append(
            {
                "region": region.name,
                "used_bytes": used,
                "limit_bytes": region.usable_bytes,
                "ok": used <= region.usable_bytes,
            }
        )
    return {"board": board.name, "source": source, "ok": all(row["ok"] for row in rows), "regions": rows}


def planned_bytes(board: Board, arena_bytes: int, constants_bytes: int, **other_bytes: int) -> dict[str, int]:
    """Return bytes per region of a firmware that is not built yet: the board's `base_bytes` and what a model adds.

    `other_bytes` are named as the boards' regions name what they hold: `input_bytes`, `static_bytes`,
    `fast_constants_bytes`.
    """
    used = dict(board.base_bytes)
    needs = {"arena": arena_bytes, "constants": constants_bytes}
    needs |= {name.removesuffix("_bytes"): size for name, size in other_bytes.items()}
    for what, size in needs.items():
        region = board.region_for(what).name
        used[region] = used.get(region, 0) + size
    return used


CODE_BYTES_A_LAYER = 1_024  # of generated C, compiled: at most, as the tests' builds show


def application_bytes(input_bytes: int, layers: int, goldens: int = 2) -> int:
    """Return bytes of flash that an export adds to a model's constants: known inputs for the self test, tables, code."""
    return goldens * (input_bytes + 4 * layers) + 3 * 256 + CODE_BYTES_A_LAYER * layers
