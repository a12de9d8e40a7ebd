"""The generated inner loops of the ESP32: what tools/generate_lx6.py writes, in which nothing waits."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.scripts import tool

from tinyml.device.cycles import State, issue, load_core

generate = tool("generate_lx6")


@pytest.mark.parametrize("name", ["dot.S", "depthwise.S", "gather.S"])
def test_the_committed_files_are_what_is_generated(name: str) -> None:
    """After a change: python tools/generate_lx6.py."""
    assert (generate.FOLDER / name).read_text() == generate.files()[name]


@pytest.mark.parametrize("name", ["dot.S", "depthwise.S", "gather.S"])
def test_nothing_waits_in_a_loop(name: str) -> None:
    loops = re.findall(r"/\* (\d+) instructions, (\d+) cycles \*/", generate.files()[name])
    assert len(loops) >= 2
    assert all(instructions == cycles for instructions, cycles in loops)


@pytest.mark.parametrize(("taps", "signed", "more"), [(16, False, 10), (32, False, 11), (32, True, 14)])
def test_an_output_costs_its_taps_and_its_requantization(taps: int, signed: bool, more: int) -> None:
    text = generate.Dot(taps, signed).function()
    assert f"/* {taps + more} instructions, {taps + more} cycles */" in text


INSTRUCTIONS = st.one_of(
    st.tuples(st.sampled_from(["add", "sub", "xor", "mull"]), *[st.integers(2, 6)] * 3).map(
        lambda t: f"{t[0]} a{t[1]}, a{t[2]}, a{t[3]}"
    ),
    st.tuples(st.integers(2, 6), st.integers(7, 9)).map(lambda t: f"l32i a{t[0]}, a{t[1]}, 0"),
    st.tuples(st.integers(0, 1), st.integers(7, 9)).map(lambda t: f"ldinc m{t[0]}, a{t[1]}"),
    st.tuples(st.integers(0, 1), st.integers(2, 3)).map(lambda t: f"mula.dd.ll m{t[0]}, m{t[1]}"),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(INSTRUCTIONS, min_size=1, max_size=14))
def test_a_schedule_computes_the_same_and_is_not_longer(block: list[str]) -> None:
    """Each register's value is followed as a term; the pipeline's cycles are the model's."""
    order = generate.schedule(block)
    assert sorted(order) == sorted(block)
    assert values_after(order) == values_after(block)
    assert cycles_of(order) <= cycles_of(block)


def values_after(block: list[str]) -> dict[str, str]:
    """Return what each register holds in the end, in terms of what it held at first."""
    values: dict[str, str] = {}
    for text in block:
        operation = generate.operation(text)
        read = ",".join(values.get(register, register) for register, _ in operation.reads)
        values.update({r: f"{text.split()[0]}->{i}({read})" for i, (r, _) in enumerate(operation.writes)})
    return values


def cycles_of(block: list[str]) -> int:
    """Return the cycles of a block that runs once."""
    return issue(load_core("lx6"), tuple(map(generate.operation, block)), State(), jumped=False).cycles
