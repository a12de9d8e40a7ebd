"""The benchmark of a board over its serial line: how fast it is, and whether it computes what the PC computes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinyml.contracts.board import CountedLayer, Measured
from tinyml.device.answers import EdgeInfo, Info, Layers
from tinyml.device.client import Device
from tinyml.device.emulator import instructions
from tinyml.errors import DeviceError
from tinyml.files import sha256
from tinyml.progress import bar, track

WINDOWS = 5  # MLPerf Tiny: the score is the median of five windows of at least ten seconds each
WINDOW_S = 10.0
WARMUP_RUNS = 10
MAX_RESTARTS = 5  # of the windows, where inferences get faster than the first one was
SLOWEST_INFERENCE_S = 60.0
EMULATED_SILENCE_S = 300.0  # an emulated board may need minutes of this computer's time for one inference


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0..1) of `values` lie, interpolated between neighbours."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low, high = math.floor(position), math.ceil(position)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def measure_latency(device: Device, *, windows: int = WINDOWS, window_s: float = WINDOW_S) -> Measured:
    """Time `windows` windows of at least `window_s` seconds on the input that is loaded.

    Returns `latency_us` of one inference (median, p95, and each window), `inferences_per_second` of the median
    window, and `runs_per_window`.
    """
    first = device.infer(1, 0, silence_s=SLOWEST_INFERENCE_S)
    if first.elapsed_us == 0:
        raise DeviceError(
            f"the clock of {device.url} stands still: an inference took 0 us",
            cure="reset the board and try again",
        )
    runs = max(1, math.ceil(window_s * 1e6 / max(1, first.elapsed_us)))
    latencies: list[float] = []
    restarts = 0
    with bar("benchmark", total=windows) as advance:
        warmup_runs = min(WARMUP_RUNS, runs)
        while len(latencies) < windows:
            expected_s = (runs + warmup_runs) * max(1, first.elapsed_us) / 1e6
            window = device.infer(runs, warmup_runs, silence_s=2 * expected_s + device.silence_s)
            warmup_runs = 0
            if window.elapsed_us < window_s * 1e6:  # the first inference was slower than the others
                restarts += 1
                if restarts > MAX_RESTARTS:
                    raise DeviceError(
                        f"the clock of {device.url} cannot be relied on: {runs} runs took {window.elapsed_us} us, "
                        f"one took {first.elapsed_us} us",
                        cure="reset the board and try again",
                    )
                runs = math.ceil(runs * 1.1 * window_s * 1e6 / max(1, window.elapsed_us))
                latencies.clear()
                continue
            latencies.append(window.elapsed_us / window.runs)
            advance()
    median = percentile(latencies, 0.5)
    return {
        "latency_us": {"median": median, "p95": percentile(latencies, 0.95), "windows": latencies},
        "inferences_per_second": 1e6 / median,
        "runs_per_window": runs,
    }


def count_instructions(device: Device, *, windows: int = WINDOWS) -> Measured:
    """Count the instructions of one inference on an emulated board, `windows` times, and those of each layer.

    Raises DeviceError where two counts of the same inference differ: then the emulator does not count.
    """
    counts: list[int] = []
    for _ in track(range(windows), "benchmark"):
        report = device.ask("layers", Layers, silence_s=EMULATED_SILENCE_S)
        counts.append(instructions(report.ticks, report.tick_hz))
    if max(counts) - min(counts) > 1:  # the clock's own tick may lie on either side of one instruction
        raise DeviceError(
            f"the same inference took from {min(counts)} to {max(counts)} instructions",
            cure="the emulator must run with -icount: start it with `tinyml benchmark RUN --emulate BOARD`",
        )
    layers: list[CountedLayer] = [
        {
            "index": index,
            "name": layer.name,
            "instructions": instructions(layer.ticks, report.tick_hz),
        }
        for index, layer in enumerate(report.layers)
    ]
    return {
        "instructions_per_inference": round(percentile(counts, 0.5)),
        "windows": counts,
        "layers": layers,
    }


LONGEST_NAME = (
    60  # characters of an input's or output's name that fit into a command; longer ones go by their number
)


def spoken(edges: Sequence[EdgeInfo]) -> list[str]:
    """Return what commands call these inputs or outputs: of one alone nothing."""
    if len(edges) < 2:
        return [""]
    return [edge.name if len(edge.name) <= LONGEST_NAME else str(number) for number, edge in enumerate(edges)]


def load_inputs(device: Device, info: Info, data: bytes) -> None:
    """Load the bytes of all inputs, one after the other in the order of the file; of several each by its name."""
    at = 0
    for name, edge in zip(spoken(info.inputs), info.inputs or (None,), strict=True):
        size = edge.bytes if edge else len(data)
        device.load(data[at : at + size], name)
        at += size


def collect_outputs(device: Device, info: Info, samples: Sequence[bytes], *, silence_s: float) -> np.ndarray:
    """Send each sample, the bytes of all inputs; return those of all outputs: int8 [samples, output_bytes]."""
    outputs = []
    for sample in track(samples, "pictures to the board", total=len(samples)):
        load_inputs(device, info, sample)
        device.infer(1, 0, silence_s=silence_s)
        given = b"".join(device.output(name) for name in spoken(info.outputs))
        outputs.append(np.frombuffer(given, dtype=np.int8))
    return np.stack(outputs)


@dataclass(frozen=True)
class Difference:
    """The first byte in which a board's outputs are not the PC's."""

    picture: int
    element: int
    expected: int
    got: int
    pictures: int  # how many pictures differ


def compare_outputs(got: np.ndarray, expected: np.ndarray) -> Difference | None:
    """Return where int8 outputs [pictures, ...] differ first, or None where they are equal byte for byte."""
    got, expected = got.reshape(len(got), -1), expected.reshape(len(expected), -1)
    if got.shape != expected.shape:
        raise DeviceError(
            f"the board gives {got.shape[1]} output bytes, the model has {expected.shape[1]}",
            cure="flash the firmware that was built for this run: tinyml build RUN",
        )
    different = np.argwhere(got != expected)
    if not len(different):
        return None
    picture, element = (int(number) for number in different[0])
    return Difference(
        picture,
        element,
        int(expected[picture, element]),
        int(got[picture, element]),
        len(np.unique(different[:, 0])),
    )


def check_model(info: Info, model: Path) -> None:
    """Raise DeviceError where the board, by its `info`, runs another model than the .tflite file `model`."""
    if not model.is_file():
        raise DeviceError(
            f"{model} does not exist: nothing was exported for board '{model.parent.name}'",
            cure=f"tinyml export RUN --target {model.parent.name}",
        )
    expected = sha256(model)
    if info.model_sha256 != expected:
        raise DeviceError(
            f"the board runs another model: '{info.model}', {info.model_sha256[:12]}..., not {expected[:12]}...",
            cure="build and flash this run's firmware: tinyml flash RUN --target BOARD",
        )


def test_inputs(info: Info) -> bytes:
    """Return bytes for all inputs that are the same every time: noise that has every value, floats around 0."""
    random, parts = np.random.default_rng(0), []
    if not info.inputs:
        return random.integers(0, 256, info.input_bytes, dtype=np.uint8).tobytes()
    for edge in info.inputs:
        if edge.type == "float32":
            parts.append(random.normal(0, 2, edge.bytes // 4).astype("<f4").tobytes())
        else:
            parts.append(random.integers(0, 256, edge.bytes, dtype=np.uint8).tobytes())
    return b"".join(parts)
