"""`tinyml predict`: what runs say about pictures, drawn and as JSON."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from rich.table import Table
from rich.text import Text

from tinyml.commands import Result
from tinyml.errors import TinymlError
from tinyml.paths import find_run

if TYPE_CHECKING:  # a usage message needs no numpy
    import numpy as np


@click.command("predict")
@click.argument("run")
@click.argument("rest", nargs=-1, required=True, metavar="[RUN]... PICTURES...")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the drawn pictures go; else RUN/predicted.",
)
@click.option(
    "--stage",
    type=click.Choice(["float", "tflite_int8", "c_host"]),
    help="The trained network, the int8 TFLite model, or its generated C on this computer.  [default: float]",
)
@click.option(
    "--target",
    metavar="BOARD",
    help="The board whose export the stages tflite_int8 and c_host run.  [default: the latest export]",
)
@click.option("--port", help="Ask the board at this serial port, or at socket://host:port, instead.")
@click.option(
    "--emulate", metavar="BOARD", help="Build the firmware for this emulated board (or 'host') and ask that."
)
def command(
    run: str,
    rest: tuple[str, ...],
    out: Path | None,
    stage: str | None,
    target: str | None,
    port: str | None,
    emulate: str | None,
) -> Result:
    """Show what a run sees in pictures; with several runs, side by side.

    Draws centroids and names (or the class) into copies of the pictures. The trained network is asked, or with --stage
    what was exported of it, or with --port or --emulate a board that runs the firmware of this run.
    """
    from tinyml.commands.export_run import Prepared
    from tinyml.data import Sample, read_picture
    from tinyml.vision.config import read_config
    from tinyml.vision.draw import draw, side_by_side
    from tinyml.vision.run import describe_prediction

    if sum(choice is not None for choice in (stage, port, emulate)) > 1:
        raise click.UsageError("--stage, --port and --emulate exclude each other")
    runs, pictures = sort_out(run, rest)
    if (port or emulate) and len(runs) > 1:
        raise click.UsageError("a board runs the firmware of one run: name one with --port or --emulate")

    configs = [read_config(folder / "config.toml") for folder in runs]
    guesses = []
    for folder, config in zip(runs, configs, strict=True):
        views = Prepared(config).pictures([Sample(path) for path in pictures], "pictures")
        if port or emulate:
            guesses.append(ask_board(folder, views, port, emulate))
        else:
            guesses.append(ask_stage(folder, views, stage or "float", target))
    out = out or runs[0] / "predicted"
    table = Table("picture", *(folder.name for folder in runs))
    rows = []
    for index, (path, name) in enumerate(zip(pictures, names_of(pictures), strict=True)):
        picture, drawn, predictions = read_picture(path), [], []
        for folder, config, probabilities in zip(runs, configs, guesses, strict=True):
            prediction = describe_prediction(probabilities[index], config)
            predictions.append({"run": str(folder), **prediction})
            title = folder.name if len(runs) > 1 else ""
            drawn.append(draw(picture, prediction, config.classes, config.fit, title))
        saved = save(side_by_side(drawn), out / f"{name}.png")
        rows.append({"file": str(path), "predictions": predictions, "drawn": str(saved)})
        table.add_row(path.name, *(summary(prediction) for prediction in predictions))
    asked = emulate or port or stage or "float"
    return Result({"stage": asked, "pictures": rows}, [table, Text(f"drawn: {out}")])


def sort_out(run: str, rest: tuple[str, ...]) -> tuple[list[Path], list[Path]]:
    """Return the folders of the runs and the picture files that the arguments name."""
    runs, pictures = [find_run(run)], []
    for argument in rest:
        path = Path(argument)
        if path.is_file():
            pictures.append(path)
            continue
        try:
            runs.append(find_run(argument))
        except TinymlError as error:
            raise TinymlError(
                f"'{argument}' is neither a picture nor a run",
                cure="give picture files (a folder's: FOLDER/*.jpg)" if path.is_dir() else error.cure,
            ) from error
    if not pictures:
        raise TinymlError("no picture given", cure="name one or more picture files behind the run")
    return runs, pictures


def names_of(pictures: list[Path]) -> list[str]:
    """Return a name for each drawn picture: its file's without the suffix, numbered on where two are alike."""
    seen: Counter[str] = Counter()
    names = []
    for path in pictures:
        seen[path.stem] += 1
        names.append(path.stem if seen[path.stem] == 1 else f"{path.stem}_{seen[path.stem]}")
    return names


def ask_stage(folder: Path, views: "np.ndarray", stage: str, target: str | None) -> "np.ndarray":
    """Return a run's probabilities for uint8 [N, H, W, C] at a stage on this computer."""
    if stage == "float":
        from tinyml.vision.predict import predict_float

        return predict_float(folder, views)
    import numpy as np

    from tinyml.commands.export_run import Prepared, fresh_exports
    from tinyml.conversion.accuracy import Stage
    from tinyml.conversion.tflite import read_ends, run_tflite
    from tinyml.inference.preprocess import quantize
    from tinyml.vision.config import read_config

    config = read_config(folder / "config.toml")
    model = fresh_exports(folder, target)[0] / "model_int8.tflite"
    ends = read_ends(model)
    tables = Prepared(config).tables(ends)
    inputs = np.stack([quantize(view, tables) for view in views])
    if stage == "tflite_int8":
        codes = run_tflite(model, inputs, stage)
    else:
        from tinyml.compiler.check.host import HostModel

        with HostModel(model) as host:
            codes = np.stack([host.run(values).reshape(ends.output_shape[1:]) for values in inputs])
    return Stage(stage, codes, ends.output_scale, ends.output_zero_point).probabilities


def ask_board(folder: Path, views: "np.ndarray", port: str | None, emulate: str | None) -> "np.ndarray":
    """Return the probabilities that a board gives for uint8 [N, H, W, C], sent over its serial line."""
    from tinyml.commands.attached import attached
    from tinyml.conversion.accuracy import Stage
    from tinyml.conversion.tflite import read_ends

    with attached(folder, port, emulate) as board:
        assert board.export is not None
        ends = read_ends(board.export / "model_int8.tflite")
        codes = board.outputs(views)
    return Stage(board.board.name, codes, ends.output_scale, ends.output_zero_point).probabilities


def save(image: Any, path: Path) -> Path:
    """Write a drawn picture, whole or not at all."""
    from tinyml.files import replacing

    with replacing(path) as temporary:
        image.save(temporary)
    return path


def summary(prediction: dict[str, Any]) -> str:
    """Return one line for the table."""
    if "label" in prediction:
        return f"{prediction['label']} {prediction['score']:.0%}"
    found = [f"{row['label']} {row['score']:.0%}" for row in prediction["detections"]]
    return ", ".join(found) or "nothing"
