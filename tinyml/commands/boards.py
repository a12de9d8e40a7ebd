"""`tinyml boards`: the boards and their memory."""

import rich_click as click
from rich.table import Table

from tinyml.boards import board_names, load_board
from tinyml.commands import Result


@click.command("boards")
def command() -> Result:
    """List the boards: their memory regions, budgets and clocks.

    A board is one TOML file in tinyml/boards; `--target` takes its name.
    """
    boards = [load_board(name) for name in board_names()]
    table = Table(title="boards", title_justify="left")
    for column in ("name", "chip", "clock", "region", "limit", "for"):
        table.add_column(
            column, no_wrap=column in ("name", "clock", "limit")
        )  # --target takes the whole name
    for board in boards:
        for number, region in enumerate(board.regions):
            first = (board.name, board.chip, f"{board.clock_hz / 1e6:g} MHz") if number == 0 else ("", "", "")
            table.add_row(
                *first,
                region.name,
                f"{region.limit_bytes:,} B",
                region.purpose,
                end_section=number == len(board.regions) - 1,
            )
    return Result({"boards": [board.as_dict() for board in boards]}, [table])
