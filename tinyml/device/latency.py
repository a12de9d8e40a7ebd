"""How long an inference takes on a real board: predicted, with a tolerance and every assumption, before there is a board.

    time = cycles of computing / clock + lines fetched from flash * time of a line (+ waiting for PSRAM, as planned)

Cycles come from the shapes of the layers (tinyml/compiler/targets/cost.py), or from the trace of an emulated run that a
caller has (tinyml/device/cycles.py). Which constants lie in flash, and what an inference fetches of them, is in the
plan. Two cores compute half of the columns each, but both read all constants, each through a cache of its own and both
over one bus: the waiting is that of one core at best, and of both at worst. Parameters are `[latency]` in the board's
file: each has a value and by how many percent the truth may be lower or higher.
"""

from typing import Any

from tinyml.boards import Board, load_board
from tinyml.contracts import Plan, Predicted
from tinyml.contracts.board import Calibration, PredictedCores
from tinyml.device.calibration import load_calibration
from tinyml.device.memory import flash_mode_of
from tinyml.errors import TinymlError

REMARK = "predicted, not measured"
FEW = 5  # layers that are spelled out
PARAMETERS = ("compute", "sharing", "cache_bytes", "cache_line_bytes")


def predict(
    board: Board, plan: Plan, flash_mode: str = "", calibration: Calibration | None = None
) -> Predicted | None:
    """Return the predicted latency of a compiled model on `board`, on one core and on two.

    plan: plan.json of a compilation for the board. flash_mode: "qio_80" and the like; default: the firmware's.
    calibration: what a board of this kind has measured, see calibration.py; replaces parameters of the board's file.
    None: what `tinyml benchmark` has kept on this computer, if anything.
    None where the plan has no cycles for the board. Raises TinymlError for an unknown flash mode.
    """
    planned = plan.get("cycles", {}).get(board.name)
    if planned is None or not board.latency.get("parameters"):
        return None
    parameters, modes = board.latency["parameters"], board.latency["flash_modes"]
    mode = flash_mode or flash_mode_of(board)
    if mode not in modes:
        raise TinymlError(f"'{board.name}' has no flash mode '{mode}'", cure=f"modes: {', '.join(modes)}")
    calibration = load_calibration(board.name) if calibration is None else calibration
    line: Any = {**modes[mode], **calibration.get("flash_modes", {}).get(mode, {})}
    compute: Any = {"scale": 1.0, **parameters["compute"], **calibration.get("compute", {})}
    line_bytes = parameters["cache_line_bytes"]["value"]
    waiting = range_of(-(-planned["fetched_bytes"] // line_bytes) * line["line_us"], line["percent"])
    outer = _psram_range(plan)
    cores: list[PredictedCores] = []
    of_cores = (planned["one_core"], planned["two_cores"])
    for count, cycles in enumerate(of_cores[: board.compiler["workers"]], 1):
        low, computing_us, high = range_of(
            1e6 * compute["scale"] * cycles / board.clock_hz, compute["percent"]
        )
        if count == 2:
            sharing = parameters["sharing"]
            least, value, most = range_of(sharing["value"], sharing["percent"])
            low, computing_us, high = low * least, computing_us * value, high * most
        cores.append(
            {
                "cores": count,
                "cycles": cycles,
                "flash_us": waiting[1] * (1 + count) / 2,
                "psram_us": outer[1],
                "latency_us": computing_us + waiting[1] * (1 + count) / 2 + outer[1],
                "low_us": low + waiting[0] + outer[0],
                "high_us": high + waiting[2] * count + outer[2],
            }
        )
    assumptions: dict[str, object] = {"clock_hz": board.clock_hz, "flash_line": line}
    assumptions |= {name: parameters[name] for name in PARAMETERS}
    return {
        "board": board.name,
        "remark": REMARK,
        "flash_mode": mode,
        "fetched_bytes": planned["fetched_bytes"],
        "calibrated": bool(calibration),
        "cores": cores,
        "layers": [
            {"name": layer["name"], "cycles": counted, "us": 1e6 * counted / board.clock_hz}
            for layer in plan["layers"]
            if (counted := layer.get("cycles")) is not None
        ],
        "assumptions": assumptions,
    }


def _psram_range(plan: Plan) -> tuple[float, float, float]:
    """Return the least, likely and greatest waiting for PSRAM in microseconds; whoever shares the work, it has one bus."""
    if not (psram := plan.get("psram")):
        return 0.0, 0.0, 0.0
    low, high = psram["predicted_range_us"]
    return low, psram["predicted_us"], high


def predict_planned(plan: Plan, flash_mode: str = "") -> Predicted | None:
    """Return the predicted latency on the board that a model was compiled for; None where its plan has no cycles."""
    return next((predict(load_board(name), plan, flash_mode) for name in plan.get("cycles", {})), None)


def reason(plan: Plan) -> str:
    """Return why a plan for a board has no prediction, for people; "" where it names no layer."""
    layers = plan.get("unpredicted", [])
    more = "" if len(layers) <= FEW else f" and {len(layers) - FEW} more"
    return f"the cycles of {', '.join(layers[:FEW])}{more} are not known" if layers else ""


def range_of(value: float, percent: list[float]) -> tuple[float, float, float]:
    """Return (least, value, most) where the truth may be `percent` = [lower, higher] away."""
    return value * (1 + percent[0] / 100), value, value * (1 + percent[1] / 100)


def sentence(predicted: Predicted) -> list[str]:
    """Return a line for each number of cores, for people."""
    lines = []
    for row in predicted["cores"]:
        cores = "one core" if row["cores"] == 1 else "two cores"
        lines.append(
            f"{row['latency_us'] / 1000:,.1f} ms on {cores} ({row['low_us'] / 1000:,.1f} to "
            f"{row['high_us'] / 1000:,.1f}), {predicted['remark']}; flash {predicted['flash_mode'].replace('_', ' ')} MHz"
            + (f"; {row['psram_us'] / 1000:,.1f} ms of it PSRAM" if row.get("psram_us") else "")
        )
    return lines
