"""The benchmark of a board over its serial port, real or emulated."""

from pathlib import Path

from tinyml.boards import load_board
from tinyml.contracts import Benchmark
from tinyml.contracts.board import CycleReport, Measured
from tinyml.device import calibration
from tinyml.device.answers import Cycles
from tinyml.device.benchmark import (
    SLOWEST_INFERENCE_S,
    WINDOW_S,
    WINDOWS,
    count_instructions,
    load_inputs,
    measure_latency,
    test_inputs,
)
from tinyml.errors import TinymlError
from tinyml.workflow.attached import Attached, attached
from tinyml.workflow.model import Model
from tinyml.workflow.run import Export, Run, load_run

MODES = ("performance", "accuracy", "both")


def benchmark(
    run: Run | Model | Path | str | None = None,
    *,
    port: str | None = None,
    emulate: str | None = None,
    mode: str = "performance",
    compare: bool = False,
    data: Path | None = None,
    limit: int | None = None,
    windows: int = WINDOWS,
    window_s: float = WINDOW_S,
) -> Benchmark:
    """Benchmark a board by MLPerf Tiny's protocol and return what benchmark.json says of it.

    The board is the one at `port`, the only one found, or the one that `emulate` names, built for and started here.
    `mode`: "performance" (latency of the median of `windows` windows of at least `window_s` seconds; instructions on an
    emulated board), "accuracy" (every output byte of the test pictures, at most `limit` of them, against TensorFlow
    Lite, as `compare` does in any mode) or "both". A Model has no test pictures: `compare` sends it noise. With a run,
    benchmark.json is written and the board becomes a stage of accuracy.json. Raises DeviceError, ToolchainError, and
    TinymlError for arguments that exclude each other.
    """
    from tinyml.workflow.judge import compare_noise, identity, judge, record

    judged = mode != "performance" or compare
    _refuse_together(run, port, emulate, mode, judged)
    if run is not None and not isinstance(run, Model):
        run = load_run(run)
    with attached(run, port, emulate) as board:
        report = identity(board)
        if board.export:
            report = {**report, **footprint(board.export)}
        if mode != "accuracy":
            load_inputs(board.device, board.info, test_inputs(board.info))
            if board.board.emulator:
                report = {**report, **count_instructions(board.device, windows=windows)}
                if macs := report.get("macs"):
                    report["instructions_per_mac"] = report["instructions_per_inference"] / macs
                if report["runtime"] == "stream" and board.export and (found := board.export.predicted):
                    report["predicted"] = found
            else:
                report = {**report, **measure_latency(board.device, windows=windows, window_s=window_s)}
                if found_cycles := cycles(board):
                    report["cycles"] = found_cycles
        if run and judged:
            if isinstance(run, Model):
                report = {**report, **compare_noise(run, board, limit)}
            else:
                report = {**report, **judge(run, board, data, limit)}
        if run:
            record(board, report)
    return report


def _refuse_together(
    run: Run | Model | Path | str | None, port: str | None, emulate: str | None, mode: str, judged: bool
) -> None:
    """Raise TinymlError for arguments that exclude each other."""
    if mode not in MODES:
        raise TinymlError(f"unknown mode '{mode}'", cure=f"modes: {', '.join(MODES)}")
    if port and emulate:
        raise TinymlError("a port and an emulated board cannot be combined", cure="give one of them")
    if run is None and (judged or emulate):
        raise TinymlError("an emulated board and the accuracy mode need a run", cure="name a run")
    if isinstance(run, Model) and mode != "performance":
        raise TinymlError("a model without a run has no test pictures", cure="--compare sends it noise")


def cycles(board: Attached) -> CycleReport | None:
    """Return predicted and measured cycles of a board that counts them, and keep what they say for later predictions.

    None where it has no counter, or where nothing is predicted for it.
    """
    plan = board.export.plan if board.export else None
    if not plan or not board.board.latency.get("parameters") or board.info.runtime != "stream":
        return None
    counted = board.device.ask("cycles", Cycles, silence_s=SLOWEST_INFERENCE_S)
    if not counted.available:
        return None
    report = calibration.compare(counted, board.board, plan)
    if measured := report.get("calibration"):
        report["kept_in"] = str(calibration.save_calibration(board.board.name, measured))
    return report


def footprint(export: Export) -> Measured:
    """Return macs, ram_bytes and flash_bytes from what the export and the build wrote; {} of what is not there."""
    found: Measured = {}
    if plan := export.plan:
        found["macs"] = plan["macs"]
    if budget := export.budget:
        board = load_board(export.board_name)
        used = {row["region"]: row["used_bytes"] for row in budget["regions"]}
        ram = {board.region_for(what).name for what in ("arena", "input", "static")}
        found["ram_bytes"] = sum(used[name] for name in ram)
        found["flash_bytes"] = used[board.region_for("code").name]
        found["footprint_source"] = budget["source"]
    return found
