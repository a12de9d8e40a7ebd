"""The options with which a command takes a .tflite file of any origin in the place of a run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import rich_click as click

MODEL_OPTIONS = (
    click.option(
        "--model",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="An int8 .tflite file of any origin, instead of RUN.",
    ),
    click.option(
        "--labels",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="With --model: the names of its classes, one per line.",
    ),
    click.option(
        "--task",
        type=click.Choice(("classify", "detect", "raw")),
        help="With --model: what its output is: one value per class, a map of objects like FOMO's, or neither.  "
        "[default: by its shape]",
    ),
    click.option(
        "--fit",
        type=click.Choice(("squash", "crop")),
        help="With --model: how a camera's frame becomes the input.  [default: squash]",
    ),
    click.option(
        "--pixels",
        type=float,
        nargs=2,
        metavar="LOW HIGH",
        help="With --model: the numbers that a pixel of 0 and of 255 stand for, such as 0 1 or -1 1.  "
        "[default: all that the input can hold]",
    ),
    click.option(
        "--threshold",
        type=click.FloatRange(0, 1),
        help="With --model and maps of objects: the least probability that counts.  [default: 0.5]",
    ),
)


PSRAM_OPTION = click.option(
    "--ram",
    type=click.Choice(("psram",)),
    help="With --model: put what does not fit in internal RAM into PSRAM, which is slower. (A run: tinyml export RUN --ram psram)",
)


def firmware_options(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a .tflite file of any origin, and of the memory that its firmware may use."""
    return model_options(PSRAM_OPTION(handler))


def model_options(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that name a .tflite file of any origin instead of a run."""
    for option in reversed(MODEL_OPTIONS):
        handler = option(handler)
    return handler


def run_or_model(run: str | None, model: Path | None, **told: Any) -> Any:
    """Return the run, or the model with what is told of it; a usage error where both are given, or neither."""
    given = {name: value for name, value in told.items() if value is not None}
    if (run is None) == (model is None):
        raise click.UsageError("give either a RUN or --model FILE")
    if model is None:
        if given:
            raise click.UsageError(f"--{next(iter(given))} goes with --model")
        return run
    from tinyml.workflow.model import load_model

    if given.pop("ram", None):
        given["psram"] = True
    return load_model(model, **given)
