"""A study's networks as a picture: score over predicted latency, a bubble's size is its RAM, limits are lines."""

import re
from collections.abc import Sequence

import matplotlib
from matplotlib.ticker import FuncFormatter, PercentFormatter

from tinyml.contracts.tuning import Network
from tinyml.report.plots import INK, MUTED, RULE, SERIES, STYLE, axes, to_svg

LARGEST_BUBBLE = 420.0  # points squared
PAPER = {  # of the picture as a file, which no page gives its colours
    "ink": "#1a211e", "muted": "#5c6863", "rule": "#d9dfdb", "surface": "#ffffff", "sans": "sans-serif",
    "series-1": "#0b7a5c", "series-2": "#d9622b",
}  # fmt: skip


def draw_front(
    networks: Sequence[Network],
    metric: str,
    limit_ms: float | None = None,
    limit_ram_bytes: float | None = None,
    chosen: int | None = None,
) -> str:
    """Return an SVG element; networks: {number, score, cost: {latency_ms, ram_bytes, macs}, in_front}.

    Without a predicted latency the axis is multiply-accumulates. `chosen`: the number of the network that was taken.
    """
    timed = all(one["cost"]["latency_ms"] for one in networks)
    largest = max((one["cost"]["ram_bytes"] for one in networks), default=1)

    def place(one: Network) -> tuple[float, float]:
        cost = one["cost"]
        latency_ms = cost["latency_ms"] if timed else None
        return latency_ms or cost["macs"] / 1e6, one["score"]

    with matplotlib.rc_context(STYLE):
        figure, plot = axes(3.4)
        for in_front, colour in ((False, MUTED), (True, SERIES[0])):
            group = [one for one in networks if bool(one["in_front"]) is in_front]
            sizes = [LARGEST_BUBBLE * one["cost"]["ram_bytes"] / largest for one in group]
            points = [place(one) for one in group]
            plot.scatter(
                [x for x, _ in points],
                [y for _, y in points],
                s=sizes,
                facecolor=colour,
                alpha=0.5 if in_front else 0.18,
                edgecolor=colour,
            )
        front = sorted(place(one) for one in networks if one["in_front"])
        plot.step(*zip(*front, strict=True), where="post", color=SERIES[0], linewidth=1) if front else None
        for one in networks:
            if one["number"] == chosen:
                plot.annotate(
                    f"taken: {chosen}", place(one), color=INK, xytext=(6, -12), textcoords="offset points"
                )
                plot.scatter(*place(one), marker="x", color=SERIES[1], zorder=3)
        if limit_ms is not None and timed:
            plot.axvline(limit_ms, color=SERIES[1], linewidth=1, linestyle=(0, (4, 2)))
            plot.annotate(f"{limit_ms:g} ms", (limit_ms, 0), xycoords=("data", "axes fraction"), xytext=(3, 3),
                          textcoords="offset points")  # fmt: skip
        of = f" of {limit_ram_bytes / 1024:,.0f}" if limit_ram_bytes else ""
        plot.set_title(
            f"largest bubble: {largest / 1024:,.0f} KiB of RAM{of}", loc="right", size=9, color=MUTED
        )
        plot.set_xlabel("predicted ms" if timed else "million multiply-accumulates")
        plot.set_ylabel({"f1": "F1"}.get(metric, metric) + " on held-out pictures")
        plot.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        plot.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        plot.grid(color=RULE)
        plot.set_axisbelow(True)
        return to_svg(figure, f"{metric} over predicted latency of {len(networks)} networks")


def as_file(svg: str) -> str:
    """Return an SVG element as a file of its own, with colours for white paper."""
    for name, colour in PAPER.items():
        svg = svg.replace(f"var(--{name})", colour)
    svg = re.sub(r"var\(--[a-z0-9-]+\)", PAPER["muted"], svg)
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    size = f' width="{box.group(1)}" height="{box.group(2)}"' if box else ""
    svg = svg.replace("<svg", f'<svg{size} style="background: {PAPER["surface"]}"', 1)
    if "xmlns=" not in svg:
        svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return svg + "\n"
