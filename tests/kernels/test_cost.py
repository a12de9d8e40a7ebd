"""Cycles from shapes against cycles from traces of executed instructions, on networks that the costs were not fitted to."""

from pathlib import Path

import pytest
from support.cost_networks import RARE_KINDS, cost_network, rare_network
from support.emulated import need
from support.operator_cases import CASES, network
from support.seed_network import seed_network
from support.tflite_builder import ModelBuilder
from support.traced_model import Observed, observe

from tinyml.compiler.frontend.passes import run_passes
from tinyml.compiler.frontend.reader import parse_model
from tinyml.compiler.pipeline import compile_model, layers_of, pack_for
from tinyml.compiler.planning.placement import Memory
from tinyml.compiler.targets import cost
from tinyml.compiler.targets.cost import costs
from tinyml.device.latency import reason


def error(row: Observed) -> float:
    """Return by how much the prediction of a layer is off."""
    known = costs()
    assert not row.rounds.keys() - known.keys(), (
        f"{row.name}: a round without a cost; run tools/fit_cycles.py"
    )
    return sum(known[name] * times for name, times in row.rounds.items()) / row.cycles - 1


@pytest.mark.parametrize("width", [0.35, pytest.param(1.0, marks=pytest.mark.slow)])
def test_the_seed_network(tmp_path: Path, width: float) -> None:
    need("esp32_emulated")
    whole = observe(seed_network(width, 48), tmp_path)[-1]
    assert abs(error(whole)) < 0.01, "tools/fit_cycles.py"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_random_layers(tmp_path: Path) -> None:
    need("esp32_emulated")
    layers: list[Observed] = []
    seed = 5000
    while len(layers) < 200:
        layers += observe(cost_network(seed), tmp_path)[:-1]
        seed += 1
    errors = sorted((abs(error(row)), row.name, row.cycles) for row in layers)
    near = sum(size <= 0.02 for size, _, _ in errors)
    print(f"{near} of {len(errors)} within 2 %; the worst: {errors[-5:]}")
    # What is further off are small layers: the C compiler makes the code around their kernels otherwise in each network.
    assert near >= 0.98 * len(errors) and errors[-1][0] < 0.05


def test_no_round_is_free_of_charge_by_mistake() -> None:
    assert all(0 <= cost < 10_000 for cost in costs().values())
    assert costs()["dot plain 4, output"] > 16, "sixteen multiplications"


def test_layers_without_a_cost_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    b = ModelBuilder()
    x = b.same("LOGISTIC", b.conv(b.input((1, 4, 4, 4)), 8, (1, 1)))
    (tmp_path / "model.tflite").write_bytes(b.finish(b.same("SOFTMAX", x)))
    options = {"kernels": "lx6", "memory": Memory(board="esp32cam")}
    plan = compile_model(tmp_path / "model.tflite", tmp_path, **options)
    assert "unpredicted" not in plan and plan["cycles"]["esp32cam"]["one_core"] > 0
    fewer = {name: cycles for name, cycles in costs().items() if not name.startswith("plain lookup")}
    monkeypatch.setattr(cost, "costs", lambda: fewer)
    plan = compile_model(tmp_path / "model.tflite", tmp_path, **options)
    assert "cycles" not in plan and plan["unpredicted"] == ["logistic_1"]
    assert reason(plan) == "the cycles of logistic_1 are not known"


def test_no_operator_lacks_a_cost() -> None:
    """One layer without would take the prediction from the whole network."""
    lacking: dict[str, set[str]] = {}
    seen: set[frozenset[str]] = set()
    for name, case in CASES.items():
        graph = parse_model(network(case))
        operators = frozenset(node.op for node in graph.nodes)
        if "error" in case or operators in seen:
            continue
        seen.add(operators)
        layers = layers_of(run_passes(graph))
        pack_for("lx6", 1, layers, graph.tensors)
        for layer in layers:
            found = cost.rounds(layer, graph.tensors, 1, layer.style.columns(layer, graph.tensors))
            lacking.setdefault(name, set()).update(found.keys() - costs().keys())
    assert not {name: rounds for name, rounds in lacking.items() if rounds}, "tools/fit_cycles.py --rare"


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", RARE_KINDS)
def test_layers_of_the_reference_kernels(tmp_path: Path, kind: str) -> None:
    need("esp32_emulated")
    layers = observe(rare_network(kind, 7, 6, 12), tmp_path)[:-1]
    errors = sorted((abs(error(row)), row.name, row.cycles) for row in layers)
    print(f"{kind}: {errors}")
    # Their loops ask what the data is, and small copies begin at any byte.
    assert errors[len(errors) // 2][0] < 0.05 and errors[-1][0] < 0.5
