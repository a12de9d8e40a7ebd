"""`tinyml predict`: what runs say about pictures, drawn and as JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from rich.table import Table

from tinyml.commands import Result
from tinyml.config import find_run
from tinyml.errors import TinymlError

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
    type=click.Choice(["float", "c_host"]),
    default="float",
    help="The trained network, or its generated C on this computer.",
)
@click.option("--target", default="host", help="The board whose export `--stage c_host` runs.")
def command(run: str, rest: tuple[str, ...], out: Path | None, stage: str, target: str) -> Result:
    """Show what a run sees in pictures; with several runs, side by side.

    Draws centroids and names (or the class) into copies of the pictures.
    """
    from tinyml.data import read_picture
    from tinyml.data.preprocess import prepare
    from tinyml.vision.config import read_config
    from tinyml.vision.draw import draw, side_by_side
    from tinyml.vision.run import describe_prediction

    runs, pictures = [find_run(run)], []
    for argument in rest:
        path = Path(argument)
        if path.is_file():
            pictures.append(path)
        else:
            try:
                runs.append(find_run(argument))
            except TinymlError as error:
                raise TinymlError(f"'{argument}' is neither a picture nor a run", cure=error.cure) from error
    if not pictures:
        raise TinymlError("no picture given", cure="name one or more picture files behind the run")

    out = out or runs[0] / "predicted"
    table = Table("picture", *(folder.name for folder in runs))
    configs = [read_config(folder / "config.toml") for folder in runs]
    models = [open_stage(folder, stage, target) for folder in runs]
    rows = []
    for path in pictures:
        picture = read_picture(path)
        drawn, predictions = [], []
        for folder, config, model in zip(runs, configs, models):
            seen = prepare(picture, config.size, config.size, config.channels, config.fit)
            prediction = describe_prediction(model(seen[None])[0], config)
            predictions.append({"run": str(folder), **prediction})
            title = folder.name if len(runs) > 1 else ""
            drawn.append(draw(picture, prediction, config.classes, config.fit, title))
        saved = save(side_by_side(drawn), out / f"{path.stem}.png")
        rows.append({"file": str(path), "predictions": predictions, "drawn": str(saved)})
        table.add_row(path.name, *(summary(prediction) for prediction in predictions))
    return Result({"stage": stage, "pictures": rows}, [table, f"drawn: {out}"])


def open_stage(folder: Path, stage: str, target: str) -> "Callable[[np.ndarray], np.ndarray]":
    """Return a function from uint8 [N, H, W, C] to probabilities at the stage."""
    from tinyml.vision.config import read_config

    config = read_config(folder / "config.toml")
    if stage == "float":
        from tinyml.vision.checkpoint import load_run
        from tinyml.vision.predict import probabilities

        network = load_run(folder)
        return lambda pictures: probabilities(network, pictures, config)

    from tinyml.compiler.host import HostModel
    from tinyml.data.preprocess import input_tables, quantize
    from tinyml.export.tflite import read_ends

    path = folder / "export" / target / "model_int8.tflite"
    if not path.is_file():
        raise TinymlError(
            f"{folder} has not been exported for '{target}'", cure=f"tinyml export {folder} --target {target}"
        )
    ends = read_ends(path)
    tables = input_tables(config.mean, config.std, ends.input_scale, ends.input_zero_point)
    host = HostModel(path)

    import numpy as np

    def run(pictures: np.ndarray) -> np.ndarray:
        codes = np.stack([host.run(quantize(picture, tables)) for picture in pictures])
        codes = codes.reshape(len(pictures), *ends.output_shape[1:])
        return (codes.astype(np.float32) - ends.output_zero_point) * ends.output_scale

    return run


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
