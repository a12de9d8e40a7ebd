"""Boards that lie: whatever they say, a command ends in time, with one message, in bounded memory."""

import json
import time
import tracemalloc
from collections.abc import Callable

import pytest
from support.serial_line import INFO, serving, well_behaved

from tinyml.device import benchmark, client
from tinyml.device.answers import Info, Layers, SelfTest
from tinyml.device.capture import capture
from tinyml.device.client import Device
from tinyml.errors import DeviceError


def answering(command: str, *lines: str) -> Callable[[str], bytes]:
    """Return a device that is well behaved, and answers `command` with `lines`."""

    def reply(asked: str) -> bytes:
        if asked.split(" ")[0] == command:
            return "".join(f"{line}\r\n" for line in lines).encode() + b"m-ready\r\n"
        return well_behaved(asked)

    return reply


@pytest.mark.parametrize(
    "change",
    [
        {"input": [100_000, 100_000, 3]},
        {"input": [32_767, 32_767, 3]},
        {"input": [0, 96, 3]},
        {"input": [96, 96]},
        {"input": "96"},
        {"output_bytes": -1},
        {"arena_bytes": 1.5},
        {"model_sha256": "../../etc/passwd"},
        {"model": "\x1b[2J\x1b]0;owned\x07"},
        {"board": "\x9b2J"},
        {"tick_hz": 0},
        {"labels": ["a"] * 5000},
        {"version": "v" * 10_000},
        {"free_psram_bytes": "many"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_impossible_info(change: dict) -> None:
    with serving(answering("info", json.dumps({"info": INFO | change}))) as url, Device(url) as device:
        with pytest.raises(DeviceError, match="is not what tinyml's firmware sends") as caught:
            device.ask("info", Info)
        assert "tinyml flash RUN" in caught.value.cure


@pytest.mark.parametrize(
    "line",
    [
        '{"info":' + "[" * 20_000,
        '{"info":' * 5_000,
        '{"info":NaN}',
        '{"info":' + "9" * 5_000 + "}",
        '{"info":null}',
        '{"info":{}} {"info":{}}',
        '{"info":"',
    ],
    ids=["nested", "nested-objects", "nan", "long-number", "null", "two", "cut"],
)
def test_json_that_is_none_or_another(line: str) -> None:
    with serving(answering("info", line)) as url, Device(url) as device, pytest.raises(DeviceError):
        device.ask("info", Info)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["m-lap-us-" + "9" * 5_000, "m-lap-us-1", "m-results-[0.5]"], "lacks its time stamps"),
        (["m-lap-us-10", "m-lap-us-5", "m-results-[0.5]"], "runs backwards"),
        (["m-lap-us-1", "m-lap-us-5", "m-results-[abc]"], "are no numbers"),
        (["m-lap-us-1", "m-lap-us-5", "m-results-[nan,0.1]"], "are no numbers"),
        (["m-lap-us-1", "m-lap-us-5", "m-results-[]"], "are no numbers"),
        (["m-lap-us-1", "m-lap-us-5", "m-results-[" + "1," * 30_000 + "]"], "are no numbers"),
        (["m-lap-us-1", "m-results-[0.5]"], "lacks its time stamps"),
    ],
    ids=["digits", "backwards", "letters", "nan", "empty", "many", "one-stamp"],
)
def test_an_impossible_inference(lines: list[str], message: str) -> None:
    with (
        serving(answering("infer", *lines)) as url,
        Device(url) as device,
        pytest.raises(DeviceError, match=message),
    ):
        device.infer(1, 0)


@pytest.mark.parametrize(("later", "message"), [("7", "stands still"), ("8", "cannot be relied on")])
def test_a_clock_that_tells_no_time(later: str, message: str) -> None:
    lines = ("m-lap-us-7", f"m-lap-us-{later}", "m-results-[0.5]")
    with (
        serving(answering("infer", *lines)) as url,
        Device(url) as device,
        pytest.raises(DeviceError, match=message),
    ):
        benchmark.measure_latency(device)


@pytest.mark.parametrize(
    "report",
    [
        {"tick_hz": 1, "ticks": 1, "layers": [{"name": "conv"}]},
        {"tick_hz": 0, "ticks": 1, "layers": []},
        {"tick_hz": 1, "ticks": -1, "layers": []},
        {"tick_hz": 1, "ticks": 1, "layers": [{"name": "a\u001b[31m", "ticks": 1}]},
        {"tick_hz": 1, "ticks": 10**30, "layers": []},
    ],
    ids=["no-ticks", "no-hz", "negative", "escape", "huge"],
)
def test_impossible_layers(report: dict) -> None:
    with (
        serving(answering("layers", json.dumps({"layers": report}))) as url,
        Device(url) as device,
        pytest.raises(DeviceError),
    ):
        device.ask("layers", Layers)


@pytest.mark.parametrize(
    "lines",
    [
        ['{"capture":{"width":100000,"height":100000,"format":"rgb888"}}'],
        ['{"capture":{"width":2,"height":2,"format":"jpeg2000"}}', '{"captured":{"crc32":"00000000"}}'],
        ['{"capture":{"width":2,"height":2,"format":"rgb888"}}', '{"row":{"y":0,"pixels":7}}'],
        ['{"captured":{"crc32":"xyz"}}'],
        ['{"row":{"y":0,"pixels":"!!"}}'],
    ],
    ids=["huge", "format", "number", "crc", "base64"],
)
def test_an_impossible_picture(lines: list[str]) -> None:
    with serving(answering("capture", *lines)) as url, Device(url) as device, pytest.raises(DeviceError):
        capture(device)


def test_an_answer_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """As fast as the line gives them: bounded by bytes. The whole answer is held, and no more than that."""
    monkeypatch.setattr(client, "ANSWER_LIMIT_BYTES", 1 << 20)
    endless = b"m-noise-0123456789\r\n" * 200_000  # 4 MB and no m-ready

    def reply(command: str) -> bytes:
        return endless if command == "selftest" else well_behaved(command)

    tracemalloc.start()
    with serving(reply) as url, Device(url) as device, pytest.raises(DeviceError, match="without an end"):
        device.ask("selftest", SelfTest)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 64 << 20


def test_a_line_now_and_then_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never silent for long, never done: bounded by time."""
    monkeypatch.setattr(client, "ANSWER_LIMIT_S", 0.5)
    lines = iter(lambda: "m-still-here", None)
    device = Device.__new__(Device)
    device.url, device.silence_s = "socket://nowhere", 0.1

    def slowly(silence_s: float) -> str:
        time.sleep(0.05)
        return next(lines)

    monkeypatch.setattr(device, "read_line", slowly)
    with pytest.raises(DeviceError, match="without an end"):
        device._answer("info", 0.1)


def test_a_board_that_does_not_stop_talking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TALK_LIMIT_S", 0.3)
    chatter = b"m-name-dut-[x]\r\nm-ready\r\n" + b"m-chatter\r\n" * 500_000

    def reply(command: str) -> bytes:
        return chatter if command == "name" else b""

    with serving(reply) as url, Device(url) as device, pytest.raises(DeviceError):
        device.synchronize(wait_s=2)
