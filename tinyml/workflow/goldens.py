"""What every firmware needs besides its model's C: known inputs with their outputs, and the memory that is planned for it."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tinyml.boards import Board
from tinyml.boards.budget import budget, planned_bytes
from tinyml.compiler.check.host import Edge, HostModel
from tinyml.contracts.plan import Edge as PlannedEdge
from tinyml.conversion.c_source import Golden, Value, layer_crcs
from tinyml.files import write_json
from tinyml.paths import ExportFiles


def golden(host: HostModel, picture: npt.NDArray[np.uint8], values: npt.NDArray[np.int8]) -> Golden:
    """Return a picture with the compiled model's output bytes for its input bytes, and the CRC of each layer.

    values: the bytes of all inputs, one after the other.
    """
    traced: list[tuple[int, bytes]] = []
    ends = np.cumsum([edge.bytes for edge in host.inputs])[:-1]
    parts = np.split(values.reshape(-1), ends)
    outputs = host.run_all(parts, lambda layer, row, data: traced.append((layer, data.tobytes())))
    output = np.concatenate([one.view(np.int8) for one in outputs])
    return Golden(picture, output, layer_crcs(traced, host.layer_count))


def noise_of(values: Sequence[Value], seed: int) -> npt.NDArray[np.uint8]:
    """Return the bytes of inputs of these types and shapes, one after the other, the same for each seed."""
    random, parts = np.random.default_rng(seed), []
    for value in values:
        dtype = np.dtype(value.dtype)
        if dtype.kind == "f":
            part = random.normal(0, 2, value.shape).astype(dtype)
        elif dtype.kind == "b":
            part = random.integers(0, 2, value.shape, np.uint8)
        else:
            limits = np.iinfo(dtype)
            part = random.integers(limits.min, limits.max, value.shape, dtype, endpoint=True)
        parts.append(np.frombuffer(part.tobytes(), np.uint8))
    return np.concatenate(parts)


def planned_values(edges: Sequence[PlannedEdge]) -> list[Value]:
    """Return the inputs or outputs that a plan lists, each as one row of values."""
    return [Value(edge["name"], edge["dtype"], (1, 1, math.prod(edge["shape"]))) for edge in edges]


def values_of(edges: Sequence[Edge]) -> list[Value]:
    """Return what the firmware tells of a compiled model's inputs or outputs."""
    return [
        Value(
            edge.name.decode(),
            edge.dtype.name,
            (edge.height, edge.width, edge.channels),
            edge.scale,
            edge.zero_point,
        )
        for edge in edges
    ]


def write_budget(
    board: Board, runtime: str, needs: dict[str, dict[str, int]], input_bytes: int, files: ExportFiles
) -> None:
    """Write the planned budget; `needs`: what the model takes under each runtime, by what regions hold."""
    budgets = {
        name: budget(board, planned_bytes(board, **sizes, input_bytes=input_bytes), "plan")
        for name, sizes in needs.items()
    }
    runtimes = {
        name: {
            "ram_bytes": sizes["arena_bytes"],
            "constants_bytes": sizes["constants_bytes"],
            "ok": budgets[name]["ok"],
        }
        for name, sizes in needs.items()
    }
    chosen = {**budgets[runtime], "runtime": runtime, "runtimes": runtimes}
    write_json(files.budget, chosen, inputs={"model": files.int8})
