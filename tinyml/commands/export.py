"""`tinyml export`: a run as files for a board."""

from pathlib import Path
from typing import Any

import rich_click as click
from rich.table import Table
from rich.text import Text

from tinyml.boards import Board
from tinyml.commands import Result
from tinyml.commands.views import budget_bars, stage_table

PRECISIONS = ("float32", "float16", "int8")


@click.command("export")
@click.argument("run")
@click.option(
    "--target", metavar="BOARD", default="esp32cam", show_default=True, help="The board; see tinyml boards."
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
    help="Arena that the compiled model may use.",
)
@click.option(
    "--pictures",
    default=500,
    show_default=True,
    type=click.IntRange(0),
    help="Compare the stages on at most so many test pictures; 0: all.",
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of the data set.  [default: as in training]"
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder to write.  [default: export/BOARD in the run]"
)
def command(
    run: str,
    target: str,
    runtime: str,
    precisions: tuple[str, ...],
    input_mode: str,
    ram_limit: int | None,
    pictures: int,
    data: Path | None,
    out: Path | None,
) -> Result:
    """Export a run for a board: ONNX, TFLite, C, accuracy at every stage, memory budget.

    Ends with exit code 3 where the model does not fit the board's memory.
    """
    from tinyml.boards import load_board
    from tinyml.commands.export_run import Choice, export_run
    from tinyml.paths import find_run

    folder, board = find_run(run), load_board(target)
    choice = Choice(runtime, precisions or PRECISIONS, input_mode, ram_limit, pictures, data)
    out = out or export_dir(folder, board)
    result = export_run(folder, board, choice, out, generated_folder(board, runtime))
    fits = result.get("budget", {}).get("ok", True)
    return Result(result, view(result), exit_code=0 if fits else 3)


def export_dir(run: Path, board: Board) -> Path:
    """Return where a run's export for a board lies."""
    return run / "export" / board.name


def generated_folder(board: Board, runtime: str) -> Path:
    """Return where the firmware build for a board and a runtime expects its files."""
    from tinyml.device.build import generated_dir

    folder = generated_dir(board)
    return folder if runtime == "stream" else folder.with_name(f"{folder.name}_tflm")


def view(result: dict[str, Any]) -> list[Any]:
    """Return what a person sees of an export."""
    accuracy = result["accuracy"]
    kind = "synthetic " if accuracy.get("synthetic") else ""
    title = f"{accuracy['pictures']} {kind}{accuracy['split']} pictures"
    shown: list[Any] = [stage_table(title, accuracy["stages"])]
    shown += [Text(f"warning: {warning}", style="yellow") for warning in result["accuracy"]["warnings"]]
    if "budget" in result:
        shown += [runtimes_table(result), budget_bars(result["budget"])]
        if not result["budget"]["ok"]:
            shown.append(Text.assemble(("does not fit: ", "bold red"), cure(result)))
    shown.append(Text(f"written to {result['folder']}"))
    return shown


def runtimes_table(result: dict[str, Any]) -> Table:
    """Return what the model needs under each runtime."""
    plan = result["plan"]
    table = Table(title="the model in memory", title_justify="left")
    table.add_column("runtime")
    table.add_column("RAM", justify="right")
    table.add_column("constants", justify="right")
    table.add_column("fits")
    for name, row in result["budget"]["runtimes"].items():
        title = f"[bold]{name}[/] (chosen)" if name == result["budget"]["runtime"] else name
        fits = "[green]yes[/]" if row["ok"] else "[red]no[/]"
        table.add_row(title, f"{row['ram_bytes']:,} B", f"{row['constants_bytes']:,} B", fits)
    table.add_row("layer by layer", f"{plan['ram_bytes_layerwise']:,} B", "", "", style="dim")
    return table


def cure(result: dict[str, Any]) -> str:
    """Return what to do about the first region that is over."""
    from tinyml.boards import load_board

    budget = result["budget"]
    board = load_board(budget["board"])
    over = next(row for row in budget["regions"] if not row["ok"])
    excess = f"{over['region']} is over by {over['used_bytes'] - over['limit_bytes']:,} bytes; "
    if over["region"] == board.region_for("arena").name:
        if budget["runtime"] == "tflm" and budget["runtimes"]["stream"]["ok"]:
            return (
                f"{excess}--runtime stream needs {budget['runtimes']['stream']['ram_bytes']:,} bytes and fits"
            )
        rows = "" if result["plan"].get("input_mode") == "rows" else "export with --input rows, or "
        return f"{excess}{rows}train again with --width 0.35 or a smaller --size"
    return f"{excess}train again with --width 0.35, or choose a board with more of it"
