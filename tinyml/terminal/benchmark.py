"""A benchmark: latency or instructions, memory, equality, and the predicted latency of a real board."""

from typing import Any

from rich.table import Table

from tinyml.contracts import Benchmark, Predicted
from tinyml.contracts.board import CycleReport
from tinyml.terminal.facts import facts_table


def benchmark_view(report: Benchmark) -> list[Any]:
    """Return benchmark.json as shown to the user."""
    table = facts_table(f"{report['board']}, {report['runtime']}")
    if "latency_us" in report:
        latency = report["latency_us"]
        table.add_row("latency, median", f"{latency['median'] / 1000:,.3f} ms")
        table.add_row("latency, p95", f"{latency['p95'] / 1000:,.3f} ms")
        table.add_row("inferences a second", f"{report['inferences_per_second']:,.2f}")
        table.add_row("windows", f"{len(latency['windows'])} of {report['runs_per_window']:,} runs")
    if "instructions_per_inference" in report:
        table.add_row("instructions per inference", f"{report['instructions_per_inference']:,}")
    if "instructions_per_mac" in report:
        table.add_row("instructions per multiply-accumulate", f"{report['instructions_per_mac']:.3f}")
    for title, size in (
        ("RAM", report.get("ram_bytes")),
        ("flash", report.get("flash_bytes")),
        ("arena", report.get("arena_bytes")),
    ):
        if size is not None:
            table.add_row(title, f"{size:,} B")
    for name, value in report.get("accuracy", {}).items():
        if isinstance(value, int | float):
            table.add_row(name, f"{value:,.4g}")
    if "bit_exact" in report:
        table.add_row(
            "equal to tflite_int8" if "accuracy" in report else "equal to TFLite Micro, on noise",
            f"every byte, {report['pictures']} pictures"
            if report["bit_exact"]
            else f"NO: {report['difference']}",
        )
    shown: list[Any] = [table]
    if report.get("layers"):
        layers = Table(title="instructions per layer", title_justify="left")
        layers.add_column("layer")
        layers.add_column("instructions", justify="right")
        for layer in report["layers"]:
            layers.add_row(layer["name"], f"{layer['instructions']:,}")
        shown.append(layers)
    if "cycles" in report:
        shown += cycles_tables(report["cycles"])
    if "predicted" in report:
        shown.append(prediction_table(report["predicted"]))
    return shown


def cycles_tables(cycles: CycleReport) -> list[Any]:
    """Return predicted and measured cycles side by side, from `cycles` of benchmark.json."""
    tables: list[Any] = []
    for title, rows in (
        ("cycles of 32 rounds of a sequence", cycles["sequences"]),
        (
            "cycles of each layer on one core, with waiting for flash",
            [*cycles["layers"], cycles["one_core"], cycles["all_cores"]],
        ),
    ):
        if not rows:
            continue
        table = Table("", title=title, title_justify="left")
        for column in ("predicted", "measured", "measured / predicted"):
            table.add_column(column, justify="right")
        for row in rows:
            predicted, measured = row["predicted"], row["measured"]
            ratio = f"{measured / predicted:.3f}" if predicted and measured is not None else "-"
            counts = ("-" if count is None else f"{count:,}" for count in (predicted, measured))
            table.add_row(row["name"].replace("_", " "), *counts, ratio)
        tables.append(table)
    if "kept_in" in cycles:
        tables.append(f"Later predictions for this board use what it measured: {cycles['kept_in']}")
    return tables


def prediction_table(predicted: Predicted) -> Table:
    """Return the latency of a real board and every assumption behind it, from `predicted` of benchmark.json."""
    title = f"latency of a real {predicted['board']}: {predicted['remark']}"
    table = Table("", "value (from .. to)", "evidence", title=title, title_justify="left")
    mode = predicted["flash_mode"].replace("_", " ")
    for row in predicted["cores"]:
        name = "one core" if row["cores"] == 1 else "two cores"
        low, middle, high = (row[key] / 1000 for key in ("low_us", "latency_us", "high_us"))
        table.add_row(
            name,
            f"{middle:,.1f} ms ({low:,.1f} .. {high:,.1f})",
            f"{row['cycles']:,} cycles, {row['flash_us'] / 1000:,.1f} ms of waiting for flash ({mode} MHz)",
        )
    table.add_section()
    for key, assumed in predicted["assumptions"].items():
        name = key.replace("_", " ")  # words wrap where names are cut
        if not isinstance(assumed, dict):
            table.add_row(name, f"{assumed:,}", "the board's file")
            continue
        value = assumed.get("value", assumed.get("line_us", ""))
        span = " .. ".join(f"{percent:+g} %" for percent in assumed.get("percent", []))
        table.add_row(
            name, " ".join(filter(None, (f"{value:,}" if value else "", span))), assumed["evidence"]
        )
    return table
