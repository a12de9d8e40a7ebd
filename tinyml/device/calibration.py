"""What a board's own count of cycles says of a prediction: both side by side, and what later predictions take over.

The firmware's command `cycles` counts what the model of the core predicts: short sequences of instructions, whose text is
read from the firmware's own source; walks over flash and RAM; an inference and each of its layers. From these follow the
time of a line of flash and how much slower the core is than its model; saved, they replace the assumptions in the
board's file on this computer.
"""

import re
from pathlib import Path
from typing import Any

from tinyml.boards import Board
from tinyml.contracts import Plan, read_checked
from tinyml.contracts.board import Calibration, ComparedCycles, CycleReport
from tinyml.contracts.plan import Cycles as PlannedCycles
from tinyml.device.answers import Cycles
from tinyml.device.cycles import State, decode, issue, load_core
from tinyml.device.memory import flash_mode_of
from tinyml.errors import DeviceError
from tinyml.files import write_json
from tinyml.paths import cache_dir, share_dir

SEQUENCE = re.compile(r'^SEQUENCE\((\w+), "([^"]+)"\)', re.MULTILINE)
ROUNDS = 32  # of a sequence between two reads of the counter
MEASURED_PERCENT = [-2, 2]  # what is left of the tolerance of a measured parameter
CREDIBLE = (0.2, 5.0)  # measured cycles over predicted ones


def sequences() -> dict[str, str]:
    """Return the instructions of each sequence that the firmware counts."""
    return dict(SEQUENCE.findall((share_dir("firmware") / "src" / "esp32" / "sequences.c").read_text()))


def predicted_sequence(text: str, core_name: str = "lx6") -> int:
    """Return the cycles of ROUNDS rounds of a sequence between two reads of the counter, by the model of the core."""
    core = load_core(core_name)
    body = [decode(one.strip()) for one in text.split(";") if not one.strip().endswith(":")]
    clock = decode("rsr.ccount a2")
    runs: list[list[Any]] = [[]]
    for operation in [*body * ROUNDS, clock]:
        runs[-1].append(operation)
        if operation.flow:
            runs.append([])
    state = issue(core, (clock,), State(), jumped=False).state
    total = 0
    for number, run in enumerate(runs):
        step = issue(core, tuple(run), state, jumped=number > 0)
        state, total = step.state, total + step.cycles
    return total


def compare(counted: Cycles, board: Board, plan: Plan) -> CycleReport:
    """Return predicted and measured cycles side by side: of the sequences, of the layers, of one core and of all.

    Raises DeviceError where an inference failed, or the counts cannot be those of this board and model.
    """
    if not counted.ran:
        raise DeviceError(
            "the board's count of cycles failed: an inference did not run",
            cure="see what the board says: tinyml doctor",
        )
    planned = plan.get("cycles", {}).get(board.name)
    known = {layer["name"]: layer.get("cycles") for layer in plan["layers"]}
    texts = sequences()
    sequence_rows: list[ComparedCycles] = [
        {"name": row.name, "predicted": predicted_sequence(texts[row.name]), "measured": row.cycles}
        for row in counted.sequences
        if row.name in texts
    ]
    layer_rows: list[ComparedCycles] = [
        {"name": row.name, "predicted": known.get(row.name), "measured": row.cycles} for row in counted.layers
    ]
    report: CycleReport = {
        "clock_hz": counted.clock_hz,
        "sequences": sequence_rows,
        "walks": {row.name: row.cycles / row.loads for row in counted.walks},
        "layers": layer_rows,
        "one_core": {
            "name": "one core",
            "predicted": planned["one_core"] if planned else None,
            "measured": counted.one_core,
        },
        "all_cores": {
            "name": "all cores",
            "predicted": planned["two_cores"] if planned else None,
            "measured": counted.all_cores,
        },
    }
    if planned:
        report["calibration"] = calibration_of(counted, report["walks"], board, planned)
    return report


def calibration_of(
    counted: Cycles, walks: dict[str, float], board: Board, planned: PlannedCycles
) -> Calibration:
    """Return what was measured in the terms of a board's `[latency]`; see `predict` of latency.py.

    walks: cycles a load, by memory. Raises DeviceError where the counts cannot be those of this board and model.
    """
    if not counted.clock_hz or not counted.one_core or not {"flash", "dram"} <= walks.keys():
        raise DeviceError(
            f"the board's count of cycles is incomplete: {counted.one_core} cycles at {counted.clock_hz} Hz",
            cure="flash the firmware of this version of tinyml: tinyml flash RUN --target BOARD",
        )
    line_cycles = walks["flash"] - walks["dram"]
    line_bytes = board.latency["parameters"]["cache_line_bytes"]["value"]
    lines = -(-planned["fetched_bytes"] // line_bytes)
    scale = (counted.one_core - lines * line_cycles) / planned["one_core"]
    if not (CREDIBLE[0] < scale < CREDIBLE[1] and line_cycles > 0):
        raise DeviceError(
            f"the board's count of cycles cannot be right: {counted.one_core:,} cycles an inference, "
            f"{planned['one_core']:,} predicted; {line_cycles:,.0f} cycles a line of flash",
            cure="reset the board and try again",
        )
    measured = {"percent": MEASURED_PERCENT, "evidence": "measured on a board of this kind, on this computer"}
    return {
        "flash_modes": {flash_mode_of(board): {"line_us": 1e6 * line_cycles / counted.clock_hz, **measured}},
        "compute": {"scale": scale, **measured},
    }


def calibration_file(board_name: str) -> Path:
    """Return where the calibration of a kind of board is kept."""
    return cache_dir() / "calibration" / f"{board_name}.json"


def save_calibration(board_name: str, calibration: Calibration) -> Path:
    """Keep a calibration for later predictions; returns its file."""
    path = calibration_file(board_name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, calibration)
    return path


def load_calibration(board_name: str) -> Calibration:
    """Return the calibration that was kept for a kind of board; {} where there is none."""
    path = calibration_file(board_name)
    return read_checked(path, Calibration) if path.is_file() else {}
