"""Runs side by side: one column per run, one line per figure."""

from collections.abc import Callable

from rich.table import Table

from tinyml.inference.metrics import TITLES
from tinyml.workflow.compare import ComparedRun


def table_of(rows: list[ComparedRun]) -> Table:
    """Return one column per run, one line per figure."""
    table = Table(title="runs", title_justify="left")
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_column(row.run, justify="right", overflow="fold")
    metric = TITLES[rows[0].metric]
    lines: dict[str, Callable[..., str]] = {
        metric: lambda row: f"{row.float:.2%}{'*' if row.remark else ''}",
        "int8": int8_cell,
        "parameters": lambda row: short(row.parameters),
        "MACs": lambda row: short(row.macs),
        **{
            f"{precision} file": lambda row, key=f"{precision}_bytes": short(getattr(row, key), "B")
            for precision in ("float32", "float16", "int8")
        },
        "RAM in bytes": lambda row: "" if row.ram_bytes is None else f"{row.ram_bytes:,}",
    }
    boards = sorted({row.instructions_board for row in rows if row.instructions_board})
    for board in boards:  # counts of different processors say nothing beside each other
        lines[f"instructions, {board}"] = lambda row, board=board: (
            short(row.instructions) if row.instructions_board == board else ""
        )
    for name, cell in lines.items():
        table.add_row(name, *map(cell, rows))
    table.caption = "RAM: of the compiled model."
    table.caption += " Instructions: of one inference, counted on an emulated board." if boards else ""
    table.caption_justify = "left"
    return table


def int8_cell(row: ComparedRun) -> str:
    """Return the int8 accuracy and the change in points, both on the pictures that the export compared."""
    if row.int8 is None or row.float_of_export is None:
        return ""
    change = round((row.int8 - row.float_of_export) * 100, 2) + 0.0  # no negative zero
    pictures = "" if row.export_pictures == row.test_pictures else f"\non {row.export_pictures:,}"
    return f"{row.int8:.2%}, {change:+.2f}{pictures}"


def short(value: float | None, unit: str = "") -> str:
    """Return a number with three digits and k or M."""
    if value is None:
        return ""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}{unit}"
    return f"{value:g} {unit}".strip()
