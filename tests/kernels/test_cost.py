"""Cycles from shapes against cycles from traces of executed instructions, on networks that the costs were not fitted to."""

from pathlib import Path

import pytest
from support.cost_networks import cost_network
from support.emulated import need
from support.seed_network import seed_network
from support.traced_model import by_layer, trace_model

from tinyml.compiler.frontend.reader import parse_model
from tinyml.compiler.pipeline import schedule_graph
from tinyml.compiler.planning.placement import checks_of, reads_of
from tinyml.compiler.targets.cost import costs, predict
from tinyml.device.cycles import count, load_core


def compare(data: bytes, folder: Path) -> tuple[list[tuple[str, int, int]], int]:
    """Return (name, predicted, traced) cycles of each layer, and the traced cycles of the whole inference."""
    need("esp32_emulated")
    (folder / "model.tflite").write_bytes(data)
    plan, rows, executed = trace_model(folder / "model.tflite", folder, "lx6")
    counts = by_layer(plan, rows, count(executed, load_core("lx6")))
    compiled = schedule_graph(parse_model(data), kernels="lx6")
    found = []
    for index, (layer, traced) in enumerate(zip(compiled.layers, counts["layers"], strict=True)):
        calls = reads_of(index, compiled.streams, compiled.schedule)
        checks = checks_of(index, compiled.streams, compiled.schedule)
        predicted = predict(layer, compiled.tensors, calls, checks)
        assert predicted is not None, f"{layer.name}: a round without a cost; run tools/fit_cycles.py"
        found.append((layer.name, predicted, traced["cycles"]))
    return found, counts["cycles_per_inference"]


@pytest.mark.parametrize("width", [0.35, 1.0])
def test_the_seed_network(tmp_path: Path, width: float) -> None:
    layers, traced = compare(seed_network(width, 48), tmp_path)
    assert sum(predicted for _, predicted, _ in layers) == pytest.approx(traced, rel=0.03), (
        "tools/fit_cycles.py"
    )


@pytest.mark.slow
def test_two_hundred_random_layers(tmp_path: Path) -> None:
    layers: list[tuple[str, int, int]] = []
    seed = 5000
    while len(layers) < 200:
        layers += compare(cost_network(seed), tmp_path)[0]
        seed += 1
    errors = sorted((predicted / traced - 1, name, traced) for name, predicted, traced in layers)
    print(errors[:5], errors[-5:])
    total = sum(predicted for _, predicted, _ in layers) / sum(traced for _, _, traced in layers) - 1
    sizes = sorted(abs(error) for error, _, _ in errors)
    print(f"{sum(size <= 0.02 for size in sizes)} of {len(sizes)} within 2 %")
    # Dot products of a length that the fit never met have a cost between their neighbours': up to 17 % off.
    assert abs(total) < 0.06 and sizes[len(sizes) // 2] < 0.06 and sizes[-1] < 0.25


def test_no_round_is_free_of_charge_by_mistake() -> None:
    assert all(abs(cost) < 10_000 for cost in costs().values())
    assert costs()["dot plain 4, output"] > 16, "sixteen multiplications"
