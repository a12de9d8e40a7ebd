"""What a run sees, frame by frame: a board's camera and the board's own answer, or pictures through the int8 C on this computer."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from tinyml.data import read_picture
from tinyml.device.answers import Look
from tinyml.inference.predictions import Detection, Prediction, interpret
from tinyml.inference.preprocess import prepare
from tinyml.workflow.attached import Attached, attached, emulated, opened
from tinyml.workflow.pictures import Preparation
from tinyml.workflow.run import Run, load_run

if TYPE_CHECKING:
    import numpy.typing as npt

    from tinyml.conversion.tflite import Ends


@dataclass(frozen=True)
class Seen:
    """One look: the frame where it came too (uint8 [H, W, 3]), what is in it, and how long the network took there.

    `latency_us` is measured by the clock of the device that looked; None on an emulated board, where it would be no time.
    """

    prediction: Prediction
    frame: "npt.NDArray[np.uint8] | None" = None
    latency_us: float | None = None


class OnThisComputer:
    """A run's exported int8 model as C on this computer; use it as a context. Raises ModelError where nothing is exported."""

    def __init__(self, run: Run | Path | str) -> None:
        from tinyml.compiler.check.host import HostModel
        from tinyml.conversion.tflite import read_ends

        self.run = load_run(run)
        model = self.run.fresh_exports()[0].files.int8
        self._ends = read_ends(model)
        self._preparation = Preparation(self.run.config)
        self._host = HostModel(model)

    def __enter__(self) -> "OnThisComputer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._host.close()

    def look(self, picture: "npt.NDArray[np.uint8]") -> Seen:
        """Return what is in a picture, uint8 [H, W, 3] RGB; the latency is that of the network alone."""
        config = self.run.config
        view = prepare(picture, config.size, config.size, config.channels, config.fit)
        (values,) = self._preparation.quantized(view[None], self._ends)
        started = time.perf_counter()
        codes = self._host.run(values)
        latency_us = (time.perf_counter() - started) * 1e6
        return Seen(_read(self.run, codes, self._ends), picture, latency_us)


def watch_board(
    run: Run | Path | str,
    *,
    port: str | None = None,
    emulate: str | None = None,
    camera: Path | None = None,
    pictures: Sequence[Path] = (),
    frames: bool = True,
) -> Iterator[Seen]:
    """Yield what a board sees, over and over, until the iterator is closed.

    The board is at `port`, or `emulate` names one that is built for and started here. `frames`: with each frame, which
    the board then answers for byte by byte; else its own `detect` alone, as fast as it is. camera: the folder of PPM pictures
    that the host's camera shows; `pictures` are sent to emulated boards, which have none. Raises DeviceError.
    """
    run = load_run(run)
    if emulate:
        with emulated(run, emulate, camera) as url, opened(run, url, emulate) as board:
            has_camera = camera is not None and not board.board.emulator
            yield from _looks(run, board, pictures if not has_camera else (), frames)
    else:
        with attached(run, port, None) as board:
            yield from _looks(run, board, (), frames)


def _looks(run: Run, board: Attached, pictures: Sequence[Path], frames: bool) -> Iterator[Seen]:
    from tinyml.conversion.tflite import read_ends
    from tinyml.device.capture import capture

    assert board.export is not None
    config, ends = run.config, read_ends(board.export.files.int8)
    turn = 0
    while True:
        if not (frames or pictures):
            yield _detected(run, board)
            continue
        frame = read_picture(pictures[turn % len(pictures)]) if pictures else capture(board.device)
        turn += 1
        view = prepare(frame, config.size, config.size, config.channels, config.fit)
        board.device.load(view.tobytes())
        inference = board.device.infer(1, 0, silence_s=board.silence_s)
        codes = np.frombuffer(board.device.output(), np.int8)
        latency_us = None if board.board.emulator else float(inference.elapsed_us)
        yield Seen(_read(run, codes, ends), frame, latency_us)


def _read(run: Run, codes: "npt.NDArray[np.int8]", ends: "Ends") -> Prediction:
    """Return in words what int8 outputs, flat, say."""
    from tinyml.conversion.accuracy import Stage

    config = run.config
    shaped = codes.reshape(1, *ends.output_shape[1:])
    (probabilities,) = Stage("live", shaped, ends.output_scale, ends.output_zero_point).probabilities
    return interpret(probabilities, config.task, config.classes, config.thresholds)


def _detected(run: Run, board: Attached) -> Seen:
    """Return the board's own answer to `detect`; raises DeviceError where it is not one of this firmware's."""
    said = board.device.ask("detect", Look, silence_s=board.silence_s)
    latency_us = None if board.board.emulator else 1e6 * said.ticks / board.info.tick_hz
    if run.config.task != "detect":
        return Seen(Prediction(said.label, said.probability), None, latency_us)
    found = tuple(Detection(one.label, one.x, one.y, one.score, one.cells) for one in said.objects)
    return Seen(Prediction(detections=found), None, latency_us)
