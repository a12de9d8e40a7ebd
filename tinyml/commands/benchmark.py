"""`tinyml benchmark`: a board over its serial port, real or emulated."""

from pathlib import Path
from typing import Any

import rich_click as click
from rich.table import Table

from tinyml.commands import Result


@click.command("benchmark")
@click.argument("run", required=False)
@click.option("--port", help="Serial port or socket://host:port; found by itself where there is one board.")
@click.option("--emulate", metavar="BOARD", help="Build for this emulated board (or 'host') and start it.")
@click.option(
    "--mode",
    type=click.Choice(["performance", "accuracy", "both"]),
    default="performance",
    show_default=True,
    help="How fast, how right on the test pictures, or both.",
)
@click.option(
    "--compare",
    is_flag=True,
    help="Compare every output byte with TensorFlow Lite, as the accuracy mode always does.",
)
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Folder of the data set.")
@click.option("--limit", type=click.IntRange(1), help="Send at most so many test pictures, evenly chosen.")
@click.option("--windows", default=5, show_default=True, type=click.IntRange(1), help="Windows to time.")
@click.option(
    "--window-s", default=10.0, show_default=True, type=click.FloatRange(0.01), help="Least seconds of one."
)
def command(
    run: str | None,
    port: str | None,
    emulate: str | None,
    mode: str,
    compare: bool,
    data_dir: Path | None,
    limit: int | None,
    windows: int,
    window_s: float,
) -> Result:
    """Benchmark a board by MLPerf Tiny's protocol: latency, accuracy, equality with this computer.

    Performance mode is the median of five windows; on an emulated board it counts instructions, which are not time.
    Accuracy mode sends the test pictures and compares every output byte with TensorFlow Lite on this computer; it ends
    with 1 where one differs. With RUN the board must run that run's model, benchmark.json is written into its export
    folder, and the board becomes a stage of accuracy.json.
    """
    from tinyml.commands.attached import attached, identity, judge, record
    from tinyml.device import benchmark
    from tinyml.paths import find_run

    if port and emulate:
        raise click.UsageError("--port and --emulate exclude each other")
    if run is None and (mode != "performance" or compare or emulate):
        raise click.UsageError("RUN is needed for --emulate, --compare and the accuracy mode")
    run_dir = find_run(run) if run else None
    with attached(run_dir, port, emulate) as board:
        report: dict[str, Any] = identity(board)
        if board.export:
            report |= footprint(board.export)
        if mode != "accuracy":
            board.device.load(benchmark.test_picture(board.info.input))
            if board.board.emulator:
                report |= benchmark.count_instructions(board.device, windows=windows)
                if macs := report.get("macs"):
                    report["instructions_per_mac"] = report["instructions_per_inference"] / macs
                report |= estimated(report, board.export)
            else:
                report |= benchmark.measure_latency(board.device, windows=windows, window_s=window_s)
        if run_dir and (mode != "performance" or compare):
            report |= judge(run_dir, board, data_dir, limit)
        if run_dir:
            record(board, report)
    return Result(report, views(report), exit_code=0 if report.get("bit_exact", True) else 1)


def footprint(export_dir: Path) -> dict[str, Any]:
    """Return macs, ram_bytes and flash_bytes from what the export and the build wrote; {} of what is not there."""
    from tinyml.boards import load_board
    from tinyml.files import read_json

    found: dict[str, Any] = {}
    if (plan := export_dir / "plan.json").is_file():
        found["macs"] = read_json(plan)["macs"]
    if (path := export_dir / "budget.json").is_file():
        budget, board = read_json(path), load_board(export_dir.name)
        used = {row["region"]: row["used_bytes"] for row in budget["regions"]}
        ram = {board.region_for(what).name for what in ("arena", "input", "static")}
        found["ram_bytes"] = sum(used[name] for name in ram)
        found["flash_bytes"] = used[board.region_for("code").name]
        found["footprint_source"] = budget["source"]
    return found


def estimated(report: dict[str, Any], export_dir: Path | None) -> dict[str, Any]:
    """Return `estimate`, the range of a real board's latency; {} where no board is estimated from these counts."""
    from tinyml.device.estimate import board_counted_on, estimate
    from tinyml.files import read_json

    real = board_counted_on(report["board"])
    plan = export_dir / "plan.json" if export_dir else None
    if real is None or plan is None or not plan.is_file() or report["runtime"] != "stream":
        return {}
    return {"estimate": estimate(real, report, read_json(plan))}


def views(report: dict[str, Any]) -> list[Any]:
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
