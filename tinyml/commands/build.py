"""`tinyml build`: from a run to a linked firmware that fits its board."""

from typing import Any

import rich_click as click
from rich.table import Table
from rich.text import Text

from tinyml.commands import Result
from tinyml.terminal.completion import runs
from tinyml.terminal.models import firmware_options, run_or_model
from tinyml.terminal.options import target_option

SYMBOLS_SHOWN = 10


@click.command("build")
@click.argument("run", shell_complete=runs, required=False)
@firmware_options
@target_option
def command(run: str | None, target: str, **model: Any) -> Result:
    """Build the firmware of a run, or of any .tflite file, and check that it fits the board.

    Exports the run or compiles the file first if needed, builds with PlatformIO, and reads from the linked program how
    much of each memory region it uses. Ends with exit code 3, naming the cause and the cure, if a region is over its
    limit.
    """
    from tinyml.device.budget import bars
    from tinyml.workflow.build import build

    firmware = build(run_or_model(run, **model), target)
    named = run or f"--model {model['model']}"
    board, program, report = firmware.board, firmware.program, firmware.budget
    symbols = Table(title="largest symbols", title_justify="left")
    symbols.add_column("bytes", justify="right")
    symbols.add_column("region")
    symbols.add_column("symbol")
    for symbol in report["symbols"][:SYMBOLS_SHOWN]:
        symbols.add_row(f"{symbol['size_bytes']:,}", symbol["region"], symbol["name"])
    next_step = (
        f"try it: tinyml benchmark {named} --emulate {board.name}"
        if board.emulated
        else f"flash it: tinyml flash {named} --target {board.name}"
    )
    view: list[Any] = [*(Text(line) for line in bars(report)), symbols, f"built {program}", next_step]
    return Result({"program": str(program), "budget": report}, view)
