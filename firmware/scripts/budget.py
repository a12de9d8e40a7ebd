"""After linking: prints what the firmware takes of each memory region of its board, writes budget.json into the build
folder, and stops the build where a region is over."""

import sys
from pathlib import Path

from tinyml.boards import load_board
from tinyml.device.budget import bars, blame, elf_budget
from tinyml.device.build import OVER_BUDGET
from tinyml.errors import TinymlError
from tinyml.files import write_json

Import("env")  # noqa: F821

SYMBOLS_SHOWN = 10


def check(target: list, source: list, env: object) -> int:
    """Check the program that was just linked."""
    elf = Path(str(target[0]))
    try:
        board = load_board(env.GetProjectOption("custom_board", env["PIOENV"]))
        report = elf_budget(elf, board)
        write_json(elf.parent / "budget.json", report, inputs={"elf": elf})
    except TinymlError as error:
        sys.stderr.write(f"Error: {error.what}\n  {error.cure}\n")
        return 1
    print("\n".join(bars(report)))
    print("largest symbols:")
    for symbol in report["symbols"][:SYMBOLS_SHOWN]:
        print(f"  {symbol['size_bytes']:>9,} B  {symbol['region']:<10} {symbol['name']}")
    if over := blame(report, board):
        sys.stderr.write(f"{OVER_BUDGET}{over[0]} | {over[1]}\n")
        elf.unlink()  # a build that failed leaves nothing to flash
        return 1
    return 0


env.NoCache(env.File(env.subst("$PROGPATH")))  # noqa: F821  a program out of a cache would not be checked
env.AddPostAction("$PROGPATH", env.VerboseAction(check, "Checking the memory budget"))  # noqa: F821
