"""RAM over time as an SVG: steps to the right, addresses of the arena upwards, each buffer where and while it lives."""

import math
from html import escape

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import Buffer

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 920, 520, 70, 50, 40  # pixels
KINDS = {"map": "#4c78a8", "line buffer": "#f58518", "sums": "#54a24b", "scratch": "#b279a2"}
LINE_PIXELS, LETTER_PIXELS = 13, 7  # of a name: its line, and a letter's width at most
STYLE = """\
<style>
  text { fill: #1a211e; font: 12px sans-serif; }
  .paper { fill: #ffffff; }
  .buffer { fill-opacity: 0.7; stroke: #ffffff; stroke-width: 0.5; }
  .rule { fill: none; stroke: #1a211e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e7ece9; }
    .paper { fill: #181d1c; }
    .buffer { stroke: #181d1c; }
    .rule { stroke: #9aa7a1; }
  }
</style>"""


def outline(buffer: Buffer, offset: int, x: float, y: float) -> list[tuple[float, float]]:
    """Return the corners of the bytes of `buffer` that hold something, over its steps (x, y: pixels per step, per byte)."""
    changes = np.flatnonzero(np.diff(buffer.low) | np.diff(buffer.high)) + 1
    starts, ends = [0, *changes.tolist()], [*changes.tolist(), len(buffer.low)]
    upper: list[tuple[float, float]] = []
    lower: list[tuple[float, float]] = []
    for start, end in zip(starts, ends, strict=True):
        for step in (start, end):
            at = LEFT + (buffer.first_step + step) * x
            upper.append((at, TOP + HEIGHT - (offset + int(buffer.high[start])) * y))
            lower.append((at, TOP + HEIGHT - (offset + int(buffer.low[start])) * y))
    return upper + lower[::-1]


def place_of_name(buffer: Buffer, offset: int, x: float, y: float) -> tuple[float, float] | None:
    """Return the middle of a line inside the outline of `buffer` that holds its name; None where there is none.

    Of several, one with space above and below it, near the middle of its steps. No two buffers hold the same byte at one
    step, so no two names meet.
    """
    steps = math.ceil(LETTER_PIXELS * len(buffer.name) / x)
    if steps > len(buffer.low):
        return None
    low = sliding_window_view(buffer.low, steps).max(axis=1)
    high = sliding_window_view(buffer.high, steps).min(axis=1)
    space = (high - low) * y
    aside = np.abs(np.arange(len(space)) - len(space) // 2)
    first = int(np.lexsort((aside, -np.minimum(space, 3 * LINE_PIXELS)))[0])
    if space[first] < LINE_PIXELS:
        return None
    middle = LEFT + (buffer.first_step + first + steps / 2) * x
    return middle, TOP + HEIGHT - (offset + (int(low[first]) + int(high[first])) / 2) * y


def draw(schedule: Schedule, title: str) -> str:
    """Return the drawing of a schedule as SVG text, which a light or a dark page can show."""
    x = WIDTH / max(schedule.step_count, 1)
    y = HEIGHT / max(schedule.arena_bytes, 1)
    full_width, full_height = LEFT + WIDTH + 20, TOP + HEIGHT + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full_width} {full_height}">',
        STYLE,
        f'<rect width="{full_width}" height="{full_height}" class="paper"/>',
        f'<text x="{LEFT}" y="18" style="font-size: 15px">{escape(title)}</text>',
    ]
    present = {buffer.kind for buffer in schedule.buffers}
    for number, kind in enumerate(kind for kind in KINDS if kind in present):
        at = LEFT + 110 * number
        parts.append(f'<rect x="{at}" y="28" width="12" height="12" fill="{KINDS[kind]}" class="buffer"/>')
        parts.append(f'<text x="{at + 17}" y="38">{kind}</text>')
    names = []
    for buffer, offset in zip(schedule.buffers, schedule.offsets, strict=True):
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in outline(buffer, offset, x, y))
        name = escape(buffer.name)
        rows = f", {buffer.depth} rows" if buffer.depth else ""
        parts.append(
            f'<polygon points="{points}" fill="{KINDS[buffer.kind]}" class="buffer">'
            f"<title>{name}: {buffer.bytes:,} bytes{rows} at {offset:,}</title></polygon>"
        )
        if place := place_of_name(buffer, offset, x, y):
            names.append(
                f'<text x="{place[0]:.1f}" y="{place[1] + 4:.1f}" text-anchor="middle">{name}</text>'
            )
    for cut in schedule.first_steps[1:]:
        dashed = LEFT + cut * x
        parts.append(
            f'<line x1="{dashed:.1f}" y1="{TOP}" x2="{dashed:.1f}" y2="{TOP + HEIGHT}" class="rule" stroke-dasharray="4"/>'
        )
    parts += names
    for fraction in (0, 0.25, 0.5, 0.75, 1):
        level = TOP + HEIGHT * (1 - fraction)
        parts.append(
            f'<text x="{LEFT - 8}" y="{level + 4:.1f}" text-anchor="end">{fraction * schedule.arena_bytes:,.0f}</text>'
        )
    parts.append(
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" class="rule"/>'
        f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 20}" text-anchor="middle">'
        f"{schedule.step_count:,} steps, one row each; dashed: cuts between segments</text>"
        f'<text transform="rotate(-90)" x="{-TOP - HEIGHT / 2}" y="16" text-anchor="middle">'
        "bytes of the arena</text></svg>"
    )
    return "\n".join(parts) + "\n"
