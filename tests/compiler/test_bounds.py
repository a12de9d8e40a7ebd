"""Bounds of segments: never above what a simulation finds, and good enough that few segments have to be simulated."""

import pytest
from hypothesis import given, settings
from support.random_networks import Network, networks
from support.seed_network import seed_network
from support.tflite_builder import ModelBuilder

from tinyml.compiler.frontend.passes import run_passes
from tinyml.compiler.frontend.reader import parse_model
from tinyml.compiler.pipeline import layers_of, pack_for
from tinyml.compiler.planning.bounds import Bounds
from tinyml.compiler.planning.schedule import Scheduler
from tinyml.compiler.planning.stream import Streams


def streams_of(model: bytes, *, rows: bool, strips: int = 0, kernels: str = "portable") -> Streams:
    """Return the streams of a `.tflite` file's network."""
    graph = run_passes(parse_model(model))
    layers = layers_of(graph)
    pack_for(kernels, 1, layers, graph.tensors)
    return Streams(layers, graph, rows=rows, strips=strips)


def check(streams: Streams) -> float:
    """Hold the bounds of all segments to their simulations; return the bounds' mean share of them."""
    bounds, count, shares = Bounds(streams), len(streams.layers), []
    for first in range(count):
        for number, least in enumerate(bounds.of(first, count - first)):
            peak = streams.segment(first, first + number + 1).peak_bytes
            assert least <= peak, f"layers {first} to {first + number}: bound {least}, simulated {peak}"
            shares.append(least / peak)
    return sum(shares) / len(shares)


def branches() -> bytes:
    """Two inputs, several layers that read one, maps of one row, a mean's sums, two readers of a map far apart."""
    b = ModelBuilder(seed=3)
    x, other = b.input((1, 14, 10, 4)), b.conv(b.input((1, 14, 10, 2)), 4)
    y = b.add(b.conv(x, 4, activation="RELU6"), b.depthwise(x, kernel=(5, 5)))
    y = b.add(b.add(y, other), b.conv(x, 4, (1, 1)))
    z = b.conv(y, 8, (3, 3), (2, 2))
    gate = b.same("LOGISTIC", b.conv(b.conv(b.mean(z), 4, (1, 1)), 8, (1, 1)))
    z = b.mul(z, gate)
    return b.finish(b.same("SOFTMAX", b.conv(b.mean(b.add(z, b.conv(z, 8))), 3, (1, 1))))


@pytest.mark.parametrize(("kernels", "strips"), [("portable", 0), ("lx6", 4)])
@pytest.mark.parametrize("rows", [False, True])
def test_a_bound_is_never_above_the_simulation(rows: bool, strips: int, kernels: str) -> None:
    small = seed_network(0.35, size=16)
    for model in (small, branches()):
        assert check(streams_of(model, rows=rows, strips=strips, kernels=kernels)) > 0.85


@settings(max_examples=12)
@given(network=networks)
def test_nor_in_random_networks(network: Network) -> None:
    for rows in (False, True):
        check(streams_of(network.tflite(), rows=rows))


def test_few_segments_are_simulated() -> None:
    b = ModelBuilder(0)
    x = b.input((1, 16, 16, 8))
    for number in range(24):
        x = b.add(x, b.conv(x, 8)) if number % 8 else b.same("LOGISTIC", b.conv(x, 8, (1, 1)))
    for rows in (False, True):
        scheduler = Scheduler(streams_of(b.finish(x), rows=rows))
        assert scheduler.search().exhaustive
        assert len(scheduler.segments) < 3 * scheduler.count  # of count * (count + 1) / 2
