"""Progress bars, switched on by the command line and silent when tinyml is used as a library."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Item = TypeVar("Item")
_console: Any = None


def enable(console: Any) -> None:
    """Show bars on `console` (a PlainConsole on standard error) from now on."""
    global _console
    _console = console


def track(items: Iterable[Item], description: str, total: int | None = None) -> Iterable[Item]:
    """Yield `items` while a bar shows how many of `total` are done and the time left; no bar outside a terminal."""
    if _console is None or not _console.is_terminal:
        return items
    from rich.progress import track as rich_track

    return rich_track(items, description=description, total=total, console=_console, transient=True)


@contextmanager
def bar(description: str, total: float | None = None) -> Iterator[Any]:
    """Give a callable `advance(steps=1, description=None)` that moves one bar; no bar outside a terminal."""
    if _console is None or not _console.is_terminal:
        yield lambda steps=1, description=None: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_console, transient=True) as progress:
        task = progress.add_task(description, total=total)
        yield lambda steps=1, description=None: progress.update(task, advance=steps, description=description)


def note(message: str) -> None:
    """Tell the user in one line what is going on (on standard error)."""
    if _console is not None:
        from rich.text import Text

        _console.say(Text(message, style="dim"))
