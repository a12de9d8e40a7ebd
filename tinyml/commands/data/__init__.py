"""`tinyml data`: list, inspect, fetch and convert data sets."""

import rich_click as click

from tinyml.commands.data.check import check_command
from tinyml.commands.data.convert import convert_command
from tinyml.commands.data.fetch import fetch_command
from tinyml.commands.data.list import list_command
from tinyml.commands.data.render import render_command
from tinyml.commands.data.show import show_command


@click.group("data")
def command() -> None:
    """List, show, check, convert, fetch and render data sets.

    A data set is a folder in datasets/ with a dataset.toml; the commands that take its name also take the path of a
    folder, zip or tar file of your own: one folder per class, or pictures annotated as Pascal VOC, YOLO, COCO,
    Edge Impulse, LabelMe, Label Studio, CVAT or CSV.
    """


for _leaf in (list_command, show_command, check_command, convert_command, fetch_command, render_command):
    command.add_command(_leaf)
