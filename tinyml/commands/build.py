"""`tinyml build`: from a run to a linked firmware that fits its board."""

from pathlib import Path
from typing import Any

import rich_click as click
from rich.table import Table
from rich.text import Text

from tinyml.boards import Board
from tinyml.commands import Result

SYMBOLS_SHOWN = 10


@click.command("build")
@click.argument("run")
@click.option("--target", default="esp32cam", show_default=True, help="The board: a name of `tinyml boards`.")
def command(run: str, target: str) -> Result:
    """Build the firmware of a run and check that it fits the board.

    Exports the run first where that is needed, lets PlatformIO build, and reads from the linked program what it takes
    of each memory region. Ends with 3, naming the culprit and the cure, where a region is over its limit.
    """
    from tinyml.boards import load_board
    from tinyml.device.budget import bars
    from tinyml.paths import find_run

    board = load_board(target)
    program, report = build(find_run(run), board)
    symbols = Table(title="largest symbols", title_justify="left")
    symbols.add_column("bytes", justify="right")
    symbols.add_column("region")
    symbols.add_column("symbol")
    for symbol in report["symbols"][:SYMBOLS_SHOWN]:
        symbols.add_row(f"{symbol['size_bytes']:,}", symbol["region"], symbol["name"])
    folder = program.parents[3]
    next_step = (
        f"try it: tinyml benchmark {run} --emulate {board.name}"
        if board.emulated
        else f"flash it, in {folder}: pio run -e {board.environment} -t upload"
    )
    view: list[Any] = [*(Text(line) for line in bars(report)), symbols, f"built {program}", next_step]
    return Result({"program": str(program), "budget": report}, view)


def build(run_dir: Path, board: Board) -> tuple[Path, dict[str, Any]]:
    """Return the linked program of a run for a board and its budget, which also goes into the export folder.

    Exports where the export is missing or older than the run's weights.
    Raises ToolchainError, before any work, where the board's platform cannot be had; BudgetError where it does not fit.
    """
    from tinyml.commands.export_run import Choice, export_run, is_fresh, is_generated_from, write_generated
    from tinyml.device.build import build_firmware, generated_dir, require_platform
    from tinyml.files import read_json, write_json
    from tinyml.paths import share_dir

    require_platform(board, share_dir("firmware"))
    export, generated = run_dir / "export" / board.name, generated_dir(board)
    if not is_fresh(run_dir, export):
        export_run(run_dir, board, Choice(), export, generated)
    elif not is_generated_from(run_dir, export, generated):
        write_generated(run_dir, board, "stream", export, generated)
    program = build_firmware(board)
    report = read_json(program.parent / "budget.json")
    report.pop("provenance")
    write_json(export / "budget.json", report, inputs={"elf": program})
    return program, report
