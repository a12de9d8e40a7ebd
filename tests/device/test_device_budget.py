"""The budget of a linked firmware, on ELF files made here: numbers as `size` and the linker's map have them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tinyml.boards import Board, Region, load_board
from tinyml.device.budget import bars, blame, elf_budget
from tinyml.device.elf import read_footprint
from tinyml.errors import ToolchainError

SOURCE = """
#include <stdint.h>
__attribute__((section(".iram0.text"))) int fast(int x) { return x * 3; }
int slow(int x) { return x + (int)(sizeof(int) * 5); }
const uint8_t weights[WEIGHTS] = {1};
uint8_t state[4] = {1, 2, 3, 4};
uint8_t arena[ARENA];
__attribute__((section(".ext_ram.bss,\\"aw\\",%nobits@"))) uint8_t frame[FRAME];
__attribute__((used)) const uint32_t tinyml_heap_request_bytes = HEAP;
int _start(void) { return fast(weights[1]) + slow(arena[2]) + state[1] + frame[0] + (int)tinyml_heap_request_bytes; }
"""
SCRIPT = """
MEMORY {
  iram : ORIGIN = 0x40080000, LENGTH = 128K
  text : ORIGIN = 0x400D0000, LENGTH = 3M
  data : ORIGIN = 0x3F400000, LENGTH = 4M
  dram : ORIGIN = 0x3FFBDB5C, LENGTH = 300K
  psram : ORIGIN = 0x3F800000, LENGTH = 8M
}
ENTRY(_start)
SECTIONS {
  .iram0.text : { *(.iram0.text) } > iram
  .flash.text : { *(.text*) } > text
  .flash.rodata : { *(.rodata*) *(.ARM.*) } > data
  .dram0.data : { *(.data*) } > dram
  .dram0.bss (NOLOAD) : { *(.bss*) } > dram
  .ext_ram.bss (NOLOAD) : { *(.ext_ram.bss*) } > psram
  .comment 0 : { *(.comment) }
}
"""
ROOM = {"WEIGHTS": 1000, "ARENA": 2000, "FRAME": 3000, "HEAP": 500}


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory):
    """Give a function that links the program above with some of its sizes changed."""
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("no arm-none-eabi-gcc")

    def make(**sizes: int) -> Path:
        folder = tmp_path_factory.mktemp("elf")
        (folder / "main.c").write_text(SOURCE)
        (folder / "link.ld").write_text(SCRIPT)
        subprocess.run(
            [
                compiler,
                "-mcpu=cortex-m4",
                "-mthumb",
                "-O1",
                "-ffreestanding",
                "-nostdlib",
                "-mlong-calls",
                "-T",
                "link.ld",
                "-Wl,-Map=firmware.map",
                "-Wl,--build-id=none",
                *(f"-D{name}={value}" for name, value in (ROOM | sizes).items()),
                "main.c",
                "-o",
                "firmware.elf",
            ],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        return folder / "firmware.elf"

    return make


@pytest.fixture(scope="module")
def board() -> Board:
    return load_board("esp32cam")


def used(report: dict) -> dict[str, int]:
    return {row["region"]: row["used_bytes"] for row in report["regions"]}


def size_of_sections(elf: Path) -> dict[str, int]:
    listing = subprocess.run(
        ["arm-none-eabi-size", "-A", "-d", str(elf)], check=True, capture_output=True, text=True
    ).stdout
    return {name: int(size) for name, size in re.findall(r"^(\.\S+)\s+(\d+)\s+\d+$", listing, re.MULTILINE)}


def test_fits_and_equals_size_and_map(link, board: Board) -> None:
    elf = link()
    report = elf_budget(elf, board)
    assert report["ok"] and report["source"] == "elf" and blame(report, board) is None
    sections = size_of_sections(elf)
    expected = {
        "iram": sections[".iram0.text"],
        "dram": sections[".dram0.data"] + sections[".dram0.bss"],
        "heap_block": ROOM["HEAP"],
        "psram": sections[".ext_ram.bss"],
        "flash": sum(
            sections[name] for name in (".iram0.text", ".flash.text", ".flash.rodata", ".dram0.data")
        ),
    }
    assert used(report) == expected
    mapped = dict(
        re.findall(
            r"^(\.[\w.]+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)", (elf.parent / "firmware.map").read_text(), re.M
        )
    )
    assert used(report)["iram"] == int(mapped[".iram0.text"], 16)
    assert used(report)["dram"] == int(mapped[".dram0.data"], 16) + int(mapped[".dram0.bss"], 16)
    assert used(report)["psram"] == int(mapped[".ext_ram.bss"], 16)
    assert not report["unplaced"]


def test_largest_symbols(link, board: Board) -> None:
    symbols = elf_budget(link(), board)["symbols"]
    assert [(symbol["name"], symbol["size_bytes"], symbol["region"]) for symbol in symbols[:3]] == [
        ("frame", 3000, "psram"),
        ("arena", 2000, "dram"),
        ("weights", 1000, "flash"),
    ]
    assert len(symbols) <= 10


@pytest.mark.parametrize(
    ("region", "sizes", "culprit", "cure"),
    [
        ("dram", {"ARENA": 200_000}, "arena with 200,000", "--width"),
        ("flash", {"WEIGHTS": 3_200_000}, "weights with 3,200,000", "--width"),
        ("psram", {"FRAME": 5_000_000}, "frame with 5,000,000", "camera frame"),
        ("heap_block", {"HEAP": 150_000}, "heap_block by 39,420 bytes", "--ram LIMIT"),
    ],
)
def test_each_region_over(link, board: Board, region: str, sizes: dict, culprit: str, cure: str) -> None:
    report = elf_budget(link(**sizes), board)
    assert not report["ok"]
    assert [row["region"] for row in report["regions"] if not row["ok"]] == [region]
    what, advice = blame(report, board)
    assert region in what and culprit in what and cure in advice
    assert sum("OVER" in line for line in bars(report)) == 1


def test_iram_over(link, board: Board) -> None:
    """The chip's own limit is too large for a small program: the same board with less IRAM."""
    from dataclasses import replace

    tight = replace(
        board,
        regions=tuple(
            replace(region, limit_bytes=4) if region.name == "iram" else region for region in board.regions
        ),
    )
    what, advice = blame(elf_budget(link(), tight), tight)
    assert what.startswith("iram by ") and "fast with" in what and "IRAM" in advice


def test_a_section_is_placed_by_name_or_by_address(link, board: Board) -> None:
    """Without a section's name the address decides; what lies nowhere is told, not dropped."""
    from dataclasses import replace

    elf = link()
    by_address = replace(board, regions=tuple(replace(one, sections=()) for one in board.regions))
    found = read_footprint(elf, by_address).used_bytes
    sections = size_of_sections(elf)
    assert found["dram"] == sections[".dram0.data"] + sections[".dram0.bss"]
    assert found["flash"] == sections[".flash.text"] + sections[".flash.rodata"]
    nowhere = replace(board, regions=(Region("dram", 1000, "test", sections=(".dram0.data",)),))
    unplaced = {section.name for section in read_footprint(elf, nowhere).unplaced}
    assert unplaced == set(sections) - {".dram0.data", ".comment", ".ARM.attributes"}


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"\x7fELF" + bytes(100), b"no ELF at all" * 20])
def test_damaged_files_are_named(tmp_path: Path, board: Board, content: bytes) -> None:
    path = tmp_path / "firmware.elf"
    path.write_bytes(content)
    with pytest.raises(ToolchainError, match=r"firmware\.elf"):
        read_footprint(path, board)
    with pytest.raises(ToolchainError, match="does not exist"):
        read_footprint(tmp_path / "absent.elf", board)
