"""The generated C against TFLite-Micro, byte for byte; where they differ, the first layer and element that do."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinyml.compiler.check.host import Edge, HostModel
from tinyml.contracts import Plan
from tinyml.contracts.plan import Edge as PlannedEdge
from tinyml.errors import DataError
from tinyml.progress import track
from tinyml.reference import LiteModel, MicroModel, TensorDetails

# TensorFlow Lite rounds otherwise than TFLite-Micro in these, so what is behind them differs too.
UNLIKE = ("UNIDIRECTIONAL_SEQUENCE_LSTM",)
DEFAULT_COUNT, LEAST_COUNT, DEFAULT_SECONDS = 100, 3, 25.0


@dataclass(frozen=True)
class Difference:
    """The first place where a layer's bytes are not those of TensorFlow Lite's reference kernels.

    `layer` is None where no layer differs from them that can be held to them, and so only TFLite-Micro differs: at `element`
    of `output`.
    """

    input_number: int
    layer: str | None
    element: int
    expected: int
    got: int
    output: str | None = None


@dataclass(frozen=True)
class Verification:
    """What a comparison found: how many inputs, how many outputs differ, and the first difference."""

    inputs: int
    different: int
    difference: Difference | None
    plan: Plan
    micro_arena_bytes: int | None


def random_inputs(count: int, size: int, dtype: Any = np.int8) -> np.ndarray:
    """Return `count` inputs: all minimum, all zero, all maximum, then uniform; the same each time."""
    if np.dtype(dtype).kind == "f":
        return np.random.default_rng(0).normal(0, 2, (count, size)).astype(dtype)
    least, greatest = np.iinfo(dtype).min, np.iinfo(dtype).max
    values = np.random.default_rng(0).integers(least, greatest, (count, size), endpoint=True).astype(dtype)
    for row, code in zip(values, (least, 0, greatest), strict=False):
        row[:] = code
    return values


def load_inputs(path: Path, edges: Sequence[Edge], names: Sequence[str]) -> list[np.ndarray]:
    """Read inputs, [count, values] for each edge; raises DataError.

    `path`: of one input a `.npy` file, [count, ...] of its type; of several a `.npz` file with an array for each name.
    """
    try:
        content = np.load(path, allow_pickle=False)
        arrays = [content] if isinstance(content, np.ndarray) else [content[name] for name in names]
    except KeyError as error:
        raise DataError(f"{path} has no array {error}", cure=f"the inputs are {', '.join(names)}") from error
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} is not a .npy or .npz file: {error}", cure="write it with numpy.save"
        ) from error
    if len(arrays) != len(edges):
        raise DataError(
            f"{path} holds one input, expected {len(edges)}", cure="write a .npz file with numpy.savez"
        )
    found = []
    for values, edge in zip(arrays, edges, strict=True):
        size = edge.bytes // edge.dtype.itemsize
        alike = values.dtype == edge.dtype or {values.dtype.kind, edge.dtype.kind} == {"i", "u"}
        if not alike or values.dtype.itemsize != edge.dtype.itemsize or values.size % size:
            raise DataError(f"{path}: expected {edge.dtype} inputs of {size} values each")
        found.append(values.view(edge.dtype).reshape(-1, size))
    if len({len(values) for values in found}) != 1:
        raise DataError(f"{path}: its arrays hold different numbers of inputs")
    return found


def verify(
    path: str | Path,
    *,
    count: int | None = None,
    inputs: Path | None = None,
    input_mode: str = "frame",
    strips: int = 0,
    kernels: str = "portable",
) -> Verification:
    """Compile the model, run it on `count` random inputs and those of the file `inputs`, compare with TFLite-Micro.

    `count` None: DEFAULT_COUNT, or as many as take DEFAULT_SECONDS, at least the LEAST_COUNT of extremes.
    Raises ModelError for a model that cannot be compiled, DataError for wrong inputs, ToolchainError without a C compiler.
    """
    path = Path(path)
    with HostModel(path, input_mode=input_mode, strips=strips, kernels=kernels) as host:
        micro = MicroModel(path, len(host.inputs), len(host.outputs))
        drawn = DEFAULT_COUNT if count is None else count
        values = [random_inputs(drawn, edge.bytes // edge.dtype.itemsize, edge.dtype) for edge in host.inputs]
        if inputs:
            loaded = load_inputs(inputs, host.inputs, [edge["name"] for edge in host.plan["inputs"]])
            values = [np.concatenate(pair) for pair in zip(loaded, values, strict=True)]
        different, first, total = 0, None, len(values[0])
        enough = total if count is not None else total - DEFAULT_COUNT + LEAST_COUNT
        compared, end = 0, time.monotonic() + DEFAULT_SECONDS
        for number, one in enumerate(track(zip(*values, strict=True), "comparing", total=total)):
            if number >= enough and time.monotonic() > end:
                break
            compared += 1
            got = as_given(host.run_all(one), host.plan["outputs"], micro.outputs)
            expected = [
                output.reshape(-1) for output in micro.run(*as_taken(one, host.plan["inputs"], micro.inputs))
            ]
            if not all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True)):
                different += 1
                if first is None:
                    runs = zip(*(array[: number + 1] for array in values), strict=True)
                    runs_needed = list(runs) if host.plan.get("states") else [one]
                    first = locate(path, host, micro, runs_needed, number, got, expected)
        return Verification(compared, different, first, host.plan, micro.arena_bytes)


def as_taken(
    codes: Sequence[np.ndarray], inputs: Sequence[PlannedEdge], details: Sequence[TensorDetails]
) -> list[np.ndarray]:
    """Return flat codes as the model takes them: of its shapes, and real values where it begins with a QUANTIZE."""
    return [
        (_real(one, edge) if info["dtype"] == np.float32 else one.view(info["dtype"])).reshape(info["shape"])
        for one, edge, info in zip(codes, inputs, details, strict=True)
    ]


def as_given(
    codes: Sequence[np.ndarray], outputs: Sequence[PlannedEdge], details: Sequence[TensorDetails]
) -> list[np.ndarray]:
    """Return the codes as the model gives them, flat: real values where it ends with a DEQUANTIZE."""
    return [
        _real(one, edge) if info["dtype"] == np.float32 else one.view(info["dtype"])
        for one, edge, info in zip(codes, outputs, details, strict=True)
    ]


def _real(codes: np.ndarray, edge: PlannedEdge) -> np.ndarray:
    if codes.dtype == np.float32:
        return codes
    shifted = (codes.astype(np.int32) - edge["zero_point"]).astype(np.float32)
    real: np.ndarray = shifted * np.float32(edge["scale"])
    return real


def locate(
    path: Path,
    host: HostModel,
    micro: MicroModel,
    runs: Sequence[Sequence[np.ndarray]],
    number: int,
    got: list[np.ndarray],
    expected: list[np.ndarray],
) -> Difference:
    """Return where the layers' bytes first differ from those of the reference kernels; else where the outputs differ.

    runs: the inputs of this run, after those of all runs before it where the model has states.
    """
    reference = LiteModel(path, keep_tensors=True)
    if host.plan.get("states"):
        host.start_over()
    *before, codes = runs
    for one in before:
        host.run_all(one)
        reference.run(*as_taken(one, host.plan["inputs"], micro.inputs))
    reference.run(*as_taken(codes, host.plan["inputs"], micro.inputs))
    for layer, made in zip(host.plan["layers"], host.layers(*codes), strict=True):
        if layer["op"] in UNLIKE:
            break
        right = reference.tensor(layer["tensor"])
        if right is None or right.dtype.itemsize != 1:
            continue
        wrong = np.flatnonzero(right.view(np.int8) != made)
        if len(wrong):
            at = int(wrong[0])
            return Difference(number, layer["name"], at, int(right[at]), int(made.view(right.dtype)[at]))
    for edge, a, b in zip(host.plan["outputs"], got, expected, strict=True):
        wrong = np.flatnonzero(a != b)
        if len(wrong):
            at = int(wrong[0])
            return Difference(number, None, at, int(b[at]), int(a[at]), edge["name"])
    raise AssertionError("the outputs do not differ")
