"""`tinyml runs`: list runs and remove them."""

import rich_click as click
from rich.table import Table
from rich.text import Text

from tinyml.commands import Result


@click.group("runs", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> Result | None:
    """List the runs: task, data set, score on the test pictures, date, size and exports."""
    if context.invoked_subcommand is not None:
        return None
    from tinyml.inference.metrics import TITLES
    from tinyml.paths import runs_dir
    from tinyml.workflow.runs import list_runs

    rows = list_runs()
    if not rows:
        return Result({"runs": []}, [f"no runs in {runs_dir()}; train one: tinyml train fruit"])
    table = Table(title=f"runs in {runs_dir()}", title_justify="left")
    for column in ("name", "task", "data", "score", "date", "size", "exports"):
        table.add_column(column, justify="right" if column in ("score", "size") else "left", overflow="fold")
    for row in rows:
        score = (
            f"{TITLES[row['metric']]} {row['score']:.1%}" if row["metric"] else row["trouble"] or "unfinished"
        )
        size = f"{row['bytes'] / 1e6:.1f} MB"
        cells = (
            row["name"],
            row["task"],
            row["dataset"],
            score,
            row["date"],
            size,
            ", ".join(row["exports"]),
        )
        table.add_row(*map(Text, cells))
    return Result({"runs": rows}, [table])


@command.command("rm")
@click.argument("names", nargs=-1, required=True, metavar="RUN...")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def remove_command(names: tuple[str, ...], yes: bool) -> Result:
    """Remove runs, with their exports and reports, after asking for confirmation."""
    from tinyml.paths import find_run
    from tinyml.workflow.runs import remove_runs

    folders = [find_run(name) for name in names]
    if not yes:
        click.confirm(f"remove {', '.join(map(str, folders))} for good?", abort=True, err=True)
    removed = [str(folder) for folder in remove_runs(names)]
    return Result({"removed": removed}, [f"removed: {', '.join(removed)}"])
