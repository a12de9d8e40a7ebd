"""`tinyml evaluate`: how good a run is, stage by stage."""

from typing import Any

import rich_click as click
from rich.table import Table

from tinyml.commands import Result
from tinyml.config import find_run

COLUMNS = {
    "classify": ("accuracy", "f1", "loss"),
    "detect": ("precision", "recall", "f1", "count_error", "average_precision"),
}


@click.command("evaluate")
@click.argument("run")
def command(run: str) -> Result:
    """Judge a run on its test pictures, and show every stage that has been exported beside it.

    The stage "float" is computed now; the others are read from the accuracy.json of each export.
    """
    from tinyml.files import read_json
    from tinyml.vision.config import read_config
    from tinyml.vision.run import evaluate_run

    folder = find_run(run)
    task = read_config(folder / "config.toml").task
    stages = {"float": evaluate_run(folder)}
    views = []
    for path in sorted(folder.glob("export/*/accuracy.json")):
        rows = read_json(path)["stages"]
        stages |= {f"{path.parent.name}: {name}": row for name, row in rows.items() if name != "float"}
    views.append(stage_table(task, stages))
    return Result({"run": str(folder), "task": task, "stages": stages}, views)


def stage_table(task: str, stages: dict[str, dict[str, Any]]) -> Table:
    """Return a table with a row per stage."""
    columns = COLUMNS[task]
    main = "accuracy" if task == "classify" else "f1"
    table = Table(title="test pictures", title_justify="left")
    for name in ("stage", *(column.replace("_", " ") for column in columns), "95 % interval"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    for stage, row in stages.items():
        interval = row.get(f"{main}_interval")
        table.add_row(
            stage,
            *(f"{row[column]:.4f}" if column in row else "" for column in columns),
            f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else "",
        )
    return table
