"""The budget of a linked firmware: every region of its board, and what to blame if one is over its limit."""

from pathlib import Path

from tinyml.boards import Board, Region
from tinyml.boards.budget import budget
from tinyml.contracts import Budget
from tinyml.device.elf import read_footprint

BAR_CHARACTERS = 30
PSRAM_CURE = "put what does not fit into PSRAM, which is slower: --ram psram"
CURES = {  # by what the region holds: the first that it names is what one can do about it
    "fast_code": "fewer kernels marked IRAM; see firmware/lib/tinyml_kernels",
    "arena": "export with a smaller --size, a smaller --width, or --ram LIMIT",
    "static": "train with a smaller --size or --width: rows and layers bring buffers of their own",
    "frame": "a smaller camera frame",
    "heap_request": "export with a smaller --size, a smaller --width, or --ram LIMIT",
    "code": "train with a smaller --width, or choose a larger application slot",
}


def elf_budget(elf: Path, board: Board) -> Budget:
    """Return budget.json of a linked firmware: the regions, the ten largest symbols, the sections in no region."""
    footprint = read_footprint(elf, board)
    return {
        **budget(board, footprint.used_bytes, "elf"),
        "symbols": footprint.largest(),
        "largest": {region.name: footprint.largest(region.name) for region in board.regions},
        "unplaced": [section.__dict__ for section in footprint.unplaced],
    }


def bars(report: Budget) -> list[str]:
    """Return one line of text per region: a bar, bytes used and allowed."""
    lines = []
    for row in report["regions"]:
        share = row["used_bytes"] / row["limit_bytes"]
        filled = min(BAR_CHARACTERS, round(share * BAR_CHARACTERS))
        lines.append(
            f"{row['region']:<11}[{'=' * filled}{' ' * (BAR_CHARACTERS - filled)}] {share:6.1%}"
            f"  {row['used_bytes']:>10,} of {row['limit_bytes']:>10,} B{'' if row['ok'] else '  OVER'}"
        )
    return lines


def blame(report: Budget, board: Board) -> tuple[str, str] | None:
    """Return what is over budget, with its largest symbol, and the cure; None where everything fits."""
    over = [row for row in report["regions"] if not row["ok"]]
    if not over:
        return None
    parts = []
    for row in over:
        excess = row["used_bytes"] - row["limit_bytes"]
        part = f"{row['region']} by {excess:,} bytes ({row['used_bytes']:,} of {row['limit_bytes']:,})"
        if largest := report["largest"][row["region"]]:
            part += f", most of it {largest[0]['name']} with {largest[0]['size_bytes']:,}"
        parts.append(part)
    region = next(region for region in board.regions if region.name == over[0]["region"])
    return "; ".join(parts), cure(region, board)


def cure(region: Region, board: Board) -> str:
    """Return what to do about a region that is full."""
    advice = next(
        (advice for what, advice in CURES.items() if what in region.holds),
        "see `tinyml boards` for its limit",
    )
    return f"{advice}, or {PSRAM_CURE}" if "arena" in region.holds and board.has_psram else advice
