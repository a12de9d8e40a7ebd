"""The generated C against TFLite-Micro, byte for byte; where they differ, the first layer and element that do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinyml.compiler.check.host import HostModel
from tinyml.compiler.check.oracle import MicroModel, ReferenceModel
from tinyml.errors import DataError
from tinyml.progress import track


@dataclass(frozen=True)
class Difference:
    """The first place where a layer's bytes are not those of TensorFlow Lite's reference kernels.

    `layer` is None where every layer agrees with them, and so only TFLite-Micro differs.
    """

    input_number: int
    layer: str | None
    element: int
    expected: int
    got: int


@dataclass(frozen=True)
class Verification:
    """What a comparison found: how many inputs, how many outputs differ, and the first difference."""

    inputs: int
    different: int
    difference: Difference | None
    plan: dict[str, Any]
    micro_arena_bytes: int | None


def random_inputs(count: int, size: int) -> np.ndarray:
    """Return `count` inputs: all least, all zero, all greatest, then uniform int8; the same each time."""
    values = np.random.default_rng(0).integers(-128, 128, (count, size)).astype(np.int8)
    for row, code in zip(values, (-128, 0, 127), strict=False):
        row[:] = code
    return values


def load_inputs(path: Path, size: int) -> np.ndarray:
    """Read int8 inputs from a `.npy` file, [count, ...] with `size` values each; raises DataError."""
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is no .npy file: {error}", cure="write it with numpy.save") from error
    if not isinstance(values, np.ndarray) or values.dtype not in (np.int8, np.uint8) or values.size % size:
        raise DataError(f"{path}: expected int8 inputs of {size} values each")
    return values.view(np.int8).reshape(-1, size)


def verify(
    path: str | Path,
    *,
    count: int = 100,
    inputs: Path | None = None,
    input_mode: str = "frame",
    strips: int = 0,
    kernels: str = "portable",
) -> Verification:
    """Compile the model, run it on `count` random inputs and those of the file `inputs`, compare with TFLite-Micro.

    Raises ModelError for a model that cannot be compiled, DataError for wrong inputs, ToolchainError without a C compiler.
    """
    path = Path(path)
    with HostModel(path, input_mode=input_mode, strips=strips, kernels=kernels) as host:
        micro = MicroModel(path)
        values = random_inputs(count, host.input_bytes)
        if inputs:
            values = np.concatenate([load_inputs(inputs, host.input_bytes), values])
        different, first = 0, None
        for number, one in enumerate(track(values, "comparing", total=len(values))):
            got = host.run(one)
            if not np.array_equal(
                as_real(got, host.plan["output"], micro.output), micro.run(as_input(one, host, micro))
            ):
                different += 1
                if first is None:
                    first = locate(path, host, micro, one, number)
        return Verification(len(values), different, first, host.plan, micro.arena_bytes)


def as_input(codes: np.ndarray, host: HostModel, micro: MicroModel) -> np.ndarray:
    """Return the flat int8 codes as the model takes them: its shape, and real values where it begins with a QUANTIZE."""
    shape, dtype = micro.input["shape"], micro.input["dtype"]
    if dtype == np.float32:
        scale, zero_point = host.plan["input"]["scale"], host.plan["input"]["zero_point"]
        return ((codes.astype(np.float32) - zero_point) * np.float32(scale)).reshape(shape)
    return codes.view(dtype).reshape(shape)


def as_real(codes: np.ndarray, output: dict[str, Any], details: dict[str, Any]) -> np.ndarray:
    """Return the codes as the model gives them: real values where it ends with a DEQUANTIZE."""
    if details["dtype"] == np.float32:
        return (codes.astype(np.int32) - output["zero_point"]).astype(np.float32) * np.float32(
            output["scale"]
        )
    return codes.view(details["dtype"])


def locate(path: Path, host: HostModel, micro: MicroModel, codes: np.ndarray, number: int) -> Difference:
    """Return where the layers' bytes first leave those of the reference kernels."""
    reference = ReferenceModel(path)
    reference.run(as_input(codes, host, micro))
    for layer, got in zip(host.plan["layers"], host.layers(codes), strict=True):
        expected = reference.tensor(layer["tensor"])
        if expected is None or expected.dtype != np.int8:
            continue
        wrong = np.flatnonzero(expected != got)
        if len(wrong):
            at = int(wrong[0])
            return Difference(number, layer["name"], at, int(expected[at]), int(got[at]))
    expected, got = micro.run(as_input(codes, host, micro)), host.run(codes)
    real = as_real(got, host.plan["output"], micro.output)
    at = int(np.flatnonzero(real != expected)[0])
    return Difference(number, None, at, int(expected[at]), int(got[at]))
