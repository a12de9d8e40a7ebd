"""`tinyml boards`: the boards and their memory."""

import rich_click as click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tinyml.boards import board_names, load_board
from tinyml.commands import Result


@click.command("boards")
def command() -> Result:
    """List the boards: their memory regions, budgets and clocks.

    A board is one TOML file in tinyml/boards; `--target` takes its name.
    """
    boards = [load_board(name) for name in board_names()]
    views: list[RenderableType] = []
    for board in boards:
        views.append(Text.assemble((board.name, "bold"), f"  {board.chip}, {board.clock_hz / 1e6:g} MHz"))
        table = Table(box=None, show_header=False, padding=(0, 0, 0, 2))
        for region in board.regions:
            table.add_row(region.name, f"{region.limit_bytes:,} B", region.purpose)
        table.columns[1].justify = "right"
        views += [table, ""]
    return Result({"boards": [board.as_dict() for board in boards]}, views[:-1])
