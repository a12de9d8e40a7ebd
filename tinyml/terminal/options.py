"""Options, and kinds of their values, that several commands may want."""

from collections.abc import Callable
from typing import Any

import rich_click as click

from tinyml.terminal.completion import boards


class Listed(click.ParamType):
    """Values with commas between them, each made by `kind` of its text; `example` says what that looks like."""

    def __init__(self, name: str, kind: Callable[[str], Any], example: str) -> None:
        self.name, self.kind, self.example = name, kind, example

    def convert(self, value: Any, param: Any, ctx: Any) -> list[Any]:
        """Return the values; fails with a message where one is of another kind."""
        try:
            return [self.kind(part) for part in str(value).split(",")]
        except ValueError:
            self.fail(
                f"'{value}' is not {self.name} with commas between them, such as {self.example}", param, ctx
            )


NUMBERS = Listed("numbers", int, "14 or 14,17")
FRACTIONS = Listed("numbers", float, "0.35,1.0")
WORDS = Listed("words", str, "latency_ms,ram_bytes")

target_option = click.option(
    "--target",
    metavar="BOARD",
    shell_complete=boards,
    default="esp32cam",
    show_default=True,
    help="The board; see `tinyml boards`.",
)
