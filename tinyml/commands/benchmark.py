"""`tinyml benchmark`: a board over its serial port, real or emulated."""

from pathlib import Path
from typing import Any

import rich_click as click

from tinyml.commands import Result
from tinyml.terminal.completion import boards, runs
from tinyml.terminal.models import firmware_options, run_or_model


@click.command("benchmark")
@click.argument("run", shell_complete=runs, required=False)
@firmware_options
@click.option("--port", help="Serial port or socket://host:port. Not needed if only one board is connected.")
@click.option(
    "--emulate",
    shell_complete=boards,
    metavar="BOARD",
    help="Build for this emulated board (or 'host') and start it.",
)
@click.option(
    "--mode",
    type=click.Choice(["performance", "accuracy", "both"]),
    default="performance",
    show_default=True,
    help="Measure speed, accuracy on the test pictures, or both.",
)
@click.option(
    "--compare",
    is_flag=True,
    help="Compare every output byte with TensorFlow Lite, as the accuracy mode always does.",
)
@click.option("--data", "data_dir", type=click.Path(path_type=Path), help="Folder of the data set.")
@click.option("--limit", type=click.IntRange(1), help="Send at most this many test pictures, evenly spaced.")
@click.option(
    "--windows", default=5, show_default=True, type=click.IntRange(1), help="How many windows to time."
)
@click.option(
    "--window-s",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0.01),
    help="Minimum length of a window in seconds.",
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
    **model: Any,
) -> Result:
    """Benchmark a board by MLPerf Tiny's protocol: latency, accuracy, equality with this computer.

    Performance mode is the median of five windows; on an emulated board it counts instructions, which are not time.
    Accuracy mode sends the test pictures and compares every output byte with TensorFlow Lite on this computer; it ends
    with exit code 1 if any byte differs. With RUN the board must run that run's model, benchmark.json is written into its export
    folder, and the board becomes a stage of accuracy.json.
    """
    from tinyml.terminal.benchmark import benchmark_view
    from tinyml.workflow.benchmark import benchmark

    if port and emulate:
        raise click.UsageError("--port and --emulate cannot be combined")
    source = run_or_model(run, **model) if run or any(value is not None for value in model.values()) else None
    if source is None and (mode != "performance" or compare or emulate):
        raise click.UsageError("RUN or --model is needed for --emulate, --compare and the accuracy mode")
    report = benchmark(
        source,
        port=port,
        emulate=emulate,
        mode=mode,
        compare=compare,
        data=data_dir,
        limit=limit,
        windows=windows,
        window_s=window_s,
    )
    return Result(report, benchmark_view(report), exit_code=0 if report.get("bit_exact", True) else 1)
