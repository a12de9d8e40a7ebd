"""A console that acts on tinyml's own control characters only: those in file names, class names and answers are shown."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

CONTROL = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in "\n\t"
}


class PlainConsole(Console):
    """rich's Console, which passes escape sequences in a text on to the terminal; this one does not."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if hasattr(self.file, "reconfigure"):  # a locale may lack letters that a name has
            self.file.reconfigure(errors="backslashreplace")

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of a renderable, their texts without control characters."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(segment.text.translate(CONTROL), segment.style)
