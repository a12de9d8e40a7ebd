"""`tinyml data`: the data sets, what is in them, and how they get here."""

import rich_click as click

from tinyml.commands.data.fetch import fetch_command
from tinyml.commands.data.list import list_command
from tinyml.commands.data.render import render_command
from tinyml.commands.data.show import show_command


@click.group("data")
def command() -> None:
    """List, look at, fetch and draw data sets.

    A data set is a folder in datasets/ with a dataset.toml; the commands that take its name also take the path of a
    folder or zip file of your own: one folder per class, or pictures with Pascal VOC files beside them.
    """


for _leaf in (list_command, show_command, fetch_command, render_command):
    command.add_command(_leaf)
