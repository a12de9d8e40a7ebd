"""The serial lines of the emulated boards: every byte, on a terminal beside a busy computer, and over TCP."""

import contextlib
import os
import select
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.emulated import PRELUDE, need
from support.serial_lines import busy_computer, on_a_terminal

from tinyml.boards import load_board
from tinyml.device import emulator

BOARDS = ["esp32_emulated", "cortex_m4_emulated", "rv32imc_emulated"]
LINE_BYTES = 31  # what the benchmark's runner sends at a time
# Gives back each line when it is whole, as the firmware answers commands.
ECHO = (
    PRELUDE
    + """
int main(void) {
  static char line[256];
  size_t used = 0;
  for (int byte; (byte = hal_getc_wait()) != HAL_NONE;) {
    line[used++ % sizeof line] = (char)byte;
    if (byte == '\\n') { hal_write(line, used); used = 0; }
  }
  return 7;
}
"""
)


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """Give the program that echoes lines on a board, built once for each."""
    programs: dict[str, Path] = {}

    def built(name: str) -> Path:
        need(name)
        if name not in programs:
            folder = tmp_path_factory.mktemp(name)
            programs[name] = emulator.build(folder, load_board(name), {"main.c": ECHO})
        return programs[name]

    return built


@contextlib.contextmanager
def terminal(name: str, program: Path) -> Iterator[int]:
    """Run a program with its serial line on a terminal; gives a descriptor of it.

    For boards whose programs read and write there themselves: QEMU's own serial devices make CR LF of LF on terminals.
    """
    with on_a_terminal(emulator.command_line(load_board(name), program)) as path:
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
        yield descriptor
        os.close(descriptor)


@contextlib.contextmanager
def on_tcp(name: str, program: Path) -> Iterator[int]:
    """Run a program as tinyml does; gives the descriptor of a connection to its serial line."""
    with emulator.Emulator(load_board(name), program) as board:
        yield board.line.fileno()


LINES = [("esp32_emulated", terminal), *((name, on_tcp) for name in BOARDS)]


def exchange(descriptor: int, lines: int, at_once: int) -> int:
    """Send numbered lines, `at_once` before their echo is waited for; returns how many came back damaged."""
    damaged, received = 0, b""
    for first in range(0, lines, at_once):
        sent = b"".join(
            b"%0*d\n" % (LINE_BYTES - 1, number) for number in range(first, min(first + at_once, lines))
        )
        os.write(descriptor, sent)
        while len(received) < len(sent):
            assert select.select([descriptor], [], [], 60)[0], (
                f"{first} lines came; of the next {received[-80:]!r}"
            )
            received += os.read(descriptor, 65536)
        answers, received = received[: len(sent)], received[len(sent) :]
        damaged += sum(a != b for a, b in zip(answers.split(b"\n"), sent.split(b"\n"), strict=False))
    return damaged


@pytest.mark.parametrize(("name", "connected"), LINES)
def test_no_line_is_damaged_beside_a_busy_computer(echo, name: str, connected) -> None:
    with connected(name, echo(name)) as line, busy_computer():
        assert exchange(line, 50, 1) == 0
        assert exchange(line, 150, 50) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("name", "connected"), LINES)
def test_no_line_of_very_many_is_damaged(echo, name: str, connected) -> None:
    lines = (
        50_000 if name == "esp32_emulated" else 5_000
    )  # emulated serial devices take a millisecond a line and more
    with connected(name, echo(name)) as line, busy_computer():
        assert exchange(line, lines, 1) == 0
        assert exchange(line, lines, 50) == 0


@pytest.mark.parametrize("name", BOARDS)
def test_clients_come_and_go(echo, name: str) -> None:
    """The first one starts the program, the second finds the same one; what was on the way does not stop it."""
    with emulator.Emulator(load_board(name), echo(name)) as board:
        board.send(b"half a li")
        board.send(b"ne\n")
        assert board.read_line() == "half a line"
        board.line.close()
        with socket.create_connection(("127.0.0.1", board.port), timeout=60) as second:
            second.sendall(b"again\n")
            assert second.makefile().readline() == "again\n"
        assert board.process.poll() is None


def test_the_end_of_the_line_is_seen(echo) -> None:
    """On standard input's end the program goes on by itself, and its status is the emulator's."""
    command = emulator.command_line(load_board("esp32_emulated"), echo("esp32_emulated"))
    done = subprocess.run(command, input=b"last words\n", capture_output=True, timeout=60)
    assert (done.stdout, done.returncode) == (b"last words\n", 7)


@pytest.mark.parametrize("name", BOARDS)
def test_stopping_leaves_nothing_behind(echo, name: str) -> None:
    board = emulator.Emulator(load_board(name), echo(name))
    board.send(b"one\n")
    assert board.read_line() == "one"
    board.stop()
    deadline = time.monotonic() + 10
    while emulator._listens(board.port):  # the process between the program and its clients
        assert time.monotonic() < deadline
        time.sleep(0.02)
