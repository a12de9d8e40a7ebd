"""What every firmware needs besides its model's C: known inputs with their outputs, and the memory that is planned for it."""

import numpy as np
import numpy.typing as npt

from tinyml.boards import Board
from tinyml.boards.budget import budget, planned_bytes
from tinyml.compiler.check.host import HostModel
from tinyml.conversion.c_source import Golden, layer_crcs
from tinyml.files import write_json
from tinyml.paths import ExportFiles


def golden(host: HostModel, picture: npt.NDArray[np.uint8], values: npt.NDArray[np.int8]) -> Golden:
    """Return a picture with the compiled model's output for its input bytes `values`, and the CRC of each layer."""
    traced: list[tuple[int, bytes]] = []
    output = host.run(values, lambda layer, row, data: traced.append((layer, data.tobytes())))
    return Golden(picture, output.view(np.int8), layer_crcs(traced, host.layer_count))


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
