"""What several commands show alike."""

from typing import Any

from rich.bar import Bar
from rich.console import RenderableType
from rich.table import Table

METRICS = {
    "accuracy": "accuracy",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "average_precision": "AP",
    "count_error": "count error",
}
BAR_CHARACTERS = 30


def budget_bars(budget: dict[str, Any]) -> RenderableType:
    """Return budget.json as one bar a region."""
    table = Table(title=f"memory of {budget['board']} ({budget['source']})", title_justify="left", box=None)
    table.add_column("region", style="bold")
    table.add_column("")
    table.add_column("used", justify="right")
    table.add_column("limit", justify="right")
    table.add_column("")
    for row in budget["regions"]:
        used, limit = row["used_bytes"], row["limit_bytes"]
        colour = "green" if row["ok"] else "red"
        table.add_row(
            row["region"],
            Bar(limit, 0, min(used, limit), width=BAR_CHARACTERS, color=colour, bgcolor="grey30"),
            f"{used:,} B",
            f"{limit:,} B",
            f"{used / limit:.0%}" if row["ok"] else f"[red]over by {used - limit:,} B[/]",
        )
    return table


def stage_table(accuracy: dict[str, Any]) -> Table:
    """Return accuracy.json as one row a stage."""
    stages = accuracy["stages"]
    metrics = {key: title for key, title in METRICS.items() if any(key in row for row in stages.values())}
    kind = "synthetic " if accuracy.get("synthetic") else ""
    table = Table(title=f"{accuracy['pictures']} {kind}{accuracy['split']} pictures", title_justify="left")
    table.add_column("stage", no_wrap=True)
    for title in (*metrics.values(), "largest change"):
        table.add_column(title, justify="right")
    table.add_column("bytes")
    for name, row in stages.items():
        cells = [show_metric(key, row[key]) if key in row else "" for key in metrics]
        change = f"{row['max_abs_difference']:.4f}" if "max_abs_difference" in row else ""
        exact = {True: "[green]equal[/]", False: "[red]differ[/]", None: ""}[row.get("bit_exact")]
        table.add_row(name, *cells, change, exact)
    return table


def show_metric(key: str, value: float) -> str:
    """Return a metric as a person reads it: shares as per cent, errors as numbers."""
    return f"{value:.2f}" if key == "count_error" else f"{value:.1%}"
