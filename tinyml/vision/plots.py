"""Curves of a training: a picture, and TensorBoard's files where it is installed."""

import importlib.util
import sys
import types
from collections.abc import Sequence
from pathlib import Path

from tinyml.contracts.run import Epoch
from tinyml.files import replacing


def draw_curves(history: Sequence[Epoch], path: Path) -> None:
    """Draw loss and score over the epochs into a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    losses, scores = figure.subplots(1, 2)
    for axes, title, keys in (
        (losses, "loss", ("train_loss", "validation_loss")),
        (scores, "validation score", ("validation_accuracy", "validation_f1")),
    ):
        for key in keys:
            points = [(row["epoch"], row[key]) for row in history if key in row]
            if points:
                axes.plot(*zip(*points), label=key.replace("_", " "))
        axes.set(title=title, xlabel="epoch")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend()
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110)


def write_tensorboard(history: Sequence[Epoch], folder: Path) -> None:
    """Write the history as TensorBoard events into `folder`, where TensorBoard is installed."""
    if importlib.util.find_spec("tensorboard") is None:
        return
    # Its switch for doing without TensorFlow, whose import takes seconds and prints a page.
    sys.modules.setdefault("tensorboard.compat.notf", types.ModuleType("tensorboard.compat.notf"))
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder / "tensorboard")) as writer:
        for row in history:
            for key, value in row.items():
                if key != "epoch":
                    writer.add_scalar(key, value, row["epoch"])
