"""`tinyml compare`: runs side by side, from the files that training, export and benchmark wrote."""

import math
from pathlib import Path
from typing import Any

import rich_click as click
from rich.table import Table

from tinyml.commands import Result
from tinyml.errors import TinymlError
from tinyml.files import read_json, replacing
from tinyml.paths import find_run

COSTS = {
    "macs": "multiply-accumulates",
    "ram_bytes": "RAM of the compiled model in bytes",
    "int8_bytes": "bytes of the int8 file",
    "instructions": "instructions per inference",
}


@click.command("compare")
@click.argument("runs", nargs=-1, required=True)
@click.option("--target", default="esp32cam", show_default=True, help="The board whose exports are compared.")
@click.option(
    "--cost", type=click.Choice(list(COSTS)), default="macs", show_default=True, help="The plot's other axis."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Draw accuracy over cost into this PNG."
)
def command(runs: tuple[str, ...], target: str, cost: str, out: Path | None) -> Result:
    """Compare runs: accuracy before and after int8, size, RAM, multiply-accumulates, instructions.

    What a run has not got yet (no export, no benchmark) stays empty. Figures of different data or of different test
    pictures are marked: they do not compare.
    """
    rows = [row_of(find_run(run), target) for run in runs]
    if len({row["metric"] for row in rows}) > 1:
        raise TinymlError(
            "these runs have different tasks", cure="compare runs that classify, or that detect"
        )
    views: list[Any] = [table_of(rows), *sorted({f"* {row['remark']}" for row in rows if row["remark"]})]
    if len({row["data"] for row in rows}) > 1:
        views.append("these runs were judged on different data: their accuracies do not compare")
    if out:
        plot(rows, cost, out)
        views.append(f"plot: {out}")
    return Result({"target": target, "runs": rows}, views)


def row_of(run: Path, target: str) -> dict[str, Any]:
    """Return what a run's files say; a figure that no file has is None."""
    metrics = read_json(run / "metrics.json")
    export = run / "export" / target
    accuracy, plan, benchmark = (
        read_json(path) if path.is_file() else {}
        for path in (export / "accuracy.json", export / "plan.json", find_benchmark(run, export))
    )
    metric = "f1" if metrics["task"] == "detect" else "accuracy"
    stages = accuracy.get("stages", {})
    return {
        "run": run.resolve().name,
        "metric": metric,
        "data": metrics["data"]["title"],
        "remark": metrics["data"]["remark"],
        "parameters": metrics["parameters"],
        "float": metrics["test"][metric],
        "test_pictures": metrics["test"]["pictures"],
        "int8": stages.get("tflite_int8", {}).get(metric),
        "float_of_export": stages.get("float", {}).get(metric),
        "export_pictures": accuracy.get("pictures"),
        **{
            f"{precision}_bytes": (export / f"model_{precision}.tflite").stat().st_size
            if (export / f"model_{precision}.tflite").is_file()
            else None
            for precision in ("float32", "float16", "int8")
        },
        "ram_bytes": plan.get("ram_bytes"),
        "macs": plan.get("macs"),
        "instructions": benchmark.get("instructions_per_inference"),
        "instructions_board": benchmark.get("board"),
    }


def find_benchmark(run: Path, export: Path) -> Path:
    """Return the benchmark.json of the export, or of an emulated board where that one counted no instructions."""
    own = export / "benchmark.json"
    if own.is_file() and "instructions_per_inference" in read_json(own):
        return own
    return next(iter(sorted(run.glob("export/*_emulated/benchmark.json"))), own)


def table_of(rows: list[dict[str, Any]]) -> Table:
    """Return one column a run, one line a figure."""
    table = Table(title="runs", title_justify="left")
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_column(row["run"], justify="right", overflow="fold")
    metric = {"f1": "F1", "accuracy": "accuracy"}[rows[0]["metric"]]
    lines: dict[str, Any] = {
        metric: lambda row: f"{row['float']:.2%}{'*' if row['remark'] else ''}",
        "int8": int8_cell,
        "parameters": lambda row: short(row["parameters"]),
        "MACs": lambda row: short(row["macs"]),
        **{
            f"{precision} file": lambda row, key=f"{precision}_bytes": short(row[key], "B")
            for precision in ("float32", "float16", "int8")
        },
        "RAM in bytes": lambda row: "" if row["ram_bytes"] is None else f"{row['ram_bytes']:,}",
        "instructions": lambda row: short(row["instructions"]),
    }
    for name, cell in lines.items():
        table.add_row(name, *map(cell, rows))
    boards = sorted({row["instructions_board"] for row in rows if row["instructions_board"]})
    table.caption = "RAM: of the compiled model."
    table.caption += f" Instructions: of one inference, on {', '.join(boards)}." if boards else ""
    table.caption_justify = "left"
    return table


def int8_cell(row: dict[str, Any]) -> str:
    """Return the int8 accuracy and the change in points, both on the pictures that the export compared."""
    if row["int8"] is None:
        return ""
    change = round((row["int8"] - row["float_of_export"]) * 100, 2) + 0.0  # no negative zero
    pictures = "" if row["export_pictures"] == row["test_pictures"] else f"\non {row['export_pictures']:,}"
    return f"{row['int8']:.2%}, {change:+.2f}{pictures}"


def short(value: float | None, unit: str = "") -> str:
    """Return a number with three digits and k or M."""
    if value is None:
        return ""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}{unit}"
    return f"{value:g} {unit}".strip()


def plot(rows: list[dict[str, Any]], cost: str, path: Path) -> None:
    """Draw accuracy over cost, one point a run; raises TinymlError where no run has that cost."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    points = [(row[cost], row["float"] * 100, row["run"]) for row in rows if row[cost] is not None]
    if not points:
        raise TinymlError(
            f"none of these runs has its {COSTS[cost]} yet", cure="export them first: tinyml export RUN"
        )
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=COSTS[cost], ylabel=f"{rows[0]['metric']} in %", xscale="log")
    axes.xaxis.set_major_formatter(EngFormatter())
    axes.xaxis.set_minor_formatter(EngFormatter())
    axes.grid(alpha=0.3)
    axes.margins(0.2)
    middle = sum(math.log(x) for x, _, _ in points) / len(points)
    for x, y, name in points:  # names point inwards, so that none leaves the frame
        left = math.log(x) > middle
        axes.plot(x, y, "o")
        axes.annotate(
            name,
            (x, y),
            xytext=(-6 if left else 6, 5),
            textcoords="offset points",
            fontsize=8,
            horizontalalignment="right" if left else "left",
        )
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
