"""A board at the end of its serial line: at a port, or built for and emulated here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tinyml.boards import Board, load_board
from tinyml.device.answers import Info
from tinyml.device.benchmark import EMULATED_SILENCE_S, SLOWEST_INFERENCE_S, check_model, collect_outputs
from tinyml.device.client import BOOT_S, Device
from tinyml.errors import TinymlError
from tinyml.workflow.build import build
from tinyml.workflow.model import Model
from tinyml.workflow.run import Export, Run

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Attached:
    """A board that answers; `export` is the one that its firmware was built from, where a run is known."""

    device: Device
    board: Board
    info: Info
    export: Export | None

    @property
    def silence_s(self) -> float:
        """How long this board may say nothing while it computes one inference."""
        return EMULATED_SILENCE_S if self.board.emulator else SLOWEST_INFERENCE_S

    def outputs(self, pictures: "npt.NDArray[np.uint8]") -> "npt.NDArray[np.int8]":
        """Return the model's int8 outputs [N, ...] for uint8 pictures [N, H, W, C], as TensorFlow Lite would shape them."""
        from tinyml.conversion.tflite import read_ends

        assert self.export is not None
        shape = read_ends(self.export.files.int8).output_shape[1:]
        samples = [picture.tobytes() for picture in pictures]
        codes = collect_outputs(self.device, self.info, samples, silence_s=self.silence_s)
        return codes.reshape(len(pictures), *shape)


@contextmanager
def attached(run: Run | Model | None, port: str | None, emulate: str | None) -> Iterator[Attached]:
    """Give the board at `port` (found where there is one alone), or the one that `emulate` names, ready to be asked.

    With a `run` the board must run its model. Raises DeviceError, or ToolchainError where it cannot be built.
    """
    if emulate:
        assert run is not None
        with emulated(run, emulate) as url, opened(run, url, emulate) as board:
            yield board
        return
    from tinyml.device.ports import find_port

    with opened(run, port or find_port()) as board:
        yield board


@contextmanager
def opened(
    run: Run | Model | None, url: str, name: str | None = None, wait_s: float = BOOT_S
) -> Iterator[Attached]:
    """Give the board at `url` once it answers; `name` is its name in tinyml where the board itself does not know it."""
    with Device(url) as device:
        device.synchronize(wait_s)
        info = device.ask("info", Info)
        board = load_board(name or info.board)
        export = run.export(board.name) if run else None
        if export:
            check_model(info, export.files.int8)
        yield Attached(device, board, info, export)


@contextmanager
def emulated(run: Run | Model, name: str, camera: Path | None = None) -> Iterator[str]:
    """Build the run's firmware for an emulated board, start it, and give its serial line's URL.

    camera: the folder of PPM pictures that the host's camera shows.
    """
    from tinyml.device import emulator

    board = load_board(name)
    if not board.emulated:
        raise TinymlError(
            f"'{name}' is a real board", cure=f"flash it (tinyml flash RUN --target {name}) and use --port"
        )
    program = build(run, board).program
    port = emulator.free_port()
    process = emulator.start(board, program, port, log=program.with_suffix(".log"), camera=camera)
    try:
        yield f"socket://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
