"""What a run says about pictures, at any stage from the trained network to the board."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tinyml.data import read_picture
from tinyml.data.archives import archive_of
from tinyml.data.layout import list_tree
from tinyml.errors import DataError, TinymlError
from tinyml.files import replacing, write_json
from tinyml.inference.predictions import Prediction, interpret
from tinyml.layers import require
from tinyml.paths import RunFiles
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
    the run's weights, DataError for a file that is not a picture.
    """
    if stage not in STAGES:
        raise TinymlError(f"unknown stage '{stage}'", cure=f"stages: {', '.join(STAGES)}")
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
        probabilities = of_export(run.fresh_exports(board)[0], Preparation(config), views, stage)
    return [interpret(one, config.task, config.classes, config.thresholds) for one in probabilities]


def of_export(
    export: "Export", preparation: Preparation, views: npt.NDArray[np.uint8], stage: str
) -> npt.NDArray[np.float32]:
    """Return an export's probabilities for uint8 [N, H, W, C], computed on this computer."""
    from tinyml.conversion.accuracy import Stage
    from tinyml.conversion.tflite import read_ends, run_tflite

    model = export.files.int8
    ends = read_ends(model)
    inputs = preparation.quantized(views, ends)
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
    """Draw what each run says into copies of the pictures, runs side by side; return the files, one per picture.

    `predictions`: one list per run, in the order of the pictures.
    """
    from tinyml.vision.draw import draw, side_by_side

    saved = []
    for index, (path, name) in enumerate(zip(pictures, names_of(pictures), strict=True)):
        picture, drawn = read_picture(path), []
        for run, said in zip(runs, predictions, strict=True):
            title = run.folder.name if len(runs) > 1 else ""
            config = run.config
            drawn.append(draw(picture, said[index], config.classes, config.fit, title))
        saved.append(out / f"{name}.png")
        with replacing(saved[-1]) as temporary:
            side_by_side(drawn).save(temporary)
    return saved


def names_of(pictures: Sequence[Path]) -> list[str]:
    """Return a name for each drawn picture: its file's without the suffix, with a number added where two are equal."""
    seen: Counter[str] = Counter()
    names = []
    for path in pictures:
        seen[path.stem] += 1
        names.append(path.stem if seen[path.stem] == 1 else f"{path.stem}_{seen[path.stem]}")
    return names


def count_classes(predictions: Sequence[Prediction]) -> dict[str, dict[str, int]]:
    """Return for each class that was seen how many pictures show it, and how many objects where the run detects.

    "nothing" counts the pictures in which nothing was found.
    """
    pictures: Counter[str] = Counter()
    objects: Counter[str] = Counter()
    for said in predictions:
        labels = [said.label] if said.label is not None else [found.label for found in said.detections]
        pictures.update(set(labels) or {"nothing"})
        objects.update(labels)
    return {
        name: {"pictures": pictures[name]}
        | ({} if said_of_whole_pictures(predictions) else {"objects": objects[name]})
        for name in sorted(pictures, key=lambda name: (name == "nothing", name))
    }


def said_of_whole_pictures(predictions: Sequence[Prediction]) -> bool:
    """Tell whether predictions classify pictures instead of finding objects in them."""
    return any(said.label is not None for said in predictions)


def write_tables(
    out: Path,
    pictures: Sequence[Path],
    runs: Sequence[Run],
    predictions: Sequence[Sequence[Prediction]],
    data: Mapping[str, object],
) -> list[Path]:
    """Write predictions.csv, a row for each object or picture, and `data` as predictions.json; return both paths.

    x and y are fractions of what the network sees; a picture in which nothing was found has one row without a class.
    """
    table, account = out / "predictions.csv", out / "predictions.json"
    with replacing(table) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["run", "file", "class", "score", "x", "y"])
        for run, said in zip(runs, predictions, strict=True):
            for path, one in zip(pictures, said, strict=True):
                if one.label is not None:
                    rows.writerow([run.folder.name, path, one.label, f"{one.score:.4f}", "", ""])
                for found in one.detections:
                    rows.writerow(
                        [
                            run.folder.name,
                            path,
                            found.label,
                            f"{found.score:.4f}",
                            f"{found.x:.4f}",
                            f"{found.y:.4f}",
                        ]
                    )
                if one.label is None and not one.detections:
                    rows.writerow([run.folder.name, path, "", "", "", ""])
    write_json(account, data)
    return [table, account]


def sort_out(arguments: Sequence[str]) -> tuple[list[Run], list[Path]]:
    """Return the runs and the pictures that arguments name, folders and zip files with all that they hold.

    Raises TinymlError for one that is none of these.
    """
    runs: list[Run] = []
    pictures: list[Path] = []
    for argument in arguments:
        path = Path(argument)
        if path.is_file() and not archive_of(path):
            pictures.append(path)
            continue
        if (path.is_dir() or archive_of(path)) and not RunFiles(path).config.is_file():
            tree = list_tree(path)
            if not tree.pictures:
                raise DataError(
                    f"{path} is not a run and holds no pictures",
                    cure="give a run, picture files, or a folder of them",
                )
            pictures += [tree.path(name) for name in tree.pictures]
            continue
        try:
            runs.append(load_run(argument))
        except TinymlError as error:
            raise TinymlError(
                f"'{argument}' is neither a picture nor a run",
                cure=error.cure,
            ) from error
    if not pictures:
        raise TinymlError("no picture given", cure="name picture files, or a folder of them, after the run")
    return runs, pictures
