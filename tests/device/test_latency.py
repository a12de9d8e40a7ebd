"""The prediction of a real board's latency: cases computed by hand, its directions, and that it never claims to be measured."""

import dataclasses
import io
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from support.seed_network import seed_network

from tinyml.boards import Board, load_board
from tinyml.compiler.pipeline import compile_model
from tinyml.device.latency import predict, sentence
from tinyml.device.memory import memory_of, predicted_for
from tinyml.errors import TinymlError
from tinyml.terminal import benchmark


def board(**parameters: Any) -> Board:
    """Return a board of round figures."""
    latency = {
        "core": "lx6",
        "flash_modes": {
            "qio_80": {"line_us": 2.0, "percent": [0, 50], "evidence": ""},
            "fast": {"line_us": 1.0, "percent": [0, 0], "evidence": ""},
        },
        "parameters": {
            "compute": {"percent": [-10, 10], "evidence": ""},
            "sharing": {"value": 1.1, "percent": [-10, 10], "evidence": ""},
            "cache_bytes": {"value": 1024, "evidence": ""},
            "cache_line_bytes": {"value": 32, "evidence": ""},
            **parameters,
        },
    }
    return dataclasses.replace(load_board("esp32cam"), clock_hz=1_000_000, latency=latency)


def plan(one: int, two: int, fetched: int) -> dict[str, Any]:
    return {
        "cycles": {"esp32cam": {"one_core": one, "two_cores": two, "fetched_bytes": fetched}},
        "layers": [{"name": "conv", "cycles": one}, {"name": "view"}],
    }


def cores(found: dict[str, Any] | None) -> list[tuple[float, float, float]]:
    assert found is not None
    return [(row["low_us"], row["latency_us"], row["high_us"]) for row in found["cores"]]


def test_computed_by_hand() -> None:
    one, two = cores(predict(board(), plan(1000, 600, 96)))
    # Three lines of 2 us, up to half more; with two cores the waiting is between one core's and both's.
    assert one == pytest.approx((900 + 6, 1000 + 6, 1100 + 9))
    assert two == pytest.approx((600 * 0.9 * 0.99 + 6, 600 * 1.1 + 9, 600 * 1.1 * 1.21 + 18))
    assert cores(predict(board(), plan(1000, 600, 96), "fast"))[0] == pytest.approx((903, 1003, 1103))
    assert cores(predict(board(), plan(1000, 600, 97), "fast"))[0][1] == pytest.approx(1004), "a line begun"


def test_what_was_measured_replaces_what_was_assumed() -> None:
    measured = {"flash_modes": {"qio_80": {"line_us": 4.0}}, "compute": {"scale": 1.2, "percent": [-1, 1]}}
    found = predict(board(), plan(1000, 600, 96), calibration=measured)
    assert cores(found)[0] == pytest.approx((1188 + 12, 1200 + 12, 1212 + 18))
    assert found is not None and found["calibrated"]


def test_it_says_predicted_and_names_every_assumption() -> None:
    found = predict(load_board("esp32cam"), plan(1_000_000, 560_000, 32_000))
    assert found is not None and found["remark"] == "predicted, not measured" and not found["calibrated"]
    assert all("predicted, not measured" in line for line in sentence(found))
    assert [layer["name"] for layer in found["layers"]] == ["conv"]
    file = io.StringIO()
    Console(file=file, width=300).print(benchmark.prediction_table(found))
    text = file.getvalue()
    for name, assumed in found["assumptions"].items():
        assert name.replace("_", " ") in text
        assert not isinstance(assumed, dict) or (assumed["evidence"] and assumed["evidence"] in text)
    for mode in load_board("esp32cam").latency["flash_modes"].values():
        assert mode["evidence"] and mode["percent"][0] <= 0 <= mode["percent"][1]


def test_no_prediction_where_there_is_nothing_to_predict_from() -> None:
    assert predict(load_board("host"), plan(1, 1, 1)) is None
    assert predict(load_board("esp32cam"), {"layers": []}) is None
    assert predicted_for(load_board("host")) is None
    assert predicted_for(load_board("esp32_emulated")) == load_board("esp32cam")
    with pytest.raises(TinymlError, match="no flash mode 'qio_20'"):
        predict(load_board("esp32cam"), plan(1, 1, 1), "qio_20")


def test_from_a_model_without_an_emulator(tmp_path: Path) -> None:
    """Predicted in less than a second beside the compiling itself; a slower flash never helps."""
    (tmp_path / "model.tflite").write_bytes(seed_network(0.35))
    target = load_board("esp32cam")
    compiled = compile_model(
        tmp_path / "model.tflite",
        tmp_path,
        kernels="lx6",
        workers=2,
        input_mode="rows",
        memory=memory_of(target, 96 * 96 * 3),
    )
    begin = time.monotonic()
    slow, fast = (predict(target, compiled, mode) for mode in ("dio_40", "qio_80"))
    print(f"{time.monotonic() - begin:.3f} s")
    assert slow is not None and fast is not None
    for a, b in zip(cores(fast), cores(slow), strict=True):
        assert all(x <= y for x, y in zip(a, b, strict=True)) and a[0] <= a[1] <= a[2]
    assert sum(layer["cycles"] for layer in fast["layers"]) == fast["cores"][0]["cycles"]
    one, two = (row["cycles"] for row in fast["cores"])
    assert 0.5 * one <= two <= 0.7 * one
