"""plan.svg: well-formed, with the names of buffers, none of which covers another."""

import re
from itertools import combinations
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from support.seed_network import seed_network

from tinyml.compiler.emit.drawing import LETTER_PIXELS, LINE_PIXELS, draw, names
from tinyml.compiler.pipeline import compile_bytes

NAME = re.compile(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle">(\w+)</text>')


@pytest.mark.parametrize("input_mode", ["frame", "rows"])
def test_names_do_not_cover_each_other(input_mode: str) -> None:
    svg = draw(compile_bytes(seed_network(0.35), input_mode=input_mode).schedule, "a < title")
    ElementTree.fromstring(svg)
    found = [(float(x), float(y), name) for x, y, name in NAME.findall(svg)]
    assert len(found) >= 3
    for (x, y, one), (at, line, other) in combinations(found, 2):
        beside = abs(x - at) >= LETTER_PIXELS * (len(one) + len(other)) / 2
        assert beside or abs(y - line) >= LINE_PIXELS - 0.1, f"{one} covers {other}"
    assert svg.rindex("<polygon") < svg.index(f">{found[0][2]}</text>"), "a buffer may cover a name"


def test_of_two_names_at_one_place_the_larger_buffer_has_its_own() -> None:
    """Buffers share bytes where one overwrites what the other no longer needs."""
    small, large = (
        SimpleNamespace(name=name, bytes=size, first_step=0, low=range(100))
        for name, size in (("small", 40), ("large", 44))
    )
    schedule: Any = SimpleNamespace(buffers=[small, large], offsets=[0, 0])
    (only,) = names(schedule, 5.0, 1.0)
    assert ">large<" in only
    schedule.offsets = [0, 60]
    assert len(names(schedule, 5.0, 1.0)) == 2
