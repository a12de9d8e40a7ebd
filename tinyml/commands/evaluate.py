"""`tinyml evaluate`: how good a run is, stage by stage."""

from pathlib import Path
from typing import Any

import rich_click as click
from rich.text import Text

from tinyml.commands import Result
from tinyml.errors import ModelError, ToolchainError


@click.command("evaluate")
@click.argument("run")
@click.option(
    "--emulate",
    metavar="BOARD",
    help="Also ask this emulated board (or 'host'), picture by picture: an emulated ESP32 takes seconds for each.",
)
@click.option("--port", help="Also ask the board at this serial port, or at socket://host:port.")
@click.option(
    "--limit", type=click.IntRange(1), help="Send the board at most so many test pictures, evenly chosen."
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of the data set.  [default: as in training]"
)
def command(run: str, emulate: str | None, port: str | None, limit: int | None, data: Path | None) -> Result:
    """Judge a run on its test pictures: one row for each stage, from the trained network to the board.

    The stage "float" is computed now. ONNX, TFLite, TFLite-Micro and the generated C (c_host) were judged by
    `tinyml export`; boards by --emulate or --port here, or by `tinyml benchmark --mode accuracy`. Their rows are shown
    as long as they belong to the run's present weights. Ends with 1 where bytes differ that must be equal, and where
    the board that was asked for could not be had.
    """
    from tinyml.commands.export_run import fresh_exports
    from tinyml.commands.views import stage_table
    from tinyml.files import read_json
    from tinyml.paths import find_run
    from tinyml.vision.config import read_config
    from tinyml.vision.run import evaluate_run

    if emulate and port:
        raise click.UsageError("--port and --emulate exclude each other")
    folder = find_run(run)
    task = read_config(folder / "config.toml").task
    stages: dict[str, dict[str, Any]] = {"float": evaluate_run(folder, data)}
    notes, failed = [], False
    if emulate or port:
        try:
            ask_board(folder, emulate, port, data, limit)
        except ToolchainError as error:
            notes.append(Text(f"{emulate} was left out: {error.what}; {error.cure}", style="yellow"))
            failed = True
    try:
        exports = fresh_exports(folder)
    except ModelError as error:
        exports = []
        notes.append(Text(f"only the float stage: {error.what}; {error.cure}"))
    for export in exports:
        accuracy = read_json(export / "accuracy.json")
        for name, row in accuracy["stages"].items():
            stages.setdefault(name, row)
    if exports and not any(name.endswith("_emulated") for name in stages) and not failed:
        notes.append(Text(f"on an emulated ESP32: tinyml evaluate {run} --emulate esp32_emulated"))
    failed |= any(row.get("bit_exact") is False for row in stages.values())
    table = stage_table(f"{stages['float']['pictures']} test pictures", stages)
    return Result(
        {"run": str(folder), "task": task, "stages": stages}, [table, *notes], exit_code=int(failed)
    )


def ask_board(
    folder: Path, emulate: str | None, port: str | None, data: Path | None, limit: int | None
) -> None:
    """Judge a board on the test pictures: its row goes into the accuracy.json of the export that it runs."""
    from tinyml.commands.attached import attached, identity, judge, record

    with attached(folder, port, emulate) as board:
        record(board, identity(board) | judge(folder, board, data, limit))
