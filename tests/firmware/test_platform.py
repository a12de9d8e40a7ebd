"""The local PlatformIO platform: its boards, its start-up and runtime code, its messages."""

import configparser
import contextlib
import ctypes
import importlib.util
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.emulated import BOARDS, PRELUDE, need, run

from tinyml.boards import load_board
from tinyml.device import emulator
from tinyml.errors import DeviceError

ROOT = Path(__file__).parents[2]
PLATFORM = ROOT / "firmware" / "platform"
SELFTEST = PLATFORM / "selftest"


def pio(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run PlatformIO on the self-test project, its core and its builds in `folder`."""
    core = folder / "core"
    subprocess.run([sys.executable, str(PLATFORM / "prepare_core.py"), str(core)], check=True)
    return subprocess.run(
        [sys.executable, "-m", "platformio", *arguments, "-d", str(SELFTEST)],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PLATFORMIO_CORE_DIR": str(core),
            "PLATFORMIO_BUILD_DIR": str(folder / "build"),
            **variables,
        },
    )


@pytest.mark.parametrize("board", BOARDS)
def test_selftest(tmp_path: Path, board: str) -> None:
    need(board)
    result = pio("test", "-e", board, folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    expected = 10 if board == "esp32_emulated" else 7  # three kinds of windows more
    assert f"{expected} succeeded" in result.stdout


@contextlib.contextmanager
def uploaded(folder: Path, board: str) -> Iterator[str]:
    """Build a program that answers each letter with the next one, upload it, give its serial line's URL, stop it."""
    need(board)
    (folder / "src").mkdir()
    (folder / "src" / "main.c").write_text(
        PRELUDE
        + 'int main(void) { say("first words\\n"); for (;;) { int c = hal_getc_wait(); hal_putc(c + 1); } }'
    )
    port = emulator.free_port()
    url = f"socket://127.0.0.1:{port}"
    (folder / "platformio.ini").write_text(
        f"[platformio]\ncore_dir = {folder / 'core'}\n[env:emulated]\nplatform = symlink://{PLATFORM}\n"
        f"board = {board}\ncustom_uart_port = {port}\nmonitor_port = {url}\n"
    )
    subprocess.run([sys.executable, str(PLATFORM / "prepare_core.py"), str(folder / "core")], check=True)
    command = [sys.executable, "-m", "platformio", "run", "-d", str(folder), "-t"]
    started = subprocess.run([*command, "upload"], capture_output=True, text=True)
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        assert url in started.stdout
        yield url
    finally:
        stopped = subprocess.run([*command, "stop"], capture_output=True, text=True)
    assert "stopped" in stopped.stdout


def test_upload_waits_for_the_serial_line_and_stop_ends_it(tmp_path: Path) -> None:
    with uploaded(tmp_path, "rv32imc_emulated") as url:
        import serial

        with serial.serial_for_url(url, timeout=20) as line:
            assert line.readline() == b"first words\n"
            line.write(b"HAL")
            assert line.read(3) == b"IBM"


@pytest.mark.parametrize("board", ["esp32_emulated", "cortex_m4_emulated"])
def test_device_monitor_shows_and_sends(tmp_path: Path, board: str) -> None:
    """PlatformIO's own terminal, on a pseudo-terminal: it wants one to type on."""
    with uploaded(tmp_path, board):
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "platformio", "device", "monitor", "-d", str(tmp_path)]
        monitor = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        try:
            shown = read_until(ours, b"first words")
            os.write(ours, b"HAL")
            shown += read_until(ours, b"IBM")
            os.write(ours, b"\x03")  # Ctrl+C leaves it
            assert monitor.wait(timeout=20) == 0, shown.decode()
        finally:
            monitor.kill()
            monitor.wait()
            os.close(ours)


def read_until(terminal: int, words: bytes, wait_s: float = 30) -> bytes:
    """Return what a terminal shows, up to `words`."""
    shown, deadline = b"", time.monotonic() + wait_s
    while words not in shown:
        left = deadline - time.monotonic()
        assert left > 0 and select.select([terminal], [], [], left)[0], shown.decode()
        shown += os.read(terminal, 4096)
    return shown


def test_the_firmware_is_monitored_where_upload_puts_it() -> None:
    project = configparser.ConfigParser(inline_comment_prefixes=";")
    project.read(ROOT / "firmware" / "platformio.ini")
    assert project["emulated"]["monitor_port"] == f"socket://127.0.0.1:{emulator.DEFAULT_PORT}"
    for board in BOARDS:
        assert project[f"env:{board}"]["extends"] == "emulated"


def test_a_missing_toolchain_is_named(tmp_path: Path) -> None:
    need("esp32_emulated")
    result = pio("run", "-e", "esp32_emulated", folder=tmp_path, TINYML_LLVM="/nowhere")
    assert result.returncode != 0
    assert "/nowhere/llc" in result.stderr
    assert "install clang-22 llvm-22" in result.stderr


@pytest.mark.parametrize("board", BOARDS[1:])
def test_instructions_are_counted_exactly(tmp_path: Path, board: str) -> None:
    body = '__asm__ volatile("nop");' * 1000
    source = f"""{PRELUDE}
static __attribute__((noinline)) void nothing(void) {{ __asm__ volatile(""); }}
static __attribute__((noinline)) void thousand(void) {{ {body} }}
static uint32_t ticks_of(void (*code)(void)) {{
  uint64_t begin = hal_ticks();
  code();
  return (uint32_t)(hal_ticks() - begin);
}}
int main(void) {{
  for (int i = 0; i < 3; i++) {{ say_number(ticks_of(thousand)); say_number(ticks_of(nothing)); }}
  say_number(hal_tick_hz);
  return 0;
}}
"""
    *ticks, tick_hz = map(int, run(tmp_path, board, {"main.c": source}).split())
    counts = [emulator.instructions(tick, tick_hz) for tick in ticks]
    # The clock ticks between instructions, so that a difference of two readings may be one instruction off.
    assert all(abs(thousand - nothing - 1000) <= 1 for thousand, nothing in zip(counts[::2], counts[1::2]))


def test_a_fault_ends_the_program(tmp_path: Path) -> None:
    need("esp32_emulated")
    source = PRELUDE + "int main(void) { return *(volatile int *)0xF0000001u; }"
    with pytest.raises(DeviceError, match="ended with status"):
        run(tmp_path, "esp32_emulated", {"main.c": source})


def test_every_emulated_board_has_its_files() -> None:
    for board in BOARDS:
        settings = json.loads((PLATFORM / "boards" / f"{board}.json").read_text())
        assert load_board(board).environment == board
        assert all((PLATFORM / "support" / folder).is_dir() for folder in settings["build"]["support"])


def test_literals_come_before_their_function() -> None:
    spec = importlib.util.spec_from_file_location("lx6cc", PLATFORM / "builder" / "lx6cc.py")
    assert spec is not None and spec.loader is not None
    lx6cc = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lx6cc)
    placed = lx6cc.place_literals(
        "\t.literal_position\n\t.literal .L1, 77\n\t.section\t.text.f\nf:\n\tl32r a2, .L1"
    )
    assert placed.split() == [
        ".section",
        ".text.f",
        ".p2align",
        "2",
        ".L1:",
        ".long",
        "77",
        "f:",
        "l32r",
        "a2,",
        ".L1",
    ]
    with pytest.raises(ValueError, match="no text section"):
        lx6cc.place_literals("\t.literal .L1, 77\n")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The LX6's runtime routines, built for this computer under other names."""
    need("host")
    library = tmp_path_factory.mktemp("runtime") / "runtime.so"
    support = PLATFORM / "support"
    sources = [support / "lx6" / "runtime.c", support / "freestanding" / "string.c"]
    flags = ["-O1", "-fno-builtin", "-fno-tree-loop-distribute-patterns", "-shared", "-fPIC"]
    subprocess.run(
        ["gcc", *flags, "-DRUNTIME(name)=our_##name", *map(str, sources), "-o", str(library)], check=True
    )
    return ctypes.CDLL(str(library))


def wide_numbers(random: np.random.Generator, count: int) -> list[int]:
    """Return uint64 of all magnitudes, and the corners."""
    corners = [0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1]
    return corners + [
        int(random.integers(0, 2**64, dtype=np.uint64)) >> int(random.integers(0, 64)) for _ in range(count)
    ]


def signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def test_wide_integers_equal_the_hosts(runtime: ctypes.CDLL) -> None:
    random = np.random.default_rng(0)
    numbers = wide_numbers(random, 150)
    unsigned, mask = ctypes.c_uint64, 2**64 - 1

    def call(name: str, *arguments: int) -> int:
        function = getattr(runtime, f"our_{name}")
        function.restype = unsigned
        return int(function(*(unsigned(argument & mask) for argument in arguments)))

    for a in numbers:
        for b in numbers[::3]:
            assert call("__muldi3", a, b) == a * b & mask
            if b:
                assert call("__udivdi3", a, b) == a // b
                assert call("__umoddi3", a, b) == a % b
                quotient = (
                    abs(signed(a)) // abs(signed(b)) * (1 if (signed(a) < 0) == (signed(b) < 0) else -1)
                )
                assert call("__divdi3", a, b) == quotient & mask
                assert call("__moddi3", a, b) == (signed(a) - quotient * signed(b)) & mask
        for count in range(64):
            assert call("__ashldi3", a, count) == a << count & mask
            assert call("__lshrdi3", a, count) == a >> count
            assert call("__ashrdi3", a, count) == signed(a) >> count & mask


def test_float_division_equals_the_hosts_to_the_bit(runtime: ctypes.CDLL) -> None:
    divide = runtime.our___divsf3
    divide.restype, divide.argtypes = ctypes.c_float, [ctypes.c_float, ctypes.c_float]
    random = np.random.default_rng(1)
    corners = np.array([0, 1, 0x7FFFFF, 0x800000, 0x3F800000, 0x7F7FFFFF, 0x7F800000, 0x7FC00000], np.uint32)
    bits = np.concatenate([corners, corners | 0x80000000, random.integers(0, 2**32, 400, dtype=np.uint64)])
    values = bits.astype(np.uint32).view(np.float32)
    close = (random.integers(0x3F000000, 0x40000000, 400)).astype(np.uint32).view(np.float32)
    tiny = (random.integers(1, 0x1000000, 400)).astype(np.uint32).view(np.float32)
    with np.errstate(all="ignore"):
        for left, right in [
            (values, values),
            (close, close),
            (tiny, close),
            (tiny, tiny * np.float32(2**20)),
        ]:
            for a in left[::4]:
                wanted = a / right
                found = np.array([divide(float(a), float(b)) for b in right], np.float32)
                same = (wanted.view(np.uint32) == found.view(np.uint32)) | (
                    np.isnan(wanted) & np.isnan(found)
                )
                assert same.all(), (a, right[~same])


def test_memory_routines_equal_the_hosts(runtime: ctypes.CDLL) -> None:
    random = np.random.default_rng(2)
    for _ in range(400):
        ours = random.integers(0, 256, 96, dtype=np.uint8)
        theirs = ours.copy()
        to, start, count = (int(random.integers(0, 48)) for _ in range(3))
        address = ours.ctypes.data
        runtime.our_memmove(
            ctypes.c_void_p(address + to), ctypes.c_void_p(address + start), ctypes.c_size_t(count)
        )
        theirs[to : to + count] = theirs[start : start + count].copy()
        np.testing.assert_array_equal(ours, theirs)
        runtime.our_memset(ctypes.c_void_p(address + to), 300, ctypes.c_size_t(count))
        theirs[to : to + count] = 300 & 255
        np.testing.assert_array_equal(ours, theirs)
        source = random.integers(0, 3, 64, dtype=np.uint8)
        runtime.our_memcpy(
            ctypes.c_void_p(address), ctypes.c_void_p(source.ctypes.data + start % 16), ctypes.c_size_t(count)
        )
        theirs[:count] = source[start % 16 : start % 16 + count]
        np.testing.assert_array_equal(ours, theirs)
        left, right = bytes(source[:count]), bytes(source[1 : count + 1])
        sign = runtime.our_memcmp(left, right, ctypes.c_size_t(count))
        assert (sign > 0) - (sign < 0) == (left > right) - (left < right)
    runtime.our_strlen.restype = ctypes.c_size_t
    assert runtime.our_strlen(b"seven..") == 7
    assert runtime.our_strcmp(b"same", b"same") == 0
    assert runtime.our_strcmp(b"\xff", b"a") > 0
    assert runtime.our_strncmp(b"abcx", b"abcy", ctypes.c_size_t(3)) == 0
