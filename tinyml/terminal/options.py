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


class Fractions(click.ParamType):
    """Numbers with or without a fraction, with commas between them."""

    name = "fractions"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[float]:
        """Return the numbers; fails with a message where one is none."""
        try:
            return [float(part) for part in str(value).split(",")]
        except ValueError:
            self.fail(f"'{value}' is not numbers with commas between them, such as 0.35,1.0", param, ctx)


class Words(click.ParamType):
    """Words with commas between them."""

    name = "words"

    def convert(self, value: Any, param: Any, ctx: Any) -> list[str]:
        """Return the words."""
        return str(value).split(",")


NUMBERS, FRACTIONS, WORDS = Numbers(), Fractions(), Words()
