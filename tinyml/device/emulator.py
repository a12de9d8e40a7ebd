"""Emulated boards: build for them, start and stop them, talk to their serial line, count their instructions."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tinyml import processes
from tinyml.boards import Board
from tinyml.device import tcp_line
from tinyml.device.project import shared_objects
from tinyml.errors import DeviceError, ToolchainError
from tinyml.paths import share_dir

DEFAULT_PORT = 5555
# One instruction takes 2^7 ns of the emulated clock: slow enough for every board's counter to tell instructions apart.
ICOUNT_SHIFT = 7
START_LIMIT_S = 60.0  # of a busy computer; one that ends at once is told at once


def instructions(ticks: int, tick_hz: int) -> int:
    """Return the exact number of instructions executed during `ticks` of an emulated board's clock."""
    return round(ticks * 1_000_000_000 / (tick_hz << ICOUNT_SHIFT))


def command_line(board: Board, program: Path) -> list[str]:
    """Return the command that runs `program` (an ELF) on `board`, its serial line on standard input and output.

    Raises ToolchainError where the emulator is not installed.
    """
    emulator = board.emulator.get("command")
    if not emulator:
        return [str(program)]
    if shutil.which(emulator[0]) is None:
        raise ToolchainError(
            f"{emulator[0]}, which runs board '{board.name}', is not installed",
            cure="run tools/install_debian.sh, or install qemu-system-misc and qemu-system-arm",
        )
    quiet = ["-display", "none", "-monitor", "none", "-serial", board.emulator["serial"]]
    return [*emulator, *quiet, "-icount", f"shift={ICOUNT_SHIFT}", "-kernel", str(program)]


def free_port() -> int:
    """Return a TCP port of the loopback interface that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(
    board: Board,
    program: Path,
    port: int,
    log: Path | None = None,
    detach: bool = False,
    camera: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `program` on `board` with its serial line on TCP `port` of the loopback interface.

    The program waits for the first connection, so nothing that it prints is lost. `log` takes the emulator's own
    messages; with `detach` it outlives this process. camera: the folder of pictures of the host's camera. Raises
    DeviceError where it ends at once or never listens. The host's own programs listen themselves, on the port that they
    find in their environment.
    """
    if not program.is_file():
        raise DeviceError(f"{program} does not exist", cure=f"build it: pio run -e {board.environment}")
    deadline = time.monotonic() + START_LIMIT_S
    while (
        _listens(port) and time.monotonic() < deadline
    ):  # one that was stopped a moment ago may still let go of it
        time.sleep(0.02)
    command = command_line(board, program)
    if board.emulator:
        command = [sys.executable, "-I", tcp_line.__file__, str(port), *command]
    with log.open("wb") if log else contextlib.nullcontext(subprocess.DEVNULL) as messages:
        options: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": messages,
            "stderr": messages,
            "env": {
                **os.environ,
                "TINYML_UART_PORT": str(port),
                **({"TINYML_CAMERA": str(camera)} if camera else {}),
            },
        }
        process = (
            subprocess.Popen(command, start_new_session=True, **options)
            if detach
            else processes.Guarded(command, **options)
        )
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            said = log.read_text(errors="replace").strip() if log else ""
            raise DeviceError(
                f"the emulator of '{board.name}' did not start: {said or f'exit status {process.returncode}'}",
                cure=f"is another one using port {port}?",
            )
        time.sleep(0.02)
    return process


def _listens(port: int) -> bool:
    """Say whether something listens on `port`, without connecting: the first connection is the serial line."""
    table = Path("/proc/net/tcp")
    if not table.is_file():  # not Linux: whoever listens there keeps others from it
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return True
        return False
    wanted = f"{port:04X}"
    for line in table.read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[1].endswith(f":{wanted}"):
            return True
    return False


class Emulator:
    """A program running on an emulated board, and its serial line; use it in a `with` statement."""

    def __init__(self, board: Board, program: Path, log: Path | None = None) -> None:
        self.board = board
        self.port = free_port()
        self.process = start(board, program, self.port, log)
        self.line = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self._received = b""

    def __enter__(self) -> "Emulator":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the emulator; does nothing where it has ended by itself."""
        self.line.close()
        self.process.kill()
        self.process.wait()

    def send(self, data: bytes) -> None:
        """Send bytes to the board."""
        self.line.sendall(data)

    def read_line(self, timeout_s: float = 60) -> str:
        """Return the next line that the board prints, without its end; raises DeviceError where none comes in time."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._received:
            self.line.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self.line.recv(65536)
            except TimeoutError as error:
                raise DeviceError(
                    f"'{self.board.name}' printed no line within {timeout_s:g} s",
                    cure="see the emulator's log",
                ) from error
            if not data:
                raise DeviceError(f"'{self.board.name}' ended; last words: {self._received!r}")
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        return line.decode(errors="replace").rstrip("\r")

    def lines(self, timeout_s: float = 60) -> Iterator[str]:
        """Yield what the board prints, line by line, until the program ends."""
        while True:
            try:
                yield self.read_line(timeout_s)
            except DeviceError:
                if self.process.poll() is None and not self._ended():
                    raise
                return

    def _ended(self) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=5)
        return self.process.poll() is not None

    def wait(self, timeout_s: float = 60) -> int:
        """Wait for the program to end and return its status; raises DeviceError where it does not."""
        try:
            return self.process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            raise DeviceError(f"'{self.board.name}' did not end within {timeout_s:g} s") from error


def run(board: Board, program: Path, timeout_s: float = 300) -> str:
    """Run `program` on `board` to its end and return what it printed; raises DeviceError where its status is not 0."""
    try:
        done = processes.run(command_line(board, program), timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise DeviceError(f"{program.name} on '{board.name}' did not end within {timeout_s:g} s") from error
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        raise DeviceError(
            f"{program.name} on '{board.name}' ended with status {done.returncode}: "
            f"{(text + done.stderr.decode(errors='replace')).strip()[-500:]}"
        )
    return text


def build(folder: Path, board: Board, sources: dict[str, str | Path], kernels: str | None = None) -> Path:
    """Compile `sources` (file name -> text, or a file to copy) and the kernels for `board`; returns the program.

    `folder` takes the PlatformIO project; building there again compiles only what changed. `kernels` overrides the
    board's choice. Raises ToolchainError with the compiler's words.
    """
    firmware = share_dir("firmware").resolve()
    source_folder = folder / "src"
    source_folder.mkdir(parents=True, exist_ok=True)
    for name, source in sources.items():
        text = source.read_text() if isinstance(source, Path) else source
        target = source_folder / name
        if not target.is_file() or target.read_text() != text:
            target.write_text(text)
    choice = f"custom_kernels = {kernels}\n" if kernels else ""
    (folder / "platformio.ini").write_text(
        f"[platformio]\ncore_dir = {folder / 'core'}\n[env:{board.name}]\nplatform = symlink://{firmware / 'platform'}\n"
        f"board = {board.name}\nlib_extra_dirs = {firmware / 'lib'}\n"
        f"extra_scripts = pre:{firmware / 'scripts' / 'shared_objects.py'}\n{choice}"
    )
    prepare = [sys.executable, str(firmware / "platform" / "prepare_core.py"), str(folder / "core")]
    subprocess.run(prepare, check=True)
    command = [sys.executable, "-m", "platformio", "run", "-d", str(folder), "-e", board.name]
    done = processes.run(command, text=True, env={**os.environ, "TINYML_OBJECTS": str(shared_objects())})
    if done.returncode:
        raise ToolchainError(
            f"the build for '{board.name}' failed:\n{done.stdout[-1000:]}{done.stderr[-3000:]}"
        )
    program = "firmware.elf" if board.emulator else "program"
    return folder / ".pio" / "build" / board.name / program


def stop_detached(pid_file: Path, program: Path) -> bool:
    """Stop the emulator that `pid_file` names if it still runs `program`; says whether it did."""
    try:
        pid = int(pid_file.read_text())
        ours = str(program).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        pid_file.unlink()
        if ours:
            os.kill(pid, signal.SIGTERM)
        return ours
    except (OSError, ValueError):
        return False
