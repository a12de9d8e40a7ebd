"""`tinyml estimate`: what a network costs on a board, before it is trained."""

from pathlib import Path
from typing import Any

import rich_click as click

from tinyml.commands import Result
from tinyml.terminal.options import NUMBERS, ram_option, ram_options, target_option


# One option a line: a table to read.
# fmt: off
@click.command("estimate")
@target_option
@click.option("--task", type=click.Choice(["detect", "classify"]), help="Find objects, or classify whole pictures.  [default: detect]")
@click.option("--classes", type=click.IntRange(1), help="How many classes, without the background.  [default: 3]")
@click.option("--width", type=float, help="Width multiplier of MobileNetV2: 1.0, 0.75, 0.5, 0.35, 0.1.")
@click.option("--cut", type=click.IntRange(1), help="How many of MobileNetV2's layers to keep.")
@click.option("--context", metavar="CUTS", type=NUMBERS, help="Detect: further cuts whose coarser maps each cell sees: 9, 11, 14 or 14,17.")
@click.option("--head", type=click.IntRange(0), help="Channels of the 1x1 convolution behind the trunk; 0: none.")
@click.option("--hidden", type=click.IntRange(0), help="Classify: units of a dense layer before the classifier; 0: none.")
@click.option("--size", type=click.IntRange(8), help="Height and width of the network's input, a multiple of 8.")
@click.option("--gray", is_flag=True, help="One channel instead of RGB.")
@click.option("--recipe", metavar="NAME", help="Start from the settings of a published setup; see tinyml recipes.")
@click.option("--config", "config_file", type=click.Path(dir_okay=False, path_type=Path), help="A TOML file of settings, as a run's config.toml.")
@click.option("--input", "input_mode", type=click.Choice(["rows", "frame"]), default="rows", show_default=True, help="Push the picture row by row, or hold it whole in RAM.")
@ram_option
@click.option("--reserve-heap", "reserve_heap_bytes", default=0, metavar="BYTES", help="Leave this much static RAM free, for Wi-Fi.")
def command(target: str, gray: bool, **given: Any) -> Result:
    """Tell what a network costs on a board, before it is trained: memory, multiply-accumulates, predicted latency.

    Compiles the int8 network with made-up weights, and needs neither data nor PyTorch. The figures are those that
    `tinyml export` will find. Ends with exit code 3 if the network does not fit the board's memory.
    """
    from tinyml.terminal.estimate import estimate_view
    from tinyml.workflow.estimate import estimate

    options = {key: value for key, value in given.items() if value is not None}
    if "ram" in options:
        options |= ram_options(options.pop("ram"))
    if gray:
        options["channels"] = 1
    found = estimate(target, **options)
    return Result(found.as_dict(), estimate_view(found), exit_code=0 if found.fits else 3)
