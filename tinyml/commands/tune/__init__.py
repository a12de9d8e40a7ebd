"""`tinyml tune`: search for the best network that fits a board, and take one."""

import rich_click as click

from tinyml.commands.tune.run import run_command
from tinyml.commands.tune.show import show_command
from tinyml.commands.tune.take import take_command


@click.group("tune")
def command() -> None:
    """Search for the best network that fits a board: run a study, show what it found, take a network out of it.

    Each proposal's memory and latency are computed first: what does not fit the board is never trained.
    """


for _leaf in (run_command, show_command, take_command):
    command.add_command(_leaf)
