"""The options of `tinyml export`: of a run's stages, and of a library."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import rich_click as click

PRECISIONS = ("float32", "float16", "int8")
STAGE_OPTIONS = (
    click.option(
        "--runtime",
        type=click.Choice(["stream", "tflm"]),
        default="stream",
        show_default=True,
        help="What runs the model on the board: compiled C, row by row, or TFLite-Micro. Both are compared.",
    ),
    click.option(
        "--precision",
        "precisions",
        type=click.Choice(PRECISIONS),
        multiple=True,
        help="Keep this TFLite file; may be given more than once.  [default: all]",
    ),
    click.option(
        "--reserve-heap",
        "reserve_heap_bytes",
        default=0,
        metavar="BYTES",
        help="Leave this much static RAM free, for Wi-Fi.",
    ),
    click.option(
        "--pictures",
        default=500,
        show_default=True,
        type=click.IntRange(0),
        help="Compare the stages on at most this many test pictures; 0: all.",
    ),
    click.option(
        "--data", type=click.Path(path_type=Path), help="Folder of the data set.  [default: as in training]"
    ),
)
LIBRARY_OPTIONS = (
    click.option(
        "--as",
        "kind",
        type=click.Choice(("c", "arduino", "esp-idf")),
        help="Write a library instead: plain C with CMake, an Arduino library, a component of ESP-IDF.",
    ),
    click.option("--single-file", "single", is_flag=True, help="With --as c: one .h and one .c file."),
    click.option(
        "--name", help="With --as: the library's name, which begins every name in its C.  [default: RUN]"
    ),
)


def stage_options(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a run's export and of the comparison of its stages."""
    for option in reversed(STAGE_OPTIONS):
        handler = option(handler)
    return handler


def library_options(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a library."""
    for option in reversed(LIBRARY_OPTIONS):
        handler = option(handler)
    return handler
