"""A table of facts: what, and how much of it; no row of it is a heading."""

from rich.box import SQUARE
from rich.table import Table


def facts_table(title: str) -> Table:
    """Return an empty table for rows of a name and a value."""
    return Table(title=title, title_justify="left", show_header=False, box=SQUARE)
