"""plan.svg: well-formed, with the names of buffers, each inside its own bytes, so that none covers another."""

import re
from itertools import combinations
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from support.public_shapes import mobilenet_v2
from support.seed_network import seed_network

from tinyml.compiler.emit.drawing import (
    HEIGHT,
    LEFT,
    LETTER_PIXELS,
    LINE_PIXELS,
    TOP,
    WIDTH,
    draw,
    place_of_name,
)
from tinyml.compiler.pipeline import compile_bytes

NAME = re.compile(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle">(\w+)</text>')


@pytest.mark.parametrize("input_mode", ["frame", "rows"])
@pytest.mark.parametrize("network", [lambda: seed_network(0.35), lambda: mobilenet_v2(32)], ids=["12", "65"])
def test_names_do_not_cover_each_other(network: Any, input_mode: str) -> None:
    schedule = compile_bytes(network(), input_mode=input_mode).schedule
    svg = draw(schedule, "a < title")
    ElementTree.fromstring(svg)
    found = [(float(x), float(y), name) for x, y, name in NAME.findall(svg)]
    assert len(found) >= 3
    for (x, y, one), (at, line, other) in combinations(found, 2):
        beside = abs(x - at) >= LETTER_PIXELS * (len(one) + len(other)) / 2
        assert beside or abs(y - line) >= LINE_PIXELS - 0.1, f"{one} covers {other}"
    assert svg.rindex("<polygon") < svg.index(f">{found[0][2]}</text>"), "a buffer may cover a name"
    per_step, per_byte = WIDTH / schedule.step_count, HEIGHT / schedule.arena_bytes
    for x, y, name in found:
        half = LETTER_PIXELS * len(name) / 2
        steps = [round(((x + side) - LEFT) / per_step) for side in (-half + per_step, half - per_step)]
        level = (TOP + HEIGHT - (y - 4)) / per_byte
        inside = [
            buffer.low[steps[0] - buffer.first_step : steps[1] - buffer.first_step].max() + offset
            < level
            < buffer.high[steps[0] - buffer.first_step : steps[1] - buffer.first_step].min() + offset
            for buffer, offset in zip(schedule.buffers, schedule.offsets, strict=True)
            if buffer.name == name and buffer.first_step <= steps[0] and steps[1] <= buffer.end_step
        ]
        assert any(inside), f"{name} stands outside its bytes"


def test_a_name_stands_where_its_buffer_has_bytes_for_a_line() -> None:
    """A map that is filled from below and freed from below is a slanted band: its middle may be empty."""
    low, high = np.zeros(100, int), np.zeros(100, int)
    high[:60] = 10
    low[60:], high[60:] = 60, 100
    buffer: Any = SimpleNamespace(name="band", low=low, high=high, first_step=10)
    assert place_of_name(buffer, 0, 1.0, 1.0) == (LEFT + 10 + 74, TOP + HEIGHT - 80)
    assert place_of_name(buffer, 0, 1.0, 0.1) is None, "no line fits"
    assert place_of_name(buffer, 0, 0.2, 1.0) is None, "the name is longer than the buffer"
