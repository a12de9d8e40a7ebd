"""What an emulated board executed, instruction by instruction, from the plugin firmware/platform/plugins/trace.c."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tinyml.boards import Board
from tinyml.device import emulator
from tinyml.errors import DeviceError, ToolchainError
from tinyml.files import temporary_folder
from tinyml.paths import share_dir

RECORD = np.dtype("<u4")


@dataclass(frozen=True)
class Instruction:
    """One instruction of the program as it lies in memory."""

    address: int
    size: int  # bytes
    function: str  # the symbol before it; empty where the program has none
    words: str  # disassembly: "l32i a2, a3, 4"


@dataclass(frozen=True)
class Trace:
    """Executed instructions, in order, as runs of instructions that follow one another in memory.

    code: address -> instruction; runs: (address of the first, how many, how often repeated at once).
    """

    code: dict[int, Instruction]
    runs: list[tuple[int, int, int]]

    @property
    def instructions(self) -> int:
        """How many instructions were executed."""
        return sum(count * times for _, count, times in self.runs)

    def body(self, address: int, count: int) -> tuple[Instruction, ...]:
        """Return `count` instructions from `address` on."""
        found = []
        for _ in range(count):
            found.append(self.code[address])
            address += found[-1].size
        return tuple(found)

    def executed(self) -> Iterator[Instruction]:
        """Yield every executed instruction: slow, for short programs."""
        for address, count, times in self.runs:
            for _ in range(times):
                yield from self.body(address, count)


def read(prefix: Path) -> Trace:
    """Read PREFIX.code and PREFIX.runs as the plugin writes them."""
    code = {}
    for line in prefix.with_name(prefix.name + ".code").read_text(errors="replace").splitlines():
        address, size, function, words = line.split("\t")
        code[int(address, 16)] = Instruction(int(address, 16), int(size), function, " ".join(words.split()))
    runs = np.fromfile(prefix.with_name(prefix.name + ".runs"), RECORD).reshape(-1, 3)
    return Trace(code, [tuple(run) for run in runs.tolist()])


def build_plugin(folder: Path, name: str = "trace") -> Path:
    """Compile firmware/platform/plugins/`name`.c for this computer; raises ToolchainError with the compiler's words."""
    source = share_dir("firmware") / "platform" / "plugins" / f"{name}.c"
    plugin = folder / f"lib{name}.so"
    command = [
        "gcc",
        "-std=c11",
        "-O2",
        "-Wall",
        "-Werror",
        "-shared",
        "-fPIC",
        "-o",
        str(plugin),
        str(source),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise ToolchainError(
            "gcc, which compiles the emulator's plugin, is not installed", cure="install gcc"
        ) from error
    if done.returncode:
        raise ToolchainError(f"the emulator's plugin {source.name} does not compile:\n{done.stderr[-2000:]}")
    return plugin


def run(board: Board, program: Path, timeout_s: float = 900) -> tuple[str, Trace]:
    """Run `program` on the emulated `board` to its end; returns what it printed and what it executed.

    Raises DeviceError where the program ends with a status other than 0.
    """
    with temporary_folder("trace") as folder:
        prefix = folder / "trace"
        plugin = build_plugin(folder)
        command = emulator.command_line(board, program)
        done = subprocess.run(
            [*command, "-plugin", f"{plugin},out={prefix}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
        )
        printed = done.stdout.decode(errors="replace")
        if done.returncode:
            said = (printed + done.stderr.decode(errors="replace")).strip()[-500:]
            raise DeviceError(f"{program.name} on '{board.name}' ended with status {done.returncode}: {said}")
        return printed, read(prefix)
