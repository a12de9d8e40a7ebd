"""The PC's side of the serial protocol against devices that misbehave: every failure is told, in time, with its cure."""

import contextlib
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable

import pytest
from serial.tools import list_ports
from support.serial_line import Reply, serving, well_behaved

from tinyml.device import client, ports
from tinyml.device.client import Device
from tinyml.errors import DeviceError


def test_a_good_device() -> None:
    with serving(well_behaved) as url, Device(url) as device:
        assert device.synchronize() == "tinyml"
        inference = device.infer(2, 1)
        assert (inference.runs, inference.elapsed_us, inference.results) == (2, 250, (0.953, 0.047))
        assert device.output() == b"\x80\xff\x7f"


def test_boot_noise_and_a_late_start() -> None:
    """A reset on opening: half a second of the ROM's noise at another baud rate, then the greeting, then answers."""
    ready_at = time.monotonic() + 0.5

    def reply(command: str) -> bytes:
        return (
            well_behaved(command)
            if time.monotonic() > ready_at
            else b"\x00\xf0ets Jul 29\xff 2019\r\n\x8e\xe0"
        )

    with (
        serving(reply, b"\xff\x00rst:0x1 (POWERON_RESET),boot:0x13\r\n\xc0\xde") as url,
        Device(url) as device,
    ):
        assert device.synchronize() == "tinyml"
        assert device.command("results") == ["m-results-[0.5]"]


def test_answers_in_pieces() -> None:
    """One byte a packet: nothing is taken for a line before its end has come."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        line, _ = listener.accept()
        with line, contextlib.suppress(OSError):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while command := line.recv(64).rstrip(b"%"):
                for byte in well_behaved(command.decode()):
                    line.sendall(bytes([byte]))
                    time.sleep(0.001)

    threading.Thread(target=serve, daemon=True).start()
    with Device(f"socket://127.0.0.1:{listener.getsockname()[1]}") as device:
        assert device.command("name") == ["m-name-dut-[tinyml]"]
        assert device.command("results") == ["m-results-[0.5]"]
    listener.close()


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (lambda command: b"", "0.3 s of silence"),
        (lambda command: b"m-results-[0.5]\r\n", "0.3 s of silence"),
        (lambda command: b"m-res", "0.3 s of silence"),
        (lambda command: b"m-results-[0.5]\r\nm-init-done\r\nm-ready\r\n", "was reset during 'results'"),
        (
            lambda command: b"e-[Unknown command: results]\r\nm-ready\r\n",
            "refuses 'results': Unknown command",
        ),
        (lambda command: b"x" * (2 << 20), "without a line's end"),
        (lambda command: None, "went away"),
    ],
)
def test_failures_are_told_in_time(reply: Reply, message: str) -> None:
    with serving(reply) as url, Device(url, silence_s=0.3) as device:
        begin = time.monotonic()
        with pytest.raises(DeviceError, match=message) as failure:
            device.command("results")
        assert time.monotonic() - begin < 3
        assert failure.value.cure


@pytest.mark.parametrize(
    ("line", "message", "cure"),
    [
        (b"waiting for download\r\n", "in boot mode", "GPIO0"),
        (b"\xffBrownout detector was triggered\r\n", "power breaks down", "5 V and 1 A"),
        (b"invalid header: 0xffffffff\r\n", "flash is empty", "tinyml flash"),
        (b"Guru Meditation Error: Core  1 panic'ed\r\n", "crashes", "tinyml flash"),
    ],
)
def test_what_a_board_says_at_boot_is_explained(line: bytes, message: str, cure: str) -> None:
    with serving(lambda command: line) as url, Device(url) as device:
        with pytest.raises(DeviceError, match=message) as failure:
            device.synchronize(wait_s=0.3)
        assert cure in failure.value.cure


@pytest.mark.parametrize(
    ("reply", "cure"),
    [(lambda command: b"", "boot mode"), (lambda command: b"login: \r\n", "flash the firmware")],
)
def test_something_else_at_the_port(reply: Reply, cure: str) -> None:
    with serving(reply) as url, Device(url, silence_s=0.3) as device:
        with pytest.raises(DeviceError, match="does not speak the benchmark protocol") as failure:
            device.synchronize(wait_s=0.5)
        assert cure in failure.value.cure


class Loader:
    """A device that takes a load; it loses or refuses what `spoil` says, given the number of the `db` line."""

    def __init__(self, spoil: Callable[[int], str] = lambda number: "") -> None:
        self.spoil, self.lines, self.loaded, self.expected, self.held = spoil, 0, b"", 0, ""

    def __call__(self, command: str) -> bytes:
        command, self.held = self.held + command, ""
        if command.startswith("db load "):
            self.loaded, self.expected = b"", int(command[8:])
            return f"m-[Expecting {self.expected} bytes]\r\nm-ready\r\n".encode()
        if command.startswith("db "):
            self.lines += 1
            if len(command) > 3 + 2 * 31:
                return b"e-[Command longer than 80 characters]\r\nm-ready\r\n"
            spoiled = self.spoil(self.lines)
            if spoiled == "refuse":
                return b"e-[Insufficent number of hex digits]\r\nm-ready\r\n"
            if spoiled == "swallow":  # the '%' was lost: what comes before the next one belongs to this line
                self.held = command
                return b""
            self.loaded += bytes.fromhex(command[3:] if not spoiled else command[3:-2])
            done = b"m-load-done\r\n" if len(self.loaded) == self.expected else b""
            return done + b"m-ready\r\n"
        if command == "input":
            answer = {"bytes": len(self.loaded), "crc32": f"{zlib.crc32(self.loaded):08x}"}
            return json.dumps({"input": answer}, separators=(",", ":")).encode() + b"\r\nm-ready\r\n"
        return well_behaved(command)


@pytest.mark.parametrize("size", [1, 31, 32, 100, 1000])
def test_lines_are_sent_ahead_and_all_answers_are_read(size: int) -> None:
    data, loader = bytes(number % 251 for number in range(size)), Loader()
    with serving(loader) as url, Device(url, silence_s=1) as device:
        device.load(data)
        assert loader.loaded == data and loader.lines == -(-size // 31)
        assert device.command("name") == ["m-name-dut-[tinyml]"], "an answer was left on the line"


@pytest.mark.parametrize("trouble", ["refuse", "swallow", "shorten"])
@pytest.mark.parametrize("when", [(5,), (5, 25), (5, 25, 27, 29)])
def test_a_load_that_loses_bytes_is_sent_again(
    trouble: str, when: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once while lines are sent ahead, then while they are sent with care: a line of its own is sent again."""
    monkeypatch.setattr(client, "NUDGE_S", 0.2)
    data = bytes(number % 251 for number in range(700))
    loader = Loader(lambda number: trouble if number in when else "")
    with serving(loader) as url, Device(url, silence_s=0.5) as device:
        device.load(data)
        assert loader.loaded == data and loader.lines > 23
        assert device.command("name") == ["m-name-dut-[tinyml]"], "an answer was left on the line"


def test_a_device_that_loses_bytes_every_time() -> None:
    with (
        serving(Loader(lambda number: "shorten")) as url,
        Device(url, silence_s=1) as device,
        pytest.raises(DeviceError, match="did not arrive whole in three attempts"),
    ):
        device.load(bytes(100))


@pytest.mark.parametrize("lost", [True, False])
def test_a_command_whose_end_was_lost_is_ended(lost: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it was not lost, and the device only slow, the answer to the second '%' is no one else's."""
    monkeypatch.setattr(client, "NUDGE_S", 0.2)
    asked: list[str] = []

    def reply(command: str) -> bytes:
        asked.append(command)
        if len(asked) == 1 and lost:
            return b""
        if len(asked) == 1:
            time.sleep(0.4)
        return well_behaved("results" if len(asked) == 2 and lost else command)

    with serving(reply) as url, Device(url, silence_s=1) as device:
        assert device.command("results") == ["m-results-[0.5]"]
        assert device.command("name") == ["m-name-dut-[tinyml]"]
        assert asked == ["results", "", "name"]


def test_a_damaged_command_is_sent_once_more() -> None:
    asked = []

    def reply(command: str) -> bytes:
        asked.append(command)
        return well_behaved("resuts" if len(asked) == 1 else command)

    with serving(reply) as url, Device(url, silence_s=1) as device:
        assert device.command("results") == ["m-results-[0.5]"]
        assert asked == ["results", "results"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b'{"info":{"version"', "damaged on the way"),
        (b"e-[Unknown command: info]", "Unknown command: info"),
        (b"something else", "does not know 'info'"),
    ],
)
def test_json_that_is_none(answer: bytes, message: str) -> None:
    with (
        serving(lambda command: answer + b"\r\nm-ready\r\n") as url,
        Device(url, silence_s=1) as device,
        pytest.raises(DeviceError, match=message),
    ):
        device.json("info")


def test_json() -> None:
    line = json.dumps({"info": {"arena_bytes": 7}}, separators=(",", ":")).encode()
    with serving(lambda command: line + b"\r\nm-ready\r\n") as url, Device(url, silence_s=1) as device:
        assert device.json("info") == {"arena_bytes": 7}


def test_no_port_to_open() -> None:
    with pytest.raises(DeviceError, match="cannot be opened") as failure:
        Device("/dev/does-not-exist")
    assert "doctor" in failure.value.cure


class Port:
    """What pyserial tells about a port."""

    def __init__(self, device: str, vid: int | None) -> None:
        self.device, self.vid, self.description = device, vid, "serial"


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ([Port("/dev/ttyS0", None)], "no USB serial port"),
        (
            [Port("/dev/ttyUSB0", 0x1A86), Port("/dev/ttyS0", None), Port("/dev/ttyACM0", 0x1234)],
            "/dev/ttyUSB0",
        ),
        ([Port("/dev/ttyACM0", 0x1234)], "/dev/ttyACM0"),
        (
            [Port("/dev/ttyUSB0", 0x1A86), Port("/dev/ttyUSB1", 0x10C4)],
            "more than one.*USB0 .CH340.*USB1 .CP210x",
        ),
    ],
)
def test_find_port(monkeypatch: pytest.MonkeyPatch, found: list[Port], outcome: str) -> None:
    monkeypatch.setattr(list_ports, "comports", lambda: found)
    if outcome.startswith("/dev"):
        assert ports.find_port() == outcome
    else:
        with pytest.raises(DeviceError, match=outcome):
            ports.find_port()
