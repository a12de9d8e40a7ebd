"""A plot of accuracy against cost for several runs."""

import math
from collections.abc import Sequence
from pathlib import Path

from tinyml.files import replacing


def plot_comparison(points: Sequence[tuple[float, float, str]], cost: str, metric: str, path: Path) -> None:
    """Draw `metric` in per cent over `cost`, both axis titles, as a PNG; `points`: (cost, metric from 0 to 1, name)."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=cost, ylabel=f"{metric} in %", xscale="log")
    axes.xaxis.set_major_formatter(EngFormatter())
    axes.xaxis.set_minor_formatter(EngFormatter())
    axes.grid(alpha=0.3)
    axes.margins(0.2)
    middle = sum(math.log(x) for x, _, _ in points) / len(points)
    for x, y, name in points:  # names point inwards, so that none leaves the frame
        left = math.log(x) > middle
        axes.plot(x, 100 * y, "o")
        axes.annotate(
            name,
            (x, 100 * y),
            xytext=(-6 if left else 6, 5),
            textcoords="offset points",
            fontsize=8,
            horizontalalignment="right" if left else "left",
        )
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=120)
