"""The estimate of a real chip's latency: a case computed by hand, its directions, and what it says about others' figures."""

import copy
import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tinyml.boards import Board, load_board
from tinyml.device.estimate import board_counted_on, estimate, fetched_again
from tinyml.errors import TinymlError
from tinyml.files import read_json
from tinyml.terminal.benchmark import benchmark_view
from tinyml.workflow import benchmark
from tinyml.workflow.run import Export, Run


def plan(*layers: tuple[int, int, int]) -> dict[str, Any]:
    """Return a plan of one segment, layers of (rows, MACs, bytes of constants)."""
    rows = [
        {"name": f"layer_{i}", "output_shape": [height, 8, 8], "macs": macs, "weights_bytes": constants}
        for i, (height, macs, constants) in enumerate(layers)
    ]
    return {"layers": rows, "segments": [{"layers": [row["name"] for row in rows]}]}


def counts(*instructions: int) -> dict[str, Any]:
    return {
        "board": "esp32_emulated",
        "runtime": "stream",
        "instructions_per_inference": sum(instructions),
        "layers": [{"name": f"layer_{i}", "instructions": count} for i, count in enumerate(instructions)],
    }


def board(clock_hz: int = 100_000_000, **changed: dict[str, float]) -> Board:
    """Return a board of round figures, some of its parameters changed."""
    parameters = {
        "cycles_per_multiplication": {"best": 1, "worst": 2},
        "cycles_per_other_instruction": {"best": 1, "worst": 3},
        "cache_bytes": {"best": 1000, "worst": 500},
        "cache_line_bytes": {"best": 10, "worst": 10},
        "flash_clock_hz": {"best": 1_000_000, "worst": 1_000_000},
        "flash_clocks_per_line": {"best": 1, "worst": 2},
        "split_efficiency": {"best": 1.0, "worst": 0.5},
    }
    table = {"counted_on": "esp32_emulated", "placement": "", "parameters": {**parameters, **changed}}
    return dataclasses.replace(load_board("esp32cam"), clock_hz=clock_hz, estimate=table)


def ranges(board: Board, counts: dict[str, Any], plan: dict[str, Any]) -> list[tuple[float, float]]:
    found = estimate(board, counts, plan)
    assert found is not None
    return [(row["low_us"], row["high_us"]) for row in found["cores"]]


def test_a_case_computed_by_hand() -> None:
    # Constants: 1250 bytes in the loop. Best, 1000 stay: a fifth is fetched again, 3 times more for 4 rows:
    # 250 * 1.6 = 400 bytes and 1000 * 1.6 = 1600, 200 lines of 1 us. Worst, all of it 4 times: 500 lines of 2 us.
    # Instructions: best (1000 + 500) / 100 MHz = 15 us; worst (400 * 2 + 600 * 3 + 500 * 3) / 100 MHz = 41 us.
    found = estimate(board(), counts(1000, 500), plan((4, 400, 250), (4, 0, 1000)))
    assert found is not None
    assert found["remark"] == "estimate, not a measurement"
    assert [layer["flash_bytes"] for layer in found["layers"]] == [
        {"low": 400, "high": 1000},
        {"low": 1600, "high": 4000},
    ]
    one, two = found["cores"]
    assert one == {"cores": 1, "low_us": pytest.approx(15 + 200), "high_us": pytest.approx(41 + 1000)}
    # Two cores: the bus brings 400 lines in any case; at worst half of the computing at half efficiency, and all lines.
    assert two == {"cores": 2, "low_us": pytest.approx(400), "high_us": pytest.approx(41 + 2000)}
    assert found["layers"][0]["low_us"] == pytest.approx(10 + 40)
    assert sum(layer["high_us"] for layer in found["layers"]) == pytest.approx(one["high_us"])


def test_two_cores_halve_what_is_not_bound_by_flash() -> None:
    (one, _), (two, _) = ranges(board(), counts(1_000_000), plan((4, 0, 0)))
    assert two == pytest.approx(one / 2)


@pytest.mark.parametrize(
    ("loop_bytes", "best", "share"),
    [(1000, True, 0.0), (1000, False, 0.0), (2000, True, 0.5), (2000, False, 1.0), (0, True, 0.0)],
)
def test_what_is_fetched_again(loop_bytes: int, best: bool, share: float) -> None:
    assert fetched_again(loop_bytes, 1000, best=best) == share


def test_less_time_with_a_faster_clock_a_larger_cache_and_fewer_instructions() -> None:
    network = plan((4, 400, 250), (4, 0, 1000))
    base = ranges(board(), counts(1000, 500), network)
    better = [
        ranges(board(clock_hz=200_000_000), counts(1000, 500), network),
        ranges(board(cache_bytes={"best": 1200, "worst": 1250}), counts(1000, 500), network),
        ranges(board(flash_clock_hz={"best": 2_000_000, "worst": 2_000_000}), counts(1000, 500), network),
        ranges(board(), counts(900, 500), network),
    ]
    for changed in better:
        assert all(a[0] <= b[0] and a[1] < b[1] for a, b in zip(changed, base, strict=True))
        assert changed[0][0] < base[0][0]
    assert all(low < high for low, high in base)


def test_no_estimate_without_the_parameters_and_an_error_for_one_that_is_missing() -> None:
    network, counted = plan((1, 0, 0)), counts(1)
    assert estimate(load_board("host"), counted, network) is None
    assert board_counted_on("rv32imc_emulated") is None
    incomplete = copy.deepcopy(board())
    del incomplete.estimate["parameters"]["cache_bytes"]
    with pytest.raises(TinymlError, match="lacks cache_bytes"):
        estimate(incomplete, counted, network)


def test_every_assumption_of_a_board_has_its_source_and_its_order() -> None:
    real = board_counted_on("esp32_emulated")
    assert real is not None and real.name == "esp32cam" and not real.emulated
    for name, row in real.estimate["parameters"].items():
        assert row.keys() == {"best", "worst", "source"} and row["source"], name
    (low, high), (two_low, two_high) = ranges(real, counts(1_000_000), plan((48, 500_000, 4000)))
    assert low < high and two_low < two_high


def test_what_the_estimate_would_have_said_about_esp_nn() -> None:
    """docs/kernels-lx6.md: 14.8 instructions per MAC counted, 12.7 cycles measured; one of the two does not carry over."""
    macs = 1_000_000
    real = load_board("esp32cam")
    (low_us, high_us), _ = ranges(real, counts(14_800_000), plan((48, macs, 0)))
    cycles_per_mac = [us * 1e-6 * real.clock_hz / macs for us in (low_us, high_us)]
    assert cycles_per_mac == [pytest.approx(14.8), pytest.approx(28.85)]


def test_the_command_adds_it_to_the_report_and_never_calls_it_latency(tmp_path: Path) -> None:
    counted, export = counts(1_000_000), Export(Run(tmp_path), tmp_path)
    assert benchmark.estimated(counted, export) == {}, "no plan.json"
    (tmp_path / "plan.json").write_text(json.dumps(plan((48, 500_000, 4000))))
    assert benchmark.estimated({**counted, "board": "rv32imc_emulated"}, export) == {}
    assert benchmark.estimated({**counted, "runtime": "tflm"}, export) == {}
    report = counted | benchmark.estimated(counted, export)
    assert "latency_us" not in report
    assert report["estimate"] == estimate(load_board("esp32cam"), counted, read_json(tmp_path / "plan.json"))
    console = Console(width=160, record=True, file=io.StringIO())
    for view in benchmark_view(report):
        console.print(view)
    text = console.export_text()
    assert "estimate, not a measurement" in text and "2 cores" in text
    assert "assumed" in text and "cache bytes" in text and "32,768 .. 16,384" in text
