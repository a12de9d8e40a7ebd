"""What a run says about pictures, at any stage from the trained network to the board."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tinyml.data import read_picture
from tinyml.errors import TinymlError
from tinyml.files import replacing
from tinyml.inference.predictions import Prediction, interpret
from tinyml.layers import require
from tinyml.workflow.pictures import Preparation
from tinyml.workflow.run import Run, load_run

if TYPE_CHECKING:
    from tinyml.workflow.run import Export

STAGES = ("float", "tflite_int8", "c_host")


def predict(
    run: Run | Path | str,
    pictures: Sequence[Path | str],
    *,
    stage: str = "float",
    board: str | None = None,
    port: str | None = None,
    emulate: str | None = None,
) -> list[Prediction]:
    """Return what a run says about picture files, one prediction each, in their order.

    `stage`: "float" (the trained network), "tflite_int8" or "c_host" (its export for `board`, else the latest). With
    `port` or `emulate` the board there is asked instead. Raises ModelError where the export is missing or older than
    the run's weights, DataError for a file that is no picture.
    """
    if stage not in STAGES:
        raise TinymlError(f"no stage '{stage}'", cure=f"stages: {', '.join(STAGES)}")
    if stage == "float" and not (port or emulate):
        require("train", "the stage float")
    run = load_run(run)
    config = run.config
    views = Preparation(config).pictures([Path(path) for path in pictures], "pictures")
    if port or emulate:
        probabilities = of_board(run, views, port, emulate)
    elif stage == "float":
        from tinyml.vision.predict import predict_float

        probabilities = predict_float(run.folder, views)
    else:
        probabilities = of_export(run.fresh_exports(board)[0], views, stage)
    return [interpret(one, config.task, config.classes, config.thresholds) for one in probabilities]


def of_export(export: "Export", views: npt.NDArray[np.uint8], stage: str) -> npt.NDArray[np.float32]:
    """Return an export's probabilities for uint8 [N, H, W, C], computed on this computer."""
    from tinyml.conversion.accuracy import Stage
    from tinyml.conversion.tflite import read_ends, run_tflite

    model = export.files.int8
    ends = read_ends(model)
    inputs = Preparation(export.run.config).quantized(views, ends)
    if stage == "tflite_int8":
        codes = run_tflite(model, inputs, stage)
    else:
        from tinyml.compiler.check.host import HostModel

        with HostModel(model) as host:
            codes = np.stack([host.run(values).reshape(ends.output_shape[1:]) for values in inputs])
    return Stage(stage, codes, ends.output_scale, ends.output_zero_point).probabilities


def of_board(
    run: Run, views: npt.NDArray[np.uint8], port: str | None, emulate: str | None
) -> npt.NDArray[np.float32]:
    """Return the probabilities that a board gives for uint8 [N, H, W, C], sent over its serial line."""
    from tinyml.conversion.accuracy import Stage
    from tinyml.conversion.tflite import read_ends
    from tinyml.workflow.attached import attached

    with attached(run, port, emulate) as board:
        assert board.export is not None
        ends = read_ends(board.export.files.int8)
        codes = board.outputs(views)
    return Stage(board.board.name, codes, ends.output_scale, ends.output_zero_point).probabilities


def draw_predictions(
    pictures: Sequence[Path], runs: Sequence[Run], predictions: Sequence[Sequence[Prediction]], out: Path
) -> list[Path]:
    """Draw what each run says into copies of the pictures, runs side by side; return the files, one a picture.

    `predictions`: one list a run, in the order of the pictures.
    """
    from tinyml.vision.draw import draw, side_by_side

    saved = []
    for index, (path, name) in enumerate(zip(pictures, names_of(pictures), strict=True)):
        picture, drawn = read_picture(path), []
        for run, said in zip(runs, predictions, strict=True):
            title = run.folder.name if len(runs) > 1 else ""
            config = run.config
            drawn.append(draw(picture, said[index].as_dict(), config.classes, config.fit, title))
        saved.append(out / f"{name}.png")
        with replacing(saved[-1]) as temporary:
            side_by_side(drawn).save(temporary)
    return saved


def names_of(pictures: Sequence[Path]) -> list[str]:
    """Return a name for each drawn picture: its file's without the suffix, numbered on where two are alike."""
    seen: Counter[str] = Counter()
    names = []
    for path in pictures:
        seen[path.stem] += 1
        names.append(path.stem if seen[path.stem] == 1 else f"{path.stem}_{seen[path.stem]}")
    return names


def sort_out(arguments: Sequence[str]) -> tuple[list[Run], list[Path]]:
    """Return the runs and the picture files that arguments name; raises TinymlError for one that is neither."""
    runs: list[Run] = []
    pictures: list[Path] = []
    for argument in arguments:
        path = Path(argument)
        if path.is_file():
            pictures.append(path)
            continue
        try:
            runs.append(load_run(argument))
        except TinymlError as error:
            raise TinymlError(
                f"'{argument}' is neither a picture nor a run",
                cure="give picture files (a folder's: FOLDER/*.jpg)" if path.is_dir() else error.cure,
            ) from error
    if not pictures:
        raise TinymlError("no picture given", cure="name one or more picture files behind the run")
    return runs, pictures
