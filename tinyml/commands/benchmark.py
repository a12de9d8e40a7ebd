"""`tinyml benchmark`: a board over its serial port, real or emulated."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import rich_click as click
from rich.table import Table

from tinyml.commands import Result
from tinyml.errors import TinymlError


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
    "--compare", is_flag=True, help="Compare every output byte with TensorFlow Lite on this computer."
)
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Folder of the data set.")
@click.option("--limit", type=click.IntRange(1), help="Send only the first test pictures.")
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
    Accuracy mode sends the test pictures. With RUN the board must run that run's model, and benchmark.json is written
    into its export folder. Ends with 1 where --compare finds a byte that differs.
    """
    from tinyml.boards import load_board
    from tinyml.config import find_run
    from tinyml.device import benchmark
    from tinyml.device.client import Device
    from tinyml.device.ports import find_port

    if port and emulate:
        raise click.UsageError("--port and --emulate exclude each other")
    if run is None and (mode != "performance" or compare or emulate):
        raise click.UsageError("RUN is needed for --emulate, --compare and the accuracy mode")
    run_dir = find_run(run) if run else None
    place = emulated(run_dir, emulate) if run_dir and emulate else nullcontext(port or find_port())
    with place as url, Device(url) as device:
        device.synchronize()
        info = device.json("info")
        board = load_board(emulate or info["board"])
        report: dict[str, Any] = {
            "board": board.name,
            "protocol": "MLPerf Tiny",
            "model_sha256": info["model_sha256"],
            "runtime": info["runtime"],
            "arena_bytes": info["arena_bytes"],
        }
        export_dir = run_dir / "export" / board.name if run_dir else None
        if export_dir:
            benchmark.check_model(info, export_dir / "model_int8.tflite")
            report |= footprint(export_dir)
        silence_s = benchmark.EMULATED_SILENCE_S if board.emulator else benchmark.SLOWEST_INFERENCE_S
        if mode != "accuracy":
            device.load(benchmark.test_picture(info["input"]))
            if board.emulator:
                report |= benchmark.count_instructions(device, windows=windows)
                if macs := report.get("macs"):
                    report["instructions_per_mac"] = report["instructions_per_inference"] / macs
                report |= estimated(report, export_dir)
            else:
                report |= benchmark.measure_latency(device, windows=windows, window_s=window_s)
        if run_dir and export_dir and (mode != "performance" or compare):
            report |= accuracy(
                device, run_dir, export_dir, silence_s, data_dir=data_dir, limit=limit, compare=compare
            )
    exit_code = 0 if report.get("bit_exact", True) else 1
    if export_dir:
        from tinyml.files import write_json

        write_json(export_dir / "benchmark.json", report, inputs={"model": export_dir / "model_int8.tflite"})
    return Result(report, views(report), exit_code)


@contextmanager
def emulated(run_dir: Path, name: str) -> Iterator[str]:
    """Build the run's firmware for an emulated board, start it, and give its serial line's URL."""
    from tinyml.boards import load_board
    from tinyml.commands.build import build
    from tinyml.device import emulator

    board = load_board(name)
    if not board.emulated:
        raise TinymlError(
            f"'{name}' is a real board", cure="flash it (tinyml build RUN --target ...) and use --port"
        )
    program, _ = build(run_dir, board)
    port = emulator.free_port()
    process = emulator.start(board, program, port, log=program.with_suffix(".log"))
    try:
        yield f"socket://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


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
        found["ram_bytes"] = used[board.region_for("arena").name]
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


def accuracy(
    device: Any,
    run_dir: Path,
    export_dir: Path,
    silence_s: float,
    *,
    data_dir: Path | None,
    limit: int | None,
    compare: bool,
) -> dict[str, Any]:
    """Send the test pictures and return `accuracy` (metrics) and, with `compare`, `bit_exact` and the first difference."""
    import numpy as np

    from tinyml.commands.export_run import Prepared, judge_of
    from tinyml.data import load_dataset
    from tinyml.data.preprocess import quantize
    from tinyml.device.benchmark import collect_outputs, compare_outputs
    from tinyml.export.accuracy import Stage
    from tinyml.export.tflite import read_ends, run_tflite
    from tinyml.vision.config import read_config

    config = read_config(run_dir / "config.toml")
    dataset = load_dataset(config.dataset, data_dir or config.data or None)
    samples = dataset.test[:limit]
    prepared = Prepared(config)
    pictures = prepared.pictures(samples, "test pictures")
    model = export_dir / "model_int8.tflite"
    ends = read_ends(model)
    outputs = collect_outputs(device, [picture.tobytes() for picture in pictures], silence_s=silence_s)
    shaped = outputs.reshape(len(outputs), *ends.output_shape[1:])
    stage = Stage("board", shaped, ends.output_scale, ends.output_zero_point)
    found: dict[str, Any] = {
        "accuracy": judge_of(config, dataset, samples)(stage.probabilities),
        "pictures": len(samples),
        "of_pictures": len(dataset.test),
        "data": str(dataset.folder),
        "synthetic": dataset.synthetic,
        "remark": dataset.remark,
    }
    if compare:
        tables = prepared.tables(ends)
        inputs = np.stack([quantize(picture, tables) for picture in pictures])
        difference = compare_outputs(shaped, run_tflite(model, inputs, "tflite int8"))
        found["bit_exact"] = difference is None
        if difference:
            found["difference"] = vars(difference) | {"file": samples[difference.picture].path.name}
    return found


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
    for name, assumed in estimate["assumptions"].items():
        if isinstance(assumed, dict):
            table.add_row(name, f"{assumed['best']:,} .. {assumed['worst']:,}", assumed["source"])
        else:
            shown = f"{assumed:,}" if isinstance(assumed, int) else ""
            table.add_row(name, shown, "the board's file" if shown else assumed)
    return table
