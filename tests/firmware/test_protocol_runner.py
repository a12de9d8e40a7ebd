"""A benchmark runner that shares nothing with tinyml: written from docs/protocol.md alone, over TCP and over a tty.

It opens the port, closes it and opens it again at once, loads 31 bytes a `db` and waits for each answer, finds how many
inferences fill a window, and takes the median of five.
"""

import contextlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.firmware_project import build, copy_project
from support.serial_lines import busy_computer, on_a_terminal
from support.tiny_firmware import FIRMWARE, TINY, compile_tiny

from tinyml.boards import load_board
from tinyml.device import emulator
from tinyml.device.benchmark import measure_latency
from tinyml.device.client import Device

WINDOWS = 5
HOST_HAL = FIRMWARE / "platform" / "support" / "host" / "hal.c"


class Port:
    """A serial port as a file descriptor: bytes out, lines in, an error after `patience_s` without a line."""

    def __init__(self, descriptor: int, patience_s: float = 30) -> None:
        self.descriptor = descriptor
        self.patience_s = patience_s
        self.pending = b""
        os.set_blocking(descriptor, False)

    def line(self) -> str:
        deadline = time.monotonic() + self.patience_s
        while b"\r\n" not in self.pending:
            assert time.monotonic() < deadline, f"no line within {self.patience_s} s; so far {self.pending!r}"
            try:
                self.pending += os.read(self.descriptor, 4096)
            except BlockingIOError:
                time.sleep(0.0005)
        line, _, self.pending = self.pending.partition(b"\r\n")
        return line.decode("ascii")

    def ask(self, command: str) -> list[str]:
        os.write(self.descriptor, command.encode("ascii") + b"%")
        lines = []
        while (line := self.line()) != "m-ready":
            lines.append(line)
        return lines


def score(port: Port, input_bytes: bytes, window_s: float) -> list[float]:
    """Return inferences a second of each window, as the benchmark's rules want it done."""
    assert re.fullmatch(r"m-name-dut-\[.+\]", port.ask("name")[0])
    profile, model = port.ask("profile")
    assert profile == "m-profile-[ULPMark for tinyML Firmware V0.0.1]"
    assert re.fullmatch(r"m-model-\[.+\]", model)
    assert port.ask(f"db load {len(input_bytes)}") == [f"m-[Expecting {len(input_bytes)} bytes]"]
    for start in range(0, len(input_bytes), 31):
        chunk = input_bytes[start : start + 31]
        last = start + 31 >= len(input_bytes)
        assert port.ask(f"db {chunk.hex()}") == (["m-load-done"] if last else [])
    runs = 1
    while window(port, runs)[0] < window_s:
        runs = 2 * runs if runs < 1000 else runs + runs // 4
    rates = []
    results = set()
    for _ in range(WINDOWS):
        elapsed_s, result = window(port, runs)
        rates.append(runs / elapsed_s)
        results.add(result)
    assert len(results) == 1, "the same input gave different results"
    return rates


def window(port: Port, runs: int) -> tuple[float, str]:
    lines = port.ask(f"infer {runs} 1")
    assert lines[:3] == ["m-warmup-start-1", "m-warmup-done", f"m-infer-start-{runs}"]
    begin, end = (int(re.fullmatch(r"m-lap-us-(\d+)", line)[1]) for line in lines[3:5])
    assert lines[5] == "m-infer-done"
    values = re.fullmatch(r"m-results-\[(.+)\]", lines[6])[1]
    assert all(re.fullmatch(r"\d\.\d{3}", value) for value in values.split(","))
    assert len(lines) == 7
    return (end - begin) / 1e6, values


def classify(port: Port, pictures: list[bytes]) -> list[str]:
    """Return the results for each picture, as the accuracy mode asks for them."""
    port.ask("name")
    answers = []
    for picture in pictures:
        assert port.ask(f"db load {len(picture)}") == [f"m-[Expecting {len(picture)} bytes]"]
        for start in range(0, len(picture), 31):
            last = start + 31 >= len(picture)
            assert port.ask(f"db {picture[start : start + 31].hex()}") == (["m-load-done"] if last else [])
        answers.append(window(port, 1)[1])
    return answers


@pytest.fixture(scope="module")
def host_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model on the host board's own serial line and clock."""
    return compile_tiny(
        tmp_path_factory.mktemp("host"), sources=[FIRMWARE / "src" / "plain" / "main.c", HOST_HAL]
    )


@contextlib.contextmanager
def on_tcp(program: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen([str(program)], env={"TINYML_UART_PORT": str(port)}) as process:
        try:
            yield port
        finally:
            process.kill()


def connect(port: int) -> socket.socket:
    deadline = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_five_windows_over_tcp(host_program: Path) -> None:
    with on_tcp(host_program) as number:
        connect(number).close()  # opened, closed, and opened again at once
        with connect(number) as line:
            port = Port(line.fileno(), 10)
            port.ask(
                "name"
            )  # whatever was printed at boot has gone with the first connection, or comes before
            rates = score(port, bytes(range(48)), 0.05)
            assert len(rates) == WINDOWS and statistics.median(rates) > 0


def test_five_windows_over_a_tty(host_program: Path) -> None:
    """The same on a terminal device, opened by name, as a USB bridge is."""
    with on_a_terminal([str(host_program)]) as path:
        os.close(os.open(path, os.O_RDWR | os.O_NOCTTY))
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
        rates = score_after_greeting(Port(descriptor, 10))
        assert len(rates) == WINDOWS
        os.close(descriptor)
        with Device(path) as device:  # and tinyml's own client, through pyserial
            assert device.synchronize() == "tinyml"
            device.load(bytes(48))
            report = measure_latency(device, windows=3, window_s=0.02)
            assert len(report["latency_us"]["windows"]) == 3
            assert report["latency_us"]["median"] <= report["latency_us"]["p95"]


@pytest.mark.parametrize(("rounds", "count"), [(1, 30), pytest.param(10, 200, marks=pytest.mark.slow)])
def test_accuracy_over_a_tty_on_the_emulated_esp32(
    host_program: Path, tmp_path_factory: pytest.TempPathFactory, rounds: int, count: int
) -> None:
    """Pictures beside two busy loops, the terminal opened, closed and opened again: what the host answers."""
    project = copy_project(tmp_path_factory.mktemp("esp32"))
    board = load_board("esp32_emulated")
    generated = project / "generated" / board.environment
    generated.mkdir(parents=True)
    for file in ("model.h", "model.c", "application.c"):
        shutil.copy(TINY / file, generated)
    program = build("esp32_emulated", project)
    random = np.random.default_rng(5)
    pictures = [random.integers(0, 256, 48, np.uint8).tobytes() for _ in range(count)]
    with on_tcp(host_program) as number, connect(number) as line:
        port = Port(line.fileno())
        assert [port.line() for _ in range(4)][3] == "m-ready"
        wanted = classify(port, pictures)
    assert len(set(wanted)) > 10
    with busy_computer():
        for _ in range(rounds):
            with on_a_terminal(emulator.command_line(board, program)) as path:
                os.close(os.open(path, os.O_RDWR | os.O_NOCTTY))
                descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
                port = Port(descriptor)
                assert [port.line() for _ in range(4)][3] == "m-ready"
                assert classify(port, pictures) == wanted
                os.close(descriptor)


def score_after_greeting(port: Port) -> list[float]:
    greeting = [port.line() for _ in range(4)]
    assert greeting[0] == "m-timestamp-mode-performance" and greeting[2:] == ["m-init-done", "m-ready"]
    return score(port, bytes(range(48)), 0.05)


def test_a_client_that_leaves_in_the_middle(host_program: Path) -> None:
    """Half a command, a load that is not done and an answer nobody reads: the next client finds a device that works."""
    with on_tcp(host_program) as number:
        for left_behind in (b"db load 48%db 0011", b"infer 100000 0%", b"help%help%hel", b"stream on%"):
            line = connect(number)
            line.sendall(left_behind)
            line.close()
            with Device(f"socket://127.0.0.1:{number}") as device:
                assert device.synchronize() == "tinyml"
                device.command("stream off")
                device.load(bytes(range(48)))
                assert len(device.infer(1, 0).results) == 2
