"""Kinds of option values that several commands may want."""

from typing import Any

import rich_click as click


class Numbers(click.ParamType):
    """Numbers with commas between them."""

    name = "numbers"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[int]:
        """Return the numbers; fails with a message where one is none."""
        try:
            return [int(part) for part in str(value).split(",")]
        except ValueError:
            self.fail(f"'{value}' is not numbers with commas between them, such as 14 or 14,17", param, ctx)


NUMBERS = Numbers()
