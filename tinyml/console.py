"""A console that acts on tinyml's own control characters only, and breaks lines between words, never inside a value.

On a terminal messages wrap at its width; a path that is longer than a line is left to the terminal, which can still select
it as one. Where the output is piped there is no width, unless COLUMNS gives one: a finding is one line.
"""

import copy
import os
import re
from collections.abc import Iterable
from typing import Any

from rich._wrap import divide_line
from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

CONTROL = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in "\n\t"
}
UNBROKEN = "\ue000"  # a space at which no line ends, until it is written
# A number and its unit, an option and its value, the parts of a sum or a span: spaces at which a line must not end.
HELD = re.compile(
    r"(?<=\d) (?=(?:B|[kKM]i?B|[kM]|ms|us|s|[kMG]Hz|%|MACs|bytes|pixels|points|epochs)\b|%)"
    r"|(?<=\w) (?=\.\. )|(?<=\.\.) (?=\S)"
    r"|(?<= --[a-z]) (?=\S)"
)
PIPED_COLUMNS = 100_000


def unbroken(said: str | Text) -> Text:
    """Return a text whose values a wrapped line does not break."""
    text = Text(said) if isinstance(said, str) else said.copy()
    text.plain = HELD.sub(UNBROKEN, text.plain)
    return text


def wrapped(text: Text, width: int) -> Text:
    """Return a text with lines of at most `width` columns, but where a single word is longer."""
    lines = [
        part
        for line in text.split("\n", allow_blank=True)
        for part in line.divide(divide_line(line.plain, width, fold=False))
    ]
    for line in lines:
        line.rstrip()
    return Text("\n").join(lines)


class PlainConsole(Console):
    """rich's Console, which passes escape sequences in a text on to the terminal; this one does not."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.wraps = self.is_terminal or "COLUMNS" in os.environ
        if hasattr(self.file, "reconfigure"):  # a locale may lack letters that a name has
            self.file.reconfigure(errors="backslashreplace")

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of a renderable, their texts without control characters."""
        for segment in super().render(renderable, options):
            plain = segment.text.translate(CONTROL).replace(UNBROKEN, " ")
            yield segment if segment.control else Segment(plain, segment.style)

    def say(self, *view: RenderableType) -> None:
        """Print what a command has found: messages, whose markup has no meaning, and tables, each below the one before."""
        for part in view:
            if isinstance(part, Table):
                self._show(part)
            elif isinstance(part, str | Text):
                text = unbroken(part)
                text = wrapped(text, self.width) if self.wraps else text
                self.print(text, highlight=False, soft_wrap=True)
            else:
                self.print(part, highlight=False)

    def _show(self, table: Table) -> None:
        """Print a table: on a narrow terminal the widest columns wrap, on a very narrow one its rows are lists."""
        table = copy.deepcopy(table)
        title, caption, table.title, table.caption = table.title, table.caption, None, None
        if title:
            self.say(Text(title, style="italic") if isinstance(title, str) else title)
        for column in table.columns:
            column.header = (
                unbroken(column.header) if isinstance(column.header, str | Text) else column.header
            )
            column._cells = [
                unbroken(cell) if isinstance(cell, str | Text) else cell for cell in column._cells
            ]
        if not self.wraps:
            self.width = PIPED_COLUMNS
            self.print(table)
        elif fitted(table, self.width, self) or fitted(tight(table), self.width, self):
            self.print(table)
        else:
            self._list(table)
        if caption:
            self.say(Text(caption, style="dim italic") if isinstance(caption, str) else caption)

    def _list(self, table: Table) -> None:
        """Print a row below the other, each value behind the name of its column."""
        for number in range(table.row_count):
            for column in table.columns:
                cell = column._cells[number]
                if isinstance(cell, Text) and isinstance(column.header, Text) and cell.plain:
                    self.say(Text.assemble(column.header, ": " if column.header.plain else "", cell))
            self.print()


def tight(table: Table) -> Table:
    """Take the lines between a table's columns away, and return it."""
    table.box, table.padding, table.pad_edge = SIMPLE_HEAD if table.show_header else None, (0, 1, 0, 0), False
    table.show_edge = False
    return table


def fitted(table: Table, width: int, console: Console) -> bool:
    """Give columns widths with which a table is at most `width` wide and no word is broken; False where there are none."""
    wide = console.options.update(max_width=PIPED_COLUMNS)
    ranges = []
    for column in table.columns:
        cells = [*column._cells, *([column.header] if table.show_header else [])]
        measured = [Measurement.get(console, wide, cell) for cell in cells]
        ranges.append((max(one.minimum for one in measured), max(one.maximum for one in measured)))
    between = Measurement.get(console, wide, table).maximum - sum(most for _, most in ranges)
    spare = width - between - sum(least for least, _ in ranges)
    if spare < 0:
        return False
    wanted = sum(most - least for least, most in ranges)
    if wanted > spare:
        for column, (least, most) in zip(table.columns, ranges, strict=True):
            column.width, column.no_wrap = least + spare * (most - least) // wanted, False
    return True
