"""A board at the end of its serial line, for the commands that ask one: at a port, or built for and emulated here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinyml.boards import Board, load_board
from tinyml.device import benchmark
from tinyml.device.answers import Info
from tinyml.device.client import Device
from tinyml.errors import TinymlError
from tinyml.files import read_json, write_json

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Attached:
    """A board that answers; `export` is the folder of the export that its firmware was built from, where a run is known."""

    device: Device
    board: Board
    info: Info
    export: Path | None

    @property
    def silence_s(self) -> float:
        """How long this board may say nothing while it computes one inference."""
        return benchmark.EMULATED_SILENCE_S if self.board.emulator else benchmark.SLOWEST_INFERENCE_S

    def outputs(self, pictures: "np.ndarray") -> "np.ndarray":
        """Return the model's int8 outputs [N, ...] for uint8 pictures [N, H, W, C], as TensorFlow Lite would shape them."""
        from tinyml.conversion.tflite import read_ends

        assert self.export is not None
        shape = read_ends(self.export / "model_int8.tflite").output_shape[1:]
        codes = benchmark.collect_outputs(
            self.device, [picture.tobytes() for picture in pictures], silence_s=self.silence_s
        )
        return codes.reshape(len(pictures), *shape)


@contextmanager
def attached(run: Path | None, port: str | None, emulate: str | None) -> Iterator[Attached]:
    """Give the board at `port` (found where there is one alone), or the one that `emulate` names, ready to be asked.

    With a `run` the board must run that run's model. Raises DeviceError, or ToolchainError where it cannot be built.
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
def opened(run: Path | None, url: str, name: str | None = None) -> Iterator[Attached]:
    """Give the board at `url`; `name` is its name in tinyml where the board itself does not know it."""
    with Device(url) as device:
        device.synchronize()
        info = device.ask("info", Info)
        board = load_board(name or info.board)
        export = run / "export" / board.name if run else None
        if export:
            benchmark.check_model(info, export / "model_int8.tflite")
        yield Attached(device, board, info, export)


@contextmanager
def emulated(run: Path, name: str) -> Iterator[str]:
    """Build the run's firmware for an emulated board, start it, and give its serial line's URL."""
    from tinyml.commands.build import build
    from tinyml.device import emulator

    board = load_board(name)
    if not board.emulated:
        raise TinymlError(
            f"'{name}' is a real board", cure="flash it (tinyml build RUN --target ...) and use --port"
        )
    program, _ = build(run, board)
    port = emulator.free_port()
    process = emulator.start(board, program, port, log=program.with_suffix(".log"))
    try:
        yield f"socket://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def judge(run: Path, board: Attached, data: Path | None, limit: int | None) -> dict[str, Any]:
    """Send test pictures to a board and return what benchmark.json says of them; the stage goes into accuracy.json.

    `limit`: at most so many pictures, evenly chosen. Gives `accuracy` (the task's metrics), `bit_exact` (every output
    byte is TensorFlow Lite's), and where it is not, the first `difference`.
    """
    import numpy as np

    from tinyml.commands.export_run import Prepared, evenly, judge_of
    from tinyml.conversion.accuracy import REFERENCE, Stage, add_stage, compare
    from tinyml.conversion.tflite import read_ends, run_tflite
    from tinyml.data import load_run_dataset
    from tinyml.inference.preprocess import quantize
    from tinyml.vision.config import read_config

    assert board.export is not None
    config = read_config(run / "config.toml")
    dataset = load_run_dataset(run, config.dataset, data or config.data or None)
    samples = evenly(dataset.test, limit or len(dataset.test))
    prepared = Prepared(config)
    pictures = prepared.pictures(samples, "test pictures")
    model = board.export / "model_int8.tflite"
    ends = read_ends(model)
    tables = prepared.tables(ends)
    expected = run_tflite(model, np.stack([quantize(picture, tables) for picture in pictures]), "tflite int8")
    got = board.outputs(pictures)
    stages = [
        Stage(name, outputs, ends.output_scale, ends.output_zero_point)
        for name, outputs in ((REFERENCE, expected), (board.board.name, got))
    ]
    row = compare(stages, judge_of(config, dataset, samples))[board.board.name]
    add_stage(board.export / "accuracy.json", board.board.name, row)
    found: dict[str, Any] = {
        "accuracy": {
            key: value for key, value in row.items() if key not in ("max_abs_difference", "bit_exact")
        },
        "pictures": len(samples),
        "of_pictures": len(dataset.test),
        "data": str(dataset.folder),
        "synthetic": dataset.synthetic,
        "remark": dataset.remark,
        "bit_exact": row["bit_exact"],
    }
    if difference := benchmark.compare_outputs(got, expected):
        found["difference"] = vars(difference) | {"file": samples[difference.picture].path.name}
    return found


def identity(board: Attached) -> dict[str, Any]:
    """Return what begins benchmark.json: which board answered, running what."""
    return {
        "board": board.board.name,
        "protocol": "MLPerf Tiny",
        "model_sha256": board.info.model_sha256,
        "runtime": board.info.runtime,
        "arena_bytes": board.info.arena_bytes,
    }


def record(board: Attached, report: dict[str, Any]) -> None:
    """Write benchmark.json; what it held of the same model from another mode stays in it."""
    assert board.export is not None
    path, before = board.export / "benchmark.json", {}
    if path.is_file():
        before = read_json(path)
        before.pop("provenance", None)
        if any(before.get(key) != report[key] for key in ("model_sha256", "runtime")):
            before = {}
        if "bit_exact" in report:
            before.pop("difference", None)
    write_json(path, before | report, inputs={"model": board.export / "model_int8.tflite"})
