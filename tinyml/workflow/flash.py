"""From a run, or a .tflite file, to a board that runs it: build, budget, upload, wait for the board, self test."""

from dataclasses import dataclass
from pathlib import Path

from tinyml.boards import Board, load_board
from tinyml.device.answers import Info, SelfTest
from tinyml.device.ports import find_port
from tinyml.errors import DeviceError
from tinyml.progress import note
from tinyml.workflow.attached import opened
from tinyml.workflow.build import Firmware, build
from tinyml.workflow.model import Model
from tinyml.workflow.run import Run, load_run

BOOT_PATIENCE_S = 60.0  # some boards want a jumper taken off and their reset button pressed first
SELFTEST_S = 120.0


@dataclass(frozen=True)
class Flashed:
    """A board that was flashed and answers: its port, what it is, and how its self test ended."""

    firmware: Firmware
    port: str
    info: Info
    selftest: SelfTest


def flash(run: Run | Model | Path | str, board: Board | str = "esp32cam", port: str | None = None) -> Flashed:
    """Build a run's or a model's firmware, load it into the board at `port` (or the only one), and run its self test.

    Raises BudgetError, before anything is sent, where it does not fit; DeviceError where the board takes no firmware or
    does not answer.
    """
    board = load_board(board) if isinstance(board, str) else board
    if board.emulated:
        raise DeviceError(
            f"'{board.name}' is emulated: there is nothing to flash",
            cure=f"try it: tinyml benchmark RUN --emulate {board.name}",
        )
    source, port = run if isinstance(run, Model) else load_run(run), port or find_port()
    build(source, board)
    note(
        f"sending it to {port}; if the board is not reset by its USB bridge, connect GPIO0 to GND and press its reset button"
    )
    firmware = build(source, board, "-t", "upload", "--upload-port", port)
    note("waiting for the board: disconnect GPIO0 and reset it, if it does not start by itself")
    with opened(source, port, board.name, wait_s=BOOT_PATIENCE_S) as attached:
        return Flashed(
            firmware, port, attached.info, attached.device.ask("selftest", SelfTest, silence_s=SELFTEST_S)
        )
