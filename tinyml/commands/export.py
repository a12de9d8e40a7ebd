"""`tinyml export`: a run as files for a board, or as a library for firmware of one's own."""

from pathlib import Path
from typing import Any

import rich_click as click

from tinyml.commands import Result
from tinyml.terminal.completion import boards, runs
from tinyml.terminal.export_options import PRECISIONS, library_options, stage_options
from tinyml.terminal.models import model_options, run_or_model
from tinyml.terminal.options import ram_option, ram_options

CHOICE = ("runtime", "input_mode", "ram", "reserve_heap_bytes", "data", "out")


@click.command("export")
@click.argument("run", shell_complete=runs, required=False)
@library_options
@stage_options
@model_options
@click.option(
    "--target",
    shell_complete=boards,
    metavar="BOARD",
    help="The board; see tinyml boards.  [default: esp32cam; with --as c: host, whose kernels run everywhere]",
)
@click.option(
    "--input",
    "input_mode",
    type=click.Choice(["rows", "frame"]),
    default="rows",
    show_default=True,
    help="Push the picture row by row, or hold it whole in RAM.",
)
@ram_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder to write.  [default: export/BOARD in the run; with --as: here]",
)
def command(
    run: str | None,
    kind: str | None,
    single: bool,
    name: str | None,
    target: str | None,
    precisions: tuple[str, ...],
    pictures: int,
    **others: Any,
) -> Result:
    """Export a run for a board: ONNX, TFLite, C, accuracy at every stage, memory budget.

    With --as the compiled model alone, of a run or of any .tflite file, as a library for firmware of your own. Ends with
    exit code 3 if the model does not fit the board's memory.
    """
    choice = {key: others.pop(key) for key in CHOICE}
    choice |= ram_options(choice.pop("ram"))
    source = run_or_model(run, **others)
    if kind:
        return library(source, kind, target or "", name or "", single, **choice)
    if run is None or single or name:
        raise click.UsageError(
            "--model, --name and --single-file go with --as; firmware: tinyml build --model FILE"
        )
    from tinyml.boards import load_board
    from tinyml.terminal.export import export_result, export_view
    from tinyml.workflow.export import export

    target, precisions = target or "esp32cam", precisions or PRECISIONS
    made = export(run, load_board(target), precisions=precisions, test_pictures=pictures, **choice)
    result = export_result(made, target)
    fits = not made.budget or made.budget["ok"]
    return Result(result, export_view(result), exit_code=0 if fits else 3)


def library(source: Any, kind: str, target: str, name: str, single: bool, **choice: Any) -> Result:
    """Write a library and say where it is."""
    from tinyml.workflow.library import export_library

    kept = {key: choice[key] for key in ("out", "input_mode", "ram_limit", "psram") if key in choice}
    written = export_library(source, kind, target, name=name, single=single, **kept)
    return Result(
        {"kind": kind, "path": str(written)}, [f"written to {written}; its README.md says how to use it"]
    )
