"""`tinyml compare`: runs side by side, from the files that training, export and benchmark wrote."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import rich_click as click

from tinyml.commands import Result
from tinyml.errors import TinymlError
from tinyml.terminal.completion import boards, runs

COSTS = {
    "macs": "multiply-accumulates",
    "ram_bytes": "RAM of the compiled model in bytes",
    "int8_bytes": "bytes of the int8 file",
    "instructions": "instructions per inference",
}


@click.command("compare")
@click.argument("runs", shell_complete=runs, nargs=-1, required=True)
@click.option(
    "--target",
    shell_complete=boards,
    default="esp32cam",
    show_default=True,
    help="The board whose exports are compared.",
)
@click.option(
    "--cost", type=click.Choice(list(COSTS)), default="macs", show_default=True, help="The plot's other axis."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Plot accuracy against cost in this PNG file.",
)
def command(runs: tuple[str, ...], target: str, cost: str, out: Path | None) -> Result:
    """Compare runs: accuracy before and after int8, size, RAM, multiply-accumulates, instructions.

    What a run does not have yet (no export, no benchmark) is left empty. Figures from different data or different test
    pictures are marked, since they cannot be compared.
    """
    from tinyml.report.comparison import plot_comparison
    from tinyml.terminal.compare import table_of
    from tinyml.workflow.compare import compare_runs

    rows = compare_runs(runs, target)
    view: list[Any] = [table_of(rows), *sorted({f"* {row.remark}" for row in rows if row.remark})]
    if len({row.data for row in rows}) > 1:
        view.append("these runs were judged on different data: their accuracies do not compare")
    if out:
        points = [(getattr(row, cost), row.float, row.run) for row in rows if getattr(row, cost) is not None]
        if not points:
            raise TinymlError(
                f"none of these runs has its {COSTS[cost]} yet", cure="export them first: tinyml export RUN"
            )
        plot_comparison(points, COSTS[cost], rows[0].metric, out)
        view.append(f"plot: {out}")
    return Result({"target": target, "runs": [asdict(row) for row in rows]}, view)
