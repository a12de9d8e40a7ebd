"""An estimate of a real chip's latency from the instructions that its emulated twin executed: a range, not a measurement.

An in-order core takes at least one cycle an instruction, and waits while a line of its cache comes from flash. So

    time = (multiplications * cycles + other instructions * cycles) / clock + lines fetched * time of a line

is taken twice, with the best and with the worst value of every parameter. The parameters are data, `[estimate]` in the
board's file, each with its source; they are returned with the result.

Lines fetched: a kernel reads its layer's constants once for each output row, and between two rows of a layer the other
layers of its segment run. Where all their constants fit in the cache they are fetched once. Where they do not, at best
only the excess comes again with every row; at worst, when the line used longest ago always leaves, all of them do.

Each of two cores computes half of the columns but reads all constants, through a cache of its own and one bus to
flash: at best one computes while the other waits, at worst each waits for the other's lines as well.
"""

from dataclasses import dataclass
from typing import Any

from tinyml.boards import Board, board_names, load_board
from tinyml.errors import TinymlError

PARAMETERS = (
    "cycles_per_multiplication",
    "cycles_per_other_instruction",
    "cache_bytes",
    "cache_line_bytes",
    "flash_clock_hz",
    "flash_clocks_per_line",
    "split_efficiency",
)


@dataclass(frozen=True)
class LayerTime:
    """What one layer takes on one core, in the best or the worst case."""

    name: str
    compute_us: float
    flash_us: float
    flash_bytes: int


def board_counted_on(emulated: str) -> Board | None:
    """Return the real board that is estimated from counts of the board `emulated`, or None."""
    boards = map(load_board, board_names())
    return next((board for board in boards if board.estimate.get("counted_on") == emulated), None)


def estimate(board: Board, counts: dict[str, Any], plan: dict[str, Any]) -> dict[str, Any] | None:
    """Return the range in which one inference on `board` is expected, with every assumption behind it.

    counts: `layers` with `instructions`, as in benchmark.json; plan: plan.json of the same build. Gives `low_us` and
    `high_us` for each number of cores and, on one core, for each layer. None where the board has no [estimate]; raises
    TinymlError where a parameter is missing there.
    """
    if not board.estimate:
        return None
    parameters = board.estimate.get("parameters", {})
    if missing := [name for name in PARAMETERS if name not in parameters]:
        raise TinymlError(
            f"board '{board.name}': [estimate.parameters] lacks {', '.join(missing)}",
            cure="compare it with esp32cam.toml",
        )
    best, worst = (layer_times(board, counts, plan, case) for case in ("best", "worst"))
    efficiency = parameters["split_efficiency"]
    cores = []
    for count in range(1, board.compiler["workers"] + 1):
        low_us, flash_us = total_us(best, count, efficiency["best"])
        high_us, high_flash_us = total_us(worst, count, efficiency["worst"])
        cores.append(
            {
                "cores": count,
                "low_us": max(low_us + flash_us, count * flash_us),
                "high_us": high_us + count * high_flash_us,
            }
        )
    return {
        "board": board.name,
        "remark": "estimate, not a measurement",
        "cores": cores,
        "layers": [
            {
                "name": low.name,
                "low_us": low.compute_us + low.flash_us,
                "high_us": high.compute_us + high.flash_us,
                "flash_bytes": {"low": low.flash_bytes, "high": high.flash_bytes},
            }
            for low, high in zip(best, worst, strict=True)
        ],
        "assumptions": {
            "clock_hz": board.clock_hz,
            "placement": board.estimate["placement"],
            **{name: parameters[name] for name in PARAMETERS},
        },
    }


def total_us(layers: list[LayerTime], cores: int, split_efficiency: float) -> tuple[float, float]:
    """Return what each core spends in all: computing its share, and fetching lines when nobody else does."""
    share = 1 / (cores * split_efficiency) if cores > 1 else 1.0
    return share * sum(layer.compute_us for layer in layers), sum(layer.flash_us for layer in layers)


def layer_times(board: Board, counts: dict[str, Any], plan: dict[str, Any], case: str) -> list[LayerTime]:
    """Return what each layer takes on one core with the "best" or the "worst" value of every parameter."""
    value = {name: board.estimate["parameters"][name][case] for name in PARAMETERS}
    line_us = 1e6 * value["flash_clocks_per_line"] / value["flash_clock_hz"]
    constants = {layer["name"]: layer["weights_bytes"] for layer in plan["layers"]}
    loop_bytes = {
        name: sum(constants[other] for other in segment["layers"])
        for segment in plan["segments"]
        for name in segment["layers"]
    }
    times = []
    for layer, counted in zip(plan["layers"], counts["layers"], strict=True):
        name, shape, instructions = layer["name"], layer["output_shape"], counted["instructions"]
        rows = shape[0] if len(shape) == 3 else 1
        again = fetched_again(loop_bytes[name], value["cache_bytes"], best=case == "best")
        flash_bytes = round(constants[name] * (1 + (rows - 1) * again))
        multiplications = min(layer["macs"], instructions)
        cycles = multiplications * value["cycles_per_multiplication"]
        cycles += (instructions - multiplications) * value["cycles_per_other_instruction"]
        lines = -(-flash_bytes // value["cache_line_bytes"])
        times.append(LayerTime(name, 1e6 * cycles / board.clock_hz, lines * line_us, flash_bytes))
    return times


def fetched_again(loop_bytes: int, cache_bytes: int, *, best: bool) -> float:
    """Return which share (0..1) of a loop's constants comes from flash again each time round."""
    excess = max(0, loop_bytes - cache_bytes)
    return excess / loop_bytes if best and excess else float(excess > 0)
