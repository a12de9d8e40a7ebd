"""Recipes: what their networks cost, what was published, what was reproduced."""

from collections.abc import Sequence

from rich.table import Table

from tinyml.contracts.recipes import ExportedRow, RecipeRow, Reproduced, precision_of


def cost_table(rows: Sequence[RecipeRow]) -> Table:
    """Return the networks side by side, counted from their graphs, published counts below them."""
    table = Table(title="networks, with the published counts in brackets", title_justify="left")
    table.add_column("recipe", overflow="fold")
    for column in ("pixels", "parameters", "FLOPs", "float32 weights, maps"):
        table.add_column(column, justify="right", no_wrap=column != "float32 weights, maps")
    for row in rows:
        counted = row["cost"]
        table.add_row(
            row["name"],
            str(row["size"]),
            *(beside(counted[key], row["published"].get(key)) for key in ("parameters", "flops")),
            f"{counted['weights_bytes'] / 1e6:.2f} + {counted['activation_bytes'] / 1e6:.2f} MB",
        )
    return table


def beside(counted: int, published: float | None) -> str:
    """Return a count with the published one below it, where there is one."""
    return f"{counted:,}" if published is None else f"{counted:,}\n({int(published):,})"


def accuracy_table(rows: Sequence[RecipeRow]) -> Table:
    """Return the published accuracies beside the reproduced ones, one line per run."""
    table = Table(title="test accuracy; float16 and int8: the change in points", title_justify="left")
    table.add_column("recipe", overflow="fold")
    for column in ("published", "here", "float16", "int8", "epochs", "seed"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        published = row["published"].get("accuracy")
        first = (row["name"], "" if published is None else f"{published:.2%}")
        if not row["reproduced"]:
            table.add_row(*first, "not run", "", "", f"0/{row['epochs']}")
        for number, run in enumerate(row["reproduced"]):
            table.add_row(
                *(("", "") if number else first),
                f"{run['figures']['accuracy']:.2%}",
                *(
                    points(run["exports"][0], precision) if run["exports"] else ""
                    for precision in ("float16", "int8")
                ),
                f"{run['epochs']}/{row['epochs']}",
                str(run["seed"]),
            )
    return table


def points(export: ExportedRow, precision: str) -> str:
    """Return what a precision changes, in points of accuracy on the pictures that the export compared."""
    file, before = precision_of(export, precision), export["float_accuracy"]
    if file is None or file["accuracy"] is None or before is None:
        return ""
    return f"{(file['accuracy'] - before) * 100:+.2f}"


def remarks(rows: Sequence[RecipeRow]) -> list[str]:
    """Return what must be said beside the figures: what each was measured on, and where a recipe differs."""
    lines = []
    for row in rows:
        if row["differs"]:
            lines.append(f"{row['name']}: {row['differs']}.")
        for run in row["reproduced"]:
            lines.append(f"  here ({run['run']}): {told(run)}")
    return lines


def told(run: Reproduced) -> str:
    """Return a recorded run as text: data, epochs, seed, differences from its recipe, exports."""
    subset = f"{run['subset']:,} of its training pictures" if run["subset"] else "its training pictures"
    changed = ", ".join(
        "other blocks" if name == "blocks" else f"{name} = {value}"
        for name, value in run.get("changed", {}).items()
    )
    data = ", ".join(filter(None, (run["data"], run["remark"])))
    return " ".join(
        [
            f"{data}; {subset}, {run['epochs']} epochs, seed {run['seed']}, {run['test_pictures']:,} test pictures.",
            *([f"Differs from the recipe: {changed}."] if changed else []),
            *filter(None, [run["note"]]),
            *(export_line(row, run["figures"].get("training_bytes")) for row in run["exports"]),
        ]
    )


def export_line(row: ExportedRow, training_bytes: int | None) -> str:
    """Return what an export lost, precision by precision, on the pictures that it compared, and what the board needs."""
    parts = [
        f"{precision} {file['bytes']:,} B"
        + (f" {file['accuracy']:.2%}" if file["accuracy"] is not None else "")
        for precision in ("float32", "float16", "int8")
        if (file := precision_of(row, precision))
    ]
    text = f"Exported for {row['board']}, on {row['pictures']:,} test pictures: {', '.join(parts)}."
    if training_bytes and "float16_bytes" in row:
        saved = 1 - row["float16_bytes"] / training_bytes
        text += f" float16 is {saved:.2%} smaller than what training keeps ({training_bytes:,} B)."
    if "ram_bytes" in row and "ok" in row:
        text += f" Compiled: {row['ram_bytes']:,} B of RAM, {row['macs']:,} MACs, {'fits' if row['ok'] else 'does not fit'}."
    for board, count in row.get("instructions", {}).items():
        text += f" {count:,} instructions on {board}."
    return text
