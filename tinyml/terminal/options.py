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


class Ram(click.ParamType):
    """A limit in bytes, or the word psram."""

    name = "ram"

    def convert(self, value: Any, param: Any, ctx: Any) -> int | str:
        """Return the number, or "psram"; fails with a message where it is neither."""
        if value == "psram":
            return "psram"
        try:
            number = int(value)
        except ValueError:
            number = 0
        if number < 1:
            self.fail(f"'{value}' is neither a number of bytes nor psram", param, ctx)
        return number


ram_option = click.option(
    "--ram",
    type=Ram(),
    metavar="BYTES|psram",
    help="Limit of the compiled model's arena in bytes; or psram: what does not fit in the board's internal RAM goes into PSRAM, "
    "which is slower.",
)


def ram_options(ram: int | str | None) -> dict[str, int | str | bool | None]:
    """Return what --ram says as arguments of the use cases: `ram_limit` in bytes, or `psram`."""
    return {"ram_limit": None, "psram": True} if ram == "psram" else {"ram_limit": ram}
