"""Metrics by stage, as a table."""

from collections.abc import Callable, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from tinyml.inference.metrics import TITLES

BYTES = {True: Text("equal", "green"), False: Text("differ", "red"), None: Text("")}


def stage_table(title: str, stages: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return a table with a row per stage, and a column for whatever any of the stages has; it fits 80 characters.

    "95 %" is the interval of the first metric, "change" the largest of a probability from the stage before.
    """
    metrics = {key: name for key, name in TITLES.items() if any(key in row for row in stages.values())}
    interval = next((f"{key}_interval" for key in metrics), "")  # of the metric that judges the task
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("stage", no_wrap=True)
    for name in metrics.values():
        table.add_column(name.replace(" ", "\n"), justify="right")
    extras: dict[str, Callable[[Mapping[str, Any]], str | Text]] = {
        "loss": lambda row: f"{row['loss']:.4f}" if "loss" in row else "",
        "95 %": lambda row: "–".join(f"{100 * edge:.0f}" for edge in row.get(interval) or ()),
        "change": lambda row: f"{row['max_abs_difference']:.4f}" if "max_abs_difference" in row else "",
        "bytes": lambda row: BYTES[row.get("bit_exact")],
    }
    extras = {name: show for name, show in extras.items() if any(show(row) for row in stages.values())}
    for name in extras:
        table.add_column(name, justify="left" if name == "bytes" else "right", no_wrap=True)
    for stage, row in stages.items():
        cells = [show_metric(key, row[key]) if key in row else "" for key in metrics]
        table.add_row(stage, *cells, *(show(row) for show in extras.values()))
    most = max(row.get("pictures", 0) for row in stages.values())
    fewer = {name: row["pictures"] for name, row in stages.items() if row.get("pictures", most) < most}
    if fewer:
        table.caption = "\n".join(f"{name}: {count:,} of {most:,} pictures" for name, count in fewer.items())
        table.caption_justify = "left"
    return table


def show_metric(key: str, value: float) -> str:
    """Return a metric for display: shares as per cent, errors as numbers."""
    return f"{value:.2f}" if key == "count_error" else f"{value:.1%}"
