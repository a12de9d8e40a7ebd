"""`tinyml presets`: the presets of `tinyml train`, and what each costs on a board."""

import rich_click as click

from tinyml.commands import Result
from tinyml.terminal.options import target_option


@click.command("presets")
@target_option
def command(target: str) -> Result:
    """Show the presets of `tinyml train --preset`: what each costs on a board, and what it finds on the real fruit set."""
    from tinyml.boards import load_board
    from tinyml.terminal.presets import presets_view
    from tinyml.workflow.presets import preset_rows

    rows = preset_rows(load_board(target))
    return Result({"board": target, "presets": rows}, presets_view(target, rows))
