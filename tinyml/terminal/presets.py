"""The presets side by side: what each costs on a board, and what it finds."""

from typing import Any

from rich.table import Table
from rich.text import Text

from tinyml.contracts.presets import PresetRow


def presets_view(board: str, rows: list[PresetRow]) -> list[Any]:
    """Return the presets as a table, with a line below it for what each is."""
    table = Table(title=f"presets on {board}", title_justify="left")
    table.add_column("preset")
    for column in ("pixels", "MACs", "RAM", "constants", "predicted ms", "F1", "F1, audited"):
        table.add_column(column, justify="right")
    table.add_column("fits")
    for row in rows:
        latency = [f"{microseconds / 1000:.0f}" for microseconds in row["latency_us"] or ()]
        found = [(row["f1"] or {}).get(labels) for labels in ("original", "audited")]
        table.add_row(
            row["name"],
            str(row["settings"]["size"]),
            f"{row['macs'] / 1e6:.1f} M" if row["macs"] else "",
            *(f"{size:,} B" if size else "" for size in (row["ram_bytes"], row["flash_bytes"])),
            " / ".join(latency) or "not known",
            *(f"{one['mean']:.3f} ({len(one['seeds'])})" if one else "not measured" for one in found),
            {True: Text("yes", "green"), False: Text("no", "red"), None: Text("not known")}[row["fits"]],
        )
    told = [Text(f"{row['name']}: {row['words']}; {row['epochs']} epochs") for row in rows]
    return [
        table,
        Text(
            "F1 on the 60 test pictures of the real fruit set, trained and judged by these labels (seeds); ms on one "
            "core / on all"
        ),
        *told,
    ]
