#!/usr/bin/env python3
"""Measure what compiled models take: flash for code and constants, and RAM, beside the size of the .tflite file.

    tools/measure_flash.py model_int8.tflite ...                       plain C for a Cortex-M4, -Os
    tools/measure_flash.py --board esp32cam model_int8.tflite ...      as that board's export compiles it

`generated` is the C that tinyml writes, `constants` the part of it that is weights and tables; `with kernels` adds the
kernels that it calls, with their fallbacks. RAM is what the compiler plans, input and output included. With --limit
the exit status is 1 where a model's generated C or its RAM is larger, without it where the generated C is not below the file's size plus 8 KB.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tinyml.boards import load_board  # noqa: E402
from tinyml.compiler.pipeline import compile_model  # noqa: E402
from tinyml.errors import TinymlError, ToolchainError  # noqa: E402

KERNELS = ROOT / "firmware" / "lib" / "tinyml_kernels"
PLATFORM = ROOT / "firmware" / "platform"
LLVM = Path("/usr/lib/llvm-22/bin")
FREESTANDING = ["-I", str(PLATFORM / "support" / "freestanding" / "include")]
HEADROOM_BYTES = 8 << 10


@dataclass(frozen=True)
class Toolchain:
    """A compiler for one kind of core and the binutils beside it."""

    title: str
    compile: list[str]
    prefix: str

    @property
    def missing(self) -> str:
        """The first program that is not installed, or nothing."""
        programs = [self.compile[0], f"{self.prefix}size", f"{self.prefix}ld"]
        programs += [str(LLVM / "llc")] if "--llvm" in self.compile else []
        return next((program for program in programs if shutil.which(program) is None), "")


CORTEX_M4 = Toolchain(
    "Cortex-M4, -Os",
    ["arm-none-eabi-gcc", "-std=c99", "-Os", "-mcpu=cortex-m4", "-mthumb", *FREESTANDING],
    "arm-none-eabi-",
)
LX6 = Toolchain(
    "ESP32 (LX6), -O2",
    [
        sys.executable,
        str(PLATFORM / "builder" / "lx6cc.py"),
        "--llvm",
        str(LLVM),
        "-std=c11",
        "-O2",
        *FREESTANDING,
    ],
    "xtensa-lx106-elf-",
)
HOST = Toolchain("this computer, -Os", ["gcc", "-std=c99", "-Os"], "")
TOOLCHAINS = {"lx6": LX6, "cortex_m4": CORTEX_M4, "portable": CORTEX_M4}  # by a board's kernels


@dataclass(frozen=True)
class Footprint:
    """Bytes of one compiled model."""

    generated: int
    constants: int
    with_kernels: int
    ram: int


def flash_bytes(prefix: str, path: Path) -> int:
    """Return the bytes of code, constants and initialized data of an object file."""
    printed = subprocess.run([f"{prefix}size", path], check=True, capture_output=True, text=True).stdout
    text, data = printed.splitlines()[1].split()[:2]
    return int(text) + int(data)


def measure(model: Path, toolchain: Toolchain, kernels: str, workers: int) -> Footprint:
    """Compile a model for a variant of the kernels, row by row, and return what it takes."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        plan = compile_model(model, folder, kernels=kernels, workers=workers, input_mode="rows")
        sources = [folder / "model.c"]
        sources += [
            path for name in ("reference", kernels) for path in sorted(KERNELS.glob(f"src/{name}/*.[cS]"))
        ]
        include = ["-I", str(KERNELS / "include"), f"-DTM_KERNELS=TM_{kernels.upper()}"]
        objects = [folder / f"{source.stem}.o" for source in sources]
        for source, target in zip(sources, objects, strict=True):
            subprocess.run([*toolchain.compile, *include, "-c", source, "-o", target], check=True)
        archive, whole = folder / "kernels.a", folder / "whole.o"
        subprocess.run([f"{toolchain.prefix}ar", "rcs", archive, *objects[1:]], check=True)
        subprocess.run(
            [f"{toolchain.prefix}ld", "-r", "-z", "noexecstack", objects[0], archive, "-o", whole], check=True
        )
        return Footprint(
            flash_bytes(toolchain.prefix, objects[0]),
            plan["weights_bytes"],
            flash_bytes(toolchain.prefix, whole),
            plan["ram_bytes"],
        )


def chosen(board_name: str | None) -> tuple[Toolchain, str, int]:
    """Return toolchain, kernels and workers for a board; raises ToolchainError where the compiler is not installed."""
    if board_name is None:
        return (HOST if CORTEX_M4.missing else CORTEX_M4), "portable", 1
    settings = load_board(board_name).compiler
    toolchain = TOOLCHAINS[settings["kernels"]]
    if toolchain.missing:
        raise ToolchainError(f"{toolchain.missing} is not installed", cure="tools/install_debian.sh")
    return toolchain, settings["kernels"], settings["workers"]


def main() -> int:
    """Print one line for each model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", type=Path, help="int8 .tflite files")
    parser.add_argument("--board", help="compile as for this board, with its kernels and workers")
    parser.add_argument("--limit", type=int, metavar="BYTES", help="of the generated C, and of RAM")
    options = parser.parse_args()
    try:
        toolchain, kernels, workers = chosen(options.board)
    except TinymlError as error:
        parser.error(f"{error.what}; {error.cure}")
    columns = (".tflite", "generated", "constants", "with kernels", "RAM")
    print(f"{toolchain.title}, {kernels} kernels".ljust(42) + "".join(f"{name:>14}" for name in columns))
    missed = 0
    for model in options.models:
        took, file_bytes = measure(model, toolchain, kernels, workers), model.stat().st_size
        if options.limit:
            missed += max(took.generated, took.ram) > options.limit
        else:
            missed += took.generated >= file_bytes + HEADROOM_BYTES
        figures = (file_bytes, took.generated, took.constants, took.with_kernels, took.ram)
        print(f"{model.name:42}" + "".join(f"{figure:14,}" for figure in figures))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
