"""The serial protocol from the PC's side: MLPerf Tiny's commands and our own, on a line that may be unreliable."""

import contextlib
import math
import re
import time
import zlib
from collections import deque
from dataclasses import dataclass

import serial

from tinyml.device.answers import Kind, LoadedInput, Output, read_answer
from tinyml.errors import DeviceError

BAUD = 115200
READY = "m-ready"
BYTES_PER_LINE = 31  # of one `db`: two digits a byte, and the command stays below the device's 80 characters
LINES_AHEAD = 8  # `db` lines under way at a time: their 528 characters fit every board's receive buffer
LINE_ATTEMPTS = 5
NUDGE_S = 5.0
LINE_LIMIT_BYTES = 1 << 16
ANSWER_LIMIT_BYTES = 16 << 20  # the longest answer is a camera's frame in base64
ANSWER_LIMIT_S = 300.0  # such a frame takes four minutes at 115,200 baud
TALK_LIMIT_S = 5.0  # of a board that is expected to have nothing more to say
REMEMBERED_LINES = 100  # of what a board prints before it answers
MAX_STAMP_DIGITS = 18
MAX_RESULTS = 1 << 16
SOCKET_BYTES = 1 << 16
POLL_S = 0.05
BOOT_S = 8.0  # a board that is reset when its port opens has greeted us by then
NOISE = re.compile(rb"[^\x20-\x7e]+")
FLASH = "flash the firmware: tinyml flash RUN --target BOARD"
WEAK_POWER = "give the board 5 V and 1 A on its 5V pin, through a short cable"
BOOT_MESSAGES = {  # what the ESP32's ROM and its start-up code print when there is nothing to talk to, and what it means
    "waiting for download": ("the board is in boot mode", "disconnect GPIO0 from GND and reset the board"),
    "Brownout detector was triggered": ("the board's power breaks down", WEAK_POWER),
    "invalid header: 0xffffffff": ("the board's flash is empty", FLASH),
    "csum err": ("the image in the board's flash is damaged", FLASH),
    "Guru Meditation Error": ("the firmware crashes", "flash it again: tinyml flash RUN --target BOARD"),
    "PSRAM ID read error": ("the board's PSRAM does not answer", "check that it is an ESP32-CAM with PSRAM"),
}


@dataclass(frozen=True)
class Inference:
    """What one `infer` returned: how many runs it timed, the time between its two stamps, the results."""

    runs: int
    elapsed_us: int
    results: tuple[float, ...]


class Device:
    """A board that speaks the protocol, at a pyserial URL: /dev/ttyUSB0, COM3, socket://host:port.

    Every wait ends: after `silence_s` without a byte from the device a DeviceError says what was asked and not answered.
    """

    def __init__(self, url: str, *, baud: int = BAUD, silence_s: float = 10.0) -> None:
        self.url = url
        self.silence_s = silence_s
        self._received = bytearray()
        self._is_socket = url.startswith("socket://")
        try:
            self._port = serial.serial_for_url(url, baudrate=baud, timeout=POLL_S, do_not_open=True)
            self._port.write_timeout = silence_s
            if not self._is_socket:
                self._port.dtr = self._port.rts = (
                    False  # on most boards these two lines are reset and boot mode
                )
            self._port.open()
        except (serial.SerialException, OSError, ValueError) as error:
            # pyserial wraps the system's words into its own; the last part of them is what happened
            reason = str(error).split("] ")[-1].split(": '")[0]
            raise DeviceError(
                f"{url} cannot be opened: {reason}", cure="check the cable and the port: tinyml doctor"
            ) from error

    def __enter__(self) -> "Device":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    # --- lines ---------------------------------------------------------------------------------------------------

    def _write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise DeviceError(
                f"{self.url} accepts no more bytes: {error}", cure="check cable and power, then try again"
            ) from error

    def _read(self) -> bytes:
        """Return what has come; waits a moment where nothing has."""
        first = self._port.read(1)
        if not first:
            return first
        if not self._is_socket:
            return first + self._port.read(self._port.in_waiting)
        self._port.timeout = 0  # of a socket, pyserial does not know how many bytes wait
        rest = self._port.read(SOCKET_BYTES)
        self._port.timeout = POLL_S
        return first + rest

    def read_line(self, silence_s: float) -> str | None:
        """Return the next line without its end and without bytes that are not text; None after `silence_s` of silence."""
        deadline = time.monotonic() + silence_s
        while b"\n" not in self._received:
            if time.monotonic() >= deadline:
                return None
            if len(self._received) > LINE_LIMIT_BYTES:
                raise DeviceError(
                    f"{self.url} sends bytes without a line's end: this is no tinyml firmware",
                    cure=f"check the baud rate, and {FLASH}",
                )
            try:
                got = self._read()
            except (serial.SerialException, OSError) as error:
                raise DeviceError(
                    f"{self.url} went away: {error}", cure="check cable and power, then try again"
                ) from error
            if got:
                self._received += got
                deadline = time.monotonic() + silence_s
        line, _, rest = bytes(self._received).partition(b"\n")
        self._received = bytearray(rest)
        return NOISE.sub(b"", line).decode("ascii")

    def _answer(self, command: str, silence_s: float, nudge_s: float | None = None) -> list[str]:
        """Read one command's lines up to its `m-ready`.

        After `nudge_s` without any line, a '%' is sent: the one that ended the command may be lost. Where it was not,
        the device answers an empty command, too, and that answer is dropped.
        """
        lines: list[str] = []
        received_bytes = 0
        deadline = time.monotonic() + max(ANSWER_LIMIT_S, 2 * silence_s)
        nudged = False
        while True:
            if received_bytes > ANSWER_LIMIT_BYTES or time.monotonic() > deadline:
                raise DeviceError(
                    f"{self.url} answers '{command}' without an end: {len(lines):,} lines, {received_bytes:,} bytes",
                    cure=f"reset the board; if that does not help, {FLASH}",
                )
            may_nudge = nudge_s is not None and not nudged and not lines
            line = self.read_line(min(nudge_s, silence_s) if may_nudge and nudge_s else silence_s)
            if line is None and may_nudge:
                self._write(b"%")
                nudged = True
            elif line is None:
                raise DeviceError(
                    f"{self.url} does not answer: '{command}' was followed by {silence_s:g} s of silence",
                    cure="reset the board, then see what `tinyml doctor` finds",
                )
            elif line.endswith(READY):  # noise may stand before it
                if nudged:
                    self._drain()
                return lines
            elif "m-init-done" in line:
                raise DeviceError(
                    f"the board was reset during '{command}'",
                    cure=f"the usual cause is a weak power supply: {WEAK_POWER}; `tinyml doctor` shows which it was",
                )
            elif line:
                lines.append(line)
                received_bytes += len(line)

    def command(self, command: str, *, silence_s: float | None = None) -> list[str]:
        """Send one command and return its lines before `m-ready`; raises DeviceError with the device's own `e-[...]`.

        A command that arrives damaged is refused as unknown and has changed nothing: it is sent once more.
        """
        for _ in range(2):
            self._write(f"{command}%".encode("ascii"))
            lines = self._answer(command, silence_s or self.silence_s, NUDGE_S)
            if not any(line.startswith("e-[Unknown command") for line in lines):
                break
        return self._checked(command, lines)

    @staticmethod
    def _checked(command: str, lines: list[str]) -> list[str]:
        for line in lines:
            if line.startswith("e-["):
                what, _, cure = line[3:].removesuffix("]").partition("; ")
                raise DeviceError(
                    f"the device refuses '{command}': {what}",
                    cure=cure or "check that tinyml and the firmware on the board are of the same version",
                )
        return lines

    # --- commands ------------------------------------------------------------------------------------------------

    def synchronize(self, wait_s: float = BOOT_S) -> str:
        """Wait until the device answers `name`, through boot noise and half a command left behind; return its name."""
        deadline = time.monotonic() + wait_s
        heard: deque[str] = deque(maxlen=REMEMBERED_LINES)
        while time.monotonic() < deadline:
            self._write(b"%name%")
            while (line := self.read_line(min(1.0, wait_s))) is not None and time.monotonic() < deadline:
                heard.append(line)
                if match := re.search(r"m-name-dut-\[(.*)\]$", line):
                    self._answer("name", self.silence_s)
                    self._drain()
                    return match[1]
        for sign, (what, cure) in BOOT_MESSAGES.items():
            if any(sign in line for line in heard):
                raise DeviceError(f"{self.url}: {what}", cure=cure)
        raise DeviceError(
            f"{self.url} does not speak the benchmark protocol: {len(heard)} lines in {wait_s:g} s, none of them a name",
            cure=f"{FLASH}, reset the board, try again"
            if heard
            else "check that the board has power, is not in boot mode (GPIO0 open) and that this is its port",
        )

    def _drain(self) -> None:
        """Drop the answers that are still to come, to commands that were sent in case one was lost."""
        deadline = time.monotonic() + TALK_LIMIT_S
        while self.read_line(0.1) is not None:
            if time.monotonic() > deadline:
                raise DeviceError(
                    f"{self.url} does not stop talking: this is no tinyml firmware",
                    cure=f"check that this is the board's port, and {FLASH}",
                )

    def ask(self, command: str, kind: type[Kind], *, silence_s: float | None = None) -> Kind:
        """Send a command of our own and return the object under its name, checked to be of `kind` (see answers.py)."""
        name = command.split()[0]
        for line in self.command(command, silence_s=silence_s):
            if line.startswith(f'{{"{name}":'):
                return read_answer(line, name, kind, command)
        raise DeviceError(
            f"the device does not know '{command}'", cure="flash the firmware of this version of tinyml"
        )

    def json(self, command: str, *, silence_s: float | None = None) -> dict[str, object]:
        """Send a command of our own and return the object under its name, whatever it holds."""
        return self.ask(command, dict[str, object], silence_s=silence_s)

    def load(self, data: bytes, name: str = "") -> None:
        """Load `data` as the model's input, or its input of this name; again, line by line, where the device's CRC says that bytes were lost."""
        lines = [
            f"db {data[start : start + BYTES_PER_LINE].hex()}"
            for start in range(0, len(data), BYTES_PER_LINE)
        ]
        wanted = LoadedInput(len(data), f"{zlib.crc32(data):08x}")
        problem = "its CRC-32 was wrong"
        for send in (self._send_ahead, self._send_with_care, self._send_with_care):
            try:
                self.command(f"db load {len(data)} {name}".strip())
                send(lines)
                if self.ask("input", LoadedInput) == wanted:
                    return
            except DeviceError as error:
                problem = error.what
                self.synchronize()
        raise DeviceError(
            f"an input of {len(data)} bytes did not arrive whole in three attempts; the last time: {problem}",
            cure="use a shorter cable, or another USB port",
        )

    def _send_ahead(self, lines: list[str]) -> None:
        """Send lines without waiting for the answer to each: fast, and lost where the line loses one byte."""
        for sent, line in enumerate(lines):
            self._write(f"{line}%".encode("ascii"))
            if sent >= LINES_AHEAD:
                self._checked("db", self._answer("db", self.silence_s))
        for _ in range(min(LINES_AHEAD, len(lines))):
            self._checked("db", self._answer("db", self.silence_s))

    def _send_with_care(self, lines: list[str]) -> None:
        """Wait for the answer to each line, and send it again where it was refused: a refused line changes nothing."""
        for line in lines:
            for _ in range(LINE_ATTEMPTS):
                self._write(f"{line}%".encode("ascii"))
                answer = self._answer("db", self.silence_s, NUDGE_S)
                if not any(one.startswith("e-[") for one in answer):
                    break
            else:
                self._checked("db", answer)

    def infer(self, runs: int, warmup_runs: int, *, silence_s: float | None = None) -> Inference:
        """Run the loaded input; `silence_s` must cover the runs, during which the device says nothing."""
        lines = self.command(f"infer {runs} {warmup_runs}", silence_s=silence_s)
        stamps = [
            int(line[9:]) for line in lines if re.fullmatch(rf"m-lap-us-\d{{1,{MAX_STAMP_DIGITS}}}", line)
        ]
        results = [line for line in lines if line.startswith("m-results-[")]
        if len(stamps) != 2 or not results:
            raise DeviceError(
                f"the answer to 'infer' lacks its time stamps or its results: {' '.join(lines)[:200]}",
                cure="try again; the line may have lost bytes",
            )
        if stamps[1] < stamps[0]:
            raise DeviceError(
                f"the clock of {self.url} runs backwards: from {stamps[0]} to {stamps[1]} us",
                cure="reset the board and try again",
            )
        return Inference(runs, stamps[1] - stamps[0], self._results(results[0]))

    @staticmethod
    def _results(line: str) -> tuple[float, ...]:
        """Return the values of a line `m-results-[0.953,0.047]`; raises DeviceError where one is not a number."""
        values: list[float] = []
        with contextlib.suppress(ValueError):
            values = [float(value) for value in line[11:].removesuffix("]").split(",", MAX_RESULTS)]
        if not values or not all(map(math.isfinite, values)):
            raise DeviceError(
                f"the results are no numbers: {line[:200]}", cure="try again; the line may have lost bytes"
            )
        return tuple(values)

    def output(self, name: str = "") -> bytes:
        """Return the model's output of the last inference, or of several that of this name, byte for byte."""
        return bytes.fromhex(self.ask(f"output {name}".strip(), Output).bytes)
