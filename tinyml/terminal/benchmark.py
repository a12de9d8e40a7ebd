"""A benchmark: latency or instructions, memory, equality, and the estimate of a real board's latency."""

from typing import Any

from rich.table import Table


def benchmark_view(report: dict[str, Any]) -> list[Any]:
    """Return what a person sees of benchmark.json."""
    table = Table(title=f"{report['board']}, {report['runtime']}", title_justify="left", show_header=False)
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
    for key, title in (("ram_bytes", "RAM"), ("flash_bytes", "flash"), ("arena_bytes", "arena")):
        if key in report:
            table.add_row(title, f"{report[key]:,} B")
    for name, value in report.get("accuracy", {}).items():
        if isinstance(value, int | float):
            table.add_row(name, f"{value:,.4g}")
    if "bit_exact" in report:
        table.add_row(
            "equal to tflite_int8",
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
    if "estimate" in report:
        shown.append(estimate_table(report["estimate"]))
    return shown


def estimate_table(estimate: dict[str, Any]) -> Table:
    """Return the range of a real board's latency and every assumption behind it, from `estimate` of benchmark.json."""
    title = f"latency of a real {estimate['board']}: {estimate['remark']}"
    table = Table("", "best .. worst", "source", title=title, title_justify="left")
    for row in estimate["cores"]:
        cores = f"{row['cores']} core{'s' if row['cores'] > 1 else ''}"
        table.add_row(cores, f"{row['low_us'] / 1000:,.0f} .. {row['high_us'] / 1000:,.0f} ms", "estimate")
    table.add_section()
    for key, assumed in estimate["assumptions"].items():
        name = key.replace("_", " ")  # words wrap where names are cut
        if isinstance(assumed, dict):
            table.add_row(name, f"{assumed['best']:,} .. {assumed['worst']:,}", assumed["source"])
        else:
            shown = f"{assumed:,}" if isinstance(assumed, int) else ""
            table.add_row(name, shown, "the board's file" if shown else assumed)
    return table
