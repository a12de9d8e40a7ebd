"""What a board counts itself, beside what is predicted: read from boards that echo the prediction, and from ones that lie."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.serial_line import serving, well_behaved

from tinyml.boards import load_board
from tinyml.device import calibration
from tinyml.device.answers import Cycles
from tinyml.device.client import Device
from tinyml.device.latency import predict
from tinyml.errors import DeviceError
from tinyml.terminal.benchmark import cycles_tables

PLAN = {
    "cycles": {"esp32cam": {"one_core": 10_000_000, "two_cores": 6_000_000, "fetched_bytes": 320_000}},
    "layers": [{"name": "conv_2d_0", "cycles": 9_000_000}, {"name": "softmax_1", "cycles": 1_000_000}],
}
LINE_CYCLES = 300  # 1.25 us at 240 MHz
MEASURED = 1.05 * 10_000_000 + 10_000 * LINE_CYCLES


def counted(**other: Any) -> dict[str, Any]:
    """Return the answer of a board that is 5 % slower than its model."""
    texts = calibration.sequences().items()
    return {
        "available": True,
        "clock_hz": 240_000_000,
        "sequences": [{"name": name, "cycles": calibration.predicted_sequence(text)} for name, text in texts],
        "walks": [
            {"name": "flash", "loads": 2048, "cycles": 2048 * (LINE_CYCLES + 6)},
            {"name": "dram", "loads": 256, "cycles": 256 * 6},
        ],
        "all_cores": 7_000_000,
        "one_core": int(MEASURED),
        "layers": [{"name": "conv_2d_0", "cycles": 9_600_000}, {"name": "softmax_1", "cycles": 1_100_000}],
        **other,
    }


def ask(answer: dict[str, Any]) -> Cycles:
    """Return what the client makes of a board's answer."""
    line = json.dumps({"cycles": answer}).encode()

    def reply(command: str) -> bytes:
        return line + b"\r\nm-ready\r\n" if command == "cycles" else well_behaved(command)

    with serving(reply) as url, Device(url, silence_s=2) as device:
        return device.ask("cycles", Cycles)


def test_the_firmwares_sequences_take_what_the_model_says() -> None:
    """Between two reads of the counter: 32 rounds and the second read."""
    taken = {name: calibration.predicted_sequence(text) for name, text in calibration.sequences().items()}
    assert taken["nothing_waits"] == 32 * 2 + 1
    assert taken["load_then_use"] == 32 * 4 + 1
    assert taken["multiply_then_use"] == 32 * 3 + 1
    assert taken["taken_jump"] == 32 * 4 + 1
    assert taken["loads_on_one_pointer"] == 32 * 2 + 1
    assert taken["load_then_mac"] == 32 * 4 + 1
    assert len(taken) == 9


def test_predicted_and_measured_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYML_CACHE", str(tmp_path))
    board = load_board("esp32cam")
    report = calibration.compare(ask(counted()), board, PLAN)
    assert all(row["predicted"] == row["measured"] for row in report["sequences"])
    assert report["layers"][0] == {"name": "conv_2d_0", "predicted": 9_000_000, "measured": 9_600_000}
    assert report["calibration"]["compute"]["scale"] == pytest.approx(1.05)
    assert report["calibration"]["flash_modes"]["qio_80"]["line_us"] == pytest.approx(1.25)
    before = predict(board, PLAN)
    calibration.save_calibration(board.name, report["calibration"])
    after = predict(board, PLAN)
    assert before and after and not before["calibrated"] and after["calibrated"]
    assert after["cores"][0]["latency_us"] == pytest.approx(MEASURED / 240)
    assert after["assumptions"]["flash_line"]["evidence"].startswith("measured")
    assert len(cycles_tables({**report, "kept_in": "there"})) == 3


def test_a_board_without_a_counter() -> None:
    answer = ask({"available": False, "why": "no counter"})
    assert not answer.available and answer.layers == ()


@pytest.mark.parametrize(
    "lie",
    [
        {"ran": False},
        {"one_core": 1},
        {"one_core": 10**12},
        {"clock_hz": 0},
        {"walks": []},
        {"walks": [{"name": "flash", "loads": 1, "cycles": 0}, {"name": "dram", "loads": 1, "cycles": 9}]},
    ],
)
def test_counts_that_cannot_be_right_are_not_kept(lie: dict[str, Any]) -> None:
    with pytest.raises(DeviceError, match="count of cycles"):
        calibration.compare(ask(counted(**lie)), load_board("esp32cam"), PLAN)


@pytest.mark.parametrize(
    "lie",
    [
        {"one_core": -1},
        {"walks": [{"name": "flash", "loads": 0, "cycles": 1}]},
        {"layers": "all of them"},
        {"sequences": [{"name": "\u001b[2J", "cycles": 1}]},
        {"available": 1},
    ],
)
def test_answers_that_are_no_counts_are_one_message(lie: dict[str, Any]) -> None:
    with pytest.raises(DeviceError, match="is not what tinyml's firmware sends"):
        ask(counted(**lie))
