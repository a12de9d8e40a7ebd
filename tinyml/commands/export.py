"""`tinyml export`: a run as files for a board."""

from pathlib import Path
from typing import Any

import rich_click as click

from tinyml.commands import Result
from tinyml.terminal.completion import boards, runs

PRECISIONS = ("float32", "float16", "int8")


@click.command("export")
@click.argument("run", shell_complete=runs)
@click.option(
    "--target",
    shell_complete=boards,
    metavar="BOARD",
    default="esp32cam",
    show_default=True,
    help="The board; see tinyml boards.",
)
@click.option(
    "--runtime",
    type=click.Choice(["stream", "tflm"]),
    default="stream",
    show_default=True,
    help="What runs the model on the board: compiled C, row by row, or TFLite-Micro. Both are compared.",
)
@click.option(
    "--precision",
    "precisions",
    type=click.Choice(PRECISIONS),
    multiple=True,
    help="Keep this TFLite file; may be given more than once.  [default: all]",
)
@click.option(
    "--input",
    "input_mode",
    type=click.Choice(["rows", "frame"]),
    default="rows",
    show_default=True,
    help="Push the picture row by row, or hold it whole in RAM.",
)
@click.option(
    "--ram",
    "ram_limit",
    type=click.IntRange(1),
    metavar="BYTES",
    help="Limit of the compiled model's arena in bytes.",
)
@click.option(
    "--reserve-heap",
    "reserve_heap_bytes",
    default=0,
    metavar="BYTES",
    help="Leave this much static RAM free, for Wi-Fi.",
)
@click.option(
    "--pictures",
    default=500,
    show_default=True,
    type=click.IntRange(0),
    help="Compare the stages on at most this many test pictures; 0: all.",
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of the data set.  [default: as in training]"
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write.  [default: export/BOARD in the run]"
)
def command(run: str, target: str, precisions: tuple[str, ...], pictures: int, **choice: Any) -> Result:
    """Export a run for a board: ONNX, TFLite, C, accuracy at every stage, memory budget.

    Ends with exit code 3 if the model does not fit the board's memory.
    """
    from tinyml.boards import load_board
    from tinyml.terminal.export import Exported, export_view
    from tinyml.workflow.export import export

    precisions = precisions or PRECISIONS
    made = export(run, load_board(target), precisions=precisions, test_pictures=pictures, **choice)
    result: Exported = {
        "run": str(made.run.folder),
        "board": target,
        "folder": str(made.folder),
        "accuracy": made.accuracy,
    }
    if made.plan and made.budget:
        result["plan"], result["budget"] = made.plan, made.budget
    if predicted := made.predicted:
        result["predicted"] = predicted
    fits = not made.budget or made.budget["ok"]
    return Result(result, export_view(result), exit_code=0 if fits else 3)
