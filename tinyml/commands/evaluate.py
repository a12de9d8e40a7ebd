"""`tinyml evaluate`: how good a run is, stage by stage."""

import rich_click as click

from tinyml.commands import Result
from tinyml.commands.views import stage_table
from tinyml.config import find_run


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
    for path in sorted(folder.glob("export/*/accuracy.json")):
        rows = read_json(path)["stages"]
        stages |= {f"{path.parent.name}: {name}": row for name, row in rows.items() if name != "float"}
    return Result(
        {"run": str(folder), "task": task, "stages": stages}, [stage_table("test pictures", stages)]
    )
