"""A template for a command: copy it to tinyml/commands/<name>.py, and add its name to COMMANDS in tinyml/cli.py."""

import rich_click as click

from tinyml.commands import Result
from tinyml.terminal.completion import boards


@click.command("regions")
@click.argument("board", shell_complete=boards)
def command(board: str) -> Result:
    """List the memory regions of a board.

    Heavy packages are imported inside the function, so that `--help` stays fast.
    """
    from tinyml.boards import load_board

    regions = load_board(board).regions
    data = {region.name: region.limit_bytes for region in regions}
    return Result({"regions": data}, [f"{name}: {size:,} B" for name, size in data.items()])
