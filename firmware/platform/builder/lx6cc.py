"""A compiler driver for ESP32 (LX6, windowed ABI) objects out of Debian's LLVM 22.

clang's driver knows no esp32 CPU, llc does: clang writes LLVM IR, `llc -mcpu=esp32` assembly, llvm-mc the object.
Between the last two, this script places the literal pools: L32R reaches only backwards, and LLVM 22 loses track of
them when it writes an object itself, so each pool goes right before the function that follows it.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

TARGET = "xtensa"
# The real chip has MULUH/MULSH; no core that QEMU emulates has.
CPU = ["-mcpu=esp32", "-mattr=-mul32high"]
SOURCES = (".c", ".cpp", ".S")
GCC_ONLY = ("-mlongcalls", "-mfix-esp32-psram-cache")  # flags of Espressif's GCC that change nothing here


def place_literals(assembly: str) -> str:
    """Turn each `.literal label, value` into a word at the start of the text section that follows it."""
    lines: list[str] = []
    pool: list[str] = []
    for line in assembly.splitlines():
        words = line.strip()
        if words.startswith(".literal_position"):
            continue
        if literal := re.match(r"\.literal\s+(\S+),\s*(.+)$", words):
            pool.append(f"{literal[1]}:\n\t.long\t{literal[2]}")
            continue
        lines.append(line)
        if pool and re.match(r"\.text\b|\.section\s+\"?\.(text|iram1)", words):
            lines += ["\t.p2align\t2", *pool]
            pool = []
    if pool:
        raise ValueError(f"{len(pool)} literals stand before no text section")
    return "\n".join(lines) + "\n"


def run(tools: Path, tool: str, *arguments: str, text: str = "") -> str:
    """Run one LLVM tool on `text`, returning its output; its messages go to standard error."""
    done = subprocess.run([str(tools / tool), *arguments], input=text, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"lx6cc: {tool} failed on {' '.join(arguments[-3:])}")
    return done.stdout


def main(arguments: list[str]) -> None:
    """Compile or assemble one source as `cc -c` would."""
    parser = argparse.ArgumentParser(prefix_chars="-", allow_abbrev=False)
    parser.add_argument("--llvm", type=Path, required=True, help="folder of clang, llc and llvm-mc")
    parser.add_argument("-c", action="store_true")
    parser.add_argument("-o", dest="target", type=Path)
    known, flags = parser.parse_known_args(arguments)
    (name,) = (flag for flag in flags if not flag.startswith("-") and Path(flag).suffix in SOURCES)
    source = Path(name)
    flags = [flag for flag in flags if flag != name and not flag.startswith(GCC_ONLY)]

    if source.suffix != ".S":
        level = next((flag for flag in reversed(flags) if re.fullmatch(r"-O[0-3]", flag)), "-O2")
        ir = run(
            known.llvm, "clang", f"--target={TARGET}", *flags, "-ffreestanding", "-nostdlibinc", "-fno-builtin",
            "-S", "-emit-llvm", "-o", "-", str(source),
        )  # fmt: skip
        assembly = place_literals(
            run(known.llvm, "llc", f"-mtriple={TARGET}", *CPU, level, "-function-sections", "-data-sections", "-o", "-", "-", text=ir)
        )  # fmt: skip
    else:
        assembly = run(
            known.llvm, "clang", f"--target={TARGET}", *flags, "-E", "-P", "-x", "assembler-with-cpp", str(source)
        )  # fmt: skip
    run(known.llvm, "llvm-mc", f"-triple={TARGET}", "-mcpu=esp32", "-filetype=obj", "-o", str(known.target), "-", text=assembly)  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
