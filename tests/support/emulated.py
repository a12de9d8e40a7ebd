"""Build small C programs with the local PlatformIO platform and run them on its boards."""

import shutil
from pathlib import Path

import pytest

from tinyml.boards import load_board
from tinyml.device import emulator

BOARDS = ["host", "esp32_emulated", "cortex_m4_emulated", "rv32imc_emulated"]
NEEDED = {
    "host": ["gcc"],
    "esp32_emulated": [
        "/usr/lib/llvm-22/bin/clang",
        "/usr/lib/llvm-22/bin/llc",
        "xtensa-lx106-elf-ld",
        "qemu-system-xtensa",
    ],
    "cortex_m4_emulated": ["arm-none-eabi-gcc", "qemu-system-arm"],
    "rv32imc_emulated": ["riscv64-unknown-elf-gcc", "qemu-system-riscv32"],
}
PATIENCE_S = 1500  # with a program; a test has its own limit
PRELUDE = """
#include "hal.h"
#include <string.h>
static inline void say(const char *text) { hal_write(text, strlen(text)); }
static inline void say_number(uint32_t value) {
  char digits[12];
  int first = 11;
  digits[11] = ' ';
  do { digits[--first] = (char)('0' + value % 10); value /= 10; } while (value);
  hal_write(digits + first, (size_t)(12 - first));
}
static inline uint32_t crc32(const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  uint32_t crc = 0xFFFFFFFFu;
  while (count-- > 0) {
    crc ^= *next++;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
  }
  return ~crc;
}
"""


def need(board: str) -> None:
    """Skip the test, naming what is missing, where `board` cannot be built or run here."""
    if missing := [tool for tool in NEEDED[board] if shutil.which(tool) is None]:
        pytest.skip(f"{board} needs {', '.join(missing)}: run tools/install_debian.sh")


def run(folder: Path, board: str, sources: dict[str, str | Path], kernels: str | None = None) -> str:
    """Build and run `sources` on `board`; returns what they print."""
    need(board)
    program = emulator.build(folder, load_board(board), sources, kernels)
    return emulator.run(load_board(board), program, timeout_s=PATIENCE_S)
