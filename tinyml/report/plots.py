"""Drawings for the report: SVG text that takes its colours and its font from the page around it."""

import io
import re
from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from tinyml.contracts.plan import PlacedConstant
from tinyml.contracts.run import Epoch

# Each colour that is drawn with stands for a CSS variable, so that one drawing serves light and dark pages.
INK, MUTED, RULE, SURFACE = "#010101", "#020202", "#030303", "#040404"
SERIES = ("#050501", "#050502", "#050503", "#050504", "#050505", "#050506")
VARIABLES = {INK: "ink", MUTED: "muted", RULE: "rule", SURFACE: "surface"} | {
    colour: f"series-{number + 1}" for number, colour in enumerate(SERIES)
}
WIDTH_IN = 4.6  # at this width the text is readable on a phone
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "tinyml",
    "font.size": 10,
    "text.parse_math": False,  # a class may be called $5
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "figure.facecolor": "none",
}


def axes(height_in: float) -> tuple[Figure, Axes]:
    """Return a figure of the report's width with one pair of axes."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    return figure, figure.subplots()


def to_svg(figure: Figure, label: str) -> str:
    """Return a figure as an inline SVG element; `label` is what a screen reader says."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'(<svg[^>]*?) (?:width|height)="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) (?:width|height)="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r' id="[a-z]+_\d+"', "", svg)  # the names of groups, the same in every drawing
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font: \1 var(--sans)", svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var(--{variable})")
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def curves(history: Sequence[Epoch], series: dict[str, str], label: str, share: bool = False) -> str | None:
    """Draw columns of the training history over epochs; `series` maps a key to its name.

    With `share` the values are parts of one, drawn from 0 to 100 %. None where there is no such column.
    """
    present = {key: name for key, name in series.items() if any(row.get(key) is not None for row in history)}
    if not present:
        return None
    with matplotlib.rc_context(STYLE):
        figure, plot = axes(2.5)
        for colour, (key, name) in zip(SERIES, present.items(), strict=False):
            points = [(row["epoch"], row[key]) for row in history if row.get(key) is not None]
            plot.plot(*zip(*points, strict=True), color=colour, label=name)
        if share:
            plot.set_ylim(0, 1)
            plot.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        plot.set_xlabel("epoch")
        plot.xaxis.set_major_locator(MaxNLocator(integer=True))
        plot.grid(axis="y")
        plot.set_axisbelow(True)
        figure.legend(loc="outside upper left", ncols=len(present), handlelength=1.2, borderaxespad=0)
        return to_svg(figure, label)


def confusion(counts: Sequence[Sequence[int]], labels: Sequence[str]) -> str:
    """Draw a confusion matrix, counts[truth][prediction]; a cell's shade is its share of its row."""
    size = len(labels)
    with matplotlib.rc_context(STYLE):
        figure, plot = axes(min(4.6, 1.2 + 0.52 * size))
        for row, values in enumerate(counts):
            total = sum(values) or 1
            for column, value in enumerate(values):
                share = value / total
                colour = SERIES[0] if row == column else SERIES[1]
                plot.add_patch(
                    Rectangle((column, row), 0.96, 0.92, facecolor=colour, alpha=0.06 + 0.64 * share)
                )
                if value and size <= 12:
                    plot.text(column + 0.48, row + 0.48, f"{value:,}", ha="center", va="center")
        plot.set_xlim(0, size)
        plot.set_ylim(size, 0)
        ticks = [index + 0.48 for index in range(size)]
        plot.set_xticks(ticks, labels, rotation=0 if size <= 6 else 60)
        plot.set_yticks(ticks, labels)
        plot.tick_params(length=0)
        plot.set_xlabel("predicted")
        plot.set_ylabel("truth")
        plot.spines[:].set_visible(False)
        return to_svg(figure, "confusion matrix")


PLACES = {
    "iram": "instruction RAM",
    "dram": "static RAM",
    "heap": "heap block",
    "flash": "flash",
}


def constants_by_place(constants: Sequence[PlacedConstant]) -> str:
    """Draw how many bytes of constants lie in each place, a piece for each array.

    `constants`: {name, bytes, place} as in plan.json.
    """
    places = [place for place in PLACES if any(row["place"] == place for row in constants)]
    with matplotlib.rc_context(STYLE):
        figure, plot = axes(0.6 + 0.36 * len(places))
        for number, place in enumerate(places):
            total = 0
            for row in sorted(
                (row for row in constants if row["place"] == place), key=lambda row: -row["bytes"]
            ):
                colour = SERIES[list(PLACES).index(place)]
                plot.barh(
                    number, row["bytes"], left=total, height=0.7, color=colour, alpha=0.5,
                    edgecolor=SURFACE, linewidth=0.5,
                )  # fmt: skip
                total += row["bytes"]
            plot.text(total, number, f" {total:,}", va="center", size=9)
        plot.set_yticks(range(len(places)), [PLACES[place] for place in places])
        plot.invert_yaxis()
        plot.margins(x=0.14)
        plot.xaxis.set_major_locator(MaxNLocator(nbins=5))
        plot.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1024:.3g} KiB"))
        return to_svg(figure, "how many bytes of constants lie where")
