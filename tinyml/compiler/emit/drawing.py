"""RAM over time as an SVG: steps to the right, addresses of the arena upwards, each buffer where and while it lives."""

from html import escape

import numpy as np

from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import Buffer

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 1100, 560, 90, 50, 50  # pixels
COLOURS = {"map": "#4c78a8", "line buffer": "#f58518", "sums": "#54a24b", "scratch": "#b279a2"}
LINE_PIXELS, LETTER_PIXELS = 13, 6.5  # of a name: its line, and a letter's width at most


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


def names(schedule: Schedule, x: float, y: float) -> list[str]:
    """Return the names that fit into their buffers, above all of these, the largest first; none covers another."""
    parts: list[str] = []
    written: list[tuple[float, float, float]] = []  # left, right and height
    placed = zip(schedule.buffers, schedule.offsets, strict=True)
    for buffer, offset in sorted(placed, key=lambda pair: -pair[0].bytes):
        half = LETTER_PIXELS * len(buffer.name) / 2
        middle = LEFT + (buffer.first_step + len(buffer.low) / 2) * x
        height = TOP + HEIGHT - (offset + buffer.bytes / 2) * y + 4
        fits = buffer.bytes * y >= LINE_PIXELS and len(buffer.low) * x > 2 * half
        free = all(
            abs(height - line) >= LINE_PIXELS or middle + half < left or middle - half > right
            for left, right, line in written
        )
        if fits and free:
            written.append((middle - half, middle + half, height))
            parts.append(
                f'<text x="{middle:.1f}" y="{height:.1f}" text-anchor="middle">{escape(buffer.name)}</text>'
            )
    return parts


def draw(schedule: Schedule, title: str) -> str:
    """Return the drawing of a schedule as SVG text."""
    x = WIDTH / max(schedule.step_count, 1)
    y = HEIGHT / max(schedule.arena_bytes, 1)
    full_width, full_height = LEFT + WIDTH + 20, TOP + HEIGHT + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full_width} {full_height}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{full_width}" height="{full_height}" fill="white"/>',
        f'<text x="{LEFT}" y="18" font-size="15">{escape(title)}</text>',
    ]
    for number, (kind, colour) in enumerate(COLOURS.items()):
        at = LEFT + 130 * number
        parts.append(f'<rect x="{at}" y="28" width="12" height="12" fill="{colour}" fill-opacity="0.7"/>')
        parts.append(f'<text x="{at + 17}" y="38">{kind}</text>')
    for buffer, offset in zip(schedule.buffers, schedule.offsets, strict=True):
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in outline(buffer, offset, x, y))
        name = escape(buffer.name)
        rows = f", {buffer.depth} rows" if buffer.depth else ""
        parts.append(
            f'<polygon points="{points}" fill="{COLOURS[buffer.kind]}" fill-opacity="0.7" stroke="white" '
            f'stroke-width="0.5"><title>{name}: {buffer.bytes:,} bytes{rows} at {offset:,}</title></polygon>'
        )
    parts += names(schedule, x, y)
    for fraction in (0, 0.25, 0.5, 0.75, 1):
        level = TOP + HEIGHT * (1 - fraction)
        parts.append(
            f'<text x="{LEFT - 8}" y="{level + 4:.1f}" text-anchor="end">{fraction * schedule.arena_bytes:,.0f}</text>'
        )
    for cut in schedule.first_steps[1:]:
        dashed = LEFT + cut * x
        parts.append(
            f'<line x1="{dashed:.1f}" y1="{TOP}" x2="{dashed:.1f}" y2="{TOP + HEIGHT}" stroke="black" stroke-dasharray="4"/>'
        )
    parts.append(
        f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="black"/>'
        f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 20}" text-anchor="middle">'
        f"{schedule.step_count:,} steps, one row each; dashed: cuts between segments</text>"
        f'<text transform="rotate(-90)" x="{-TOP - HEIGHT / 2}" y="16" text-anchor="middle">'
        "bytes of the arena</text></svg>"
    )
    return "\n".join(parts) + "\n"
