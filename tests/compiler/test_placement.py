"""Constants in RAM: what is read most often goes there, within each place's bytes, and inference stays the same."""

import functools
import subprocess
from pathlib import Path

import numpy as np
import pytest
from support.emulated import PRELUDE, need
from support.seed_network import seed_network

from tinyml.boards import load_board
from tinyml.compiler.frontend.reader import parse_model
from tinyml.compiler.ops.base import COPIED
from tinyml.compiler.pipeline import Compiled, compile_model, schedule_graph
from tinyml.compiler.planning.memory import aligned
from tinyml.compiler.planning.placement import FLASH, Memory, Place, Placed, bytes_by_place, place_constants
from tinyml.device import emulator
from tinyml.device.elf import read_footprint
from tinyml.device.memory import memory_of
from tinyml.device.trace import build_plugin

STATE_BYTES = 48  # of the state struct: a plan counts it beside the arena, so copies must leave it, too
ROOMY = (Place("iram", 20_000, words_only=True), Place("dram", 6_000), Place(COPIED, 60_000))


@functools.cache
def scheduled() -> Compiled:
    """Return the seed network's schedule, which no placement changes."""
    return schedule_graph(parse_model(seed_network(0.35, 48)), kernels="lx6")


def placed(memory: Memory) -> tuple[list[Placed], int]:
    """Return where the seed network's constants lie, and its arena's bytes."""
    compiled = scheduled()
    return place_constants(
        compiled.layers, compiled.streams, compiled.schedule, memory, STATE_BYTES
    ), compiled.schedule.arena_bytes


def test_without_ram_all_is_fetched_once_a_row() -> None:
    rows, _ = placed(Memory())
    assert {row.place for row in rows} == {FLASH}
    assert all(row.fetched_bytes == row.reads * row.constant.bytes for row in rows)
    assert max(row.reads for row in rows) == 24, "output rows of the first layers"


def test_what_fits_in_the_cache_is_fetched_once() -> None:
    rows, _ = placed(Memory(cache_bytes=1 << 20))
    assert all(row.fetched_bytes == row.constant.bytes for row in rows)


def test_bytes_that_kernels_load_as_words_are_aligned(tmp_path: Path) -> None:
    """A linker sets byte arrays one right behind another: after three bytes of padding the next would lie askew."""
    model = tmp_path / "seed.tflite"
    model.write_bytes(seed_network(0.35, 48))
    memory = Memory(places=(Place("dram", 6_000),))
    compile_model(model, tmp_path, kernels="lx6", input_mode="rows", memory=memory)
    lines = (tmp_path / "model.c").read_text().splitlines()
    pads = [line for line in lines if line.startswith("static const int8_t") and "_pad[" in line]
    assert any("_pad[3]" in line for line in pads) and any("TM_IN_DRAM" in line for line in pads)
    assert not [line for line in pads if "TM_ALIGNED_4" not in line]


@pytest.mark.parametrize("seed", range(20))
def test_every_place_keeps_its_limit_and_its_rules(seed: int) -> None:
    random = np.random.default_rng(seed)
    print(f"seed {seed}")
    limits = {name: int(random.integers(0, 60_000)) for name in ("iram", "dram", COPIED)}
    memory = Memory(places=tuple(Place(name, limit, name == "iram") for name, limit in limits.items()))
    rows, arena_bytes = placed(memory)
    taken = bytes_by_place(rows)
    for name, limit in limits.items():
        assert taken.get(name, 0) <= max(
            0, limit - (aligned(arena_bytes + STATE_BYTES) if name == COPIED else 0)
        )
    for row in rows:
        if row.place == "iram":
            assert row.constant.ctype == "int32_t" and row.constant.name.startswith(row.layer)
        assert row.fetched_bytes == (0 if row.place != FLASH else row.reads * row.constant.bytes)


def test_what_is_read_most_often_goes_first() -> None:
    rows, _ = placed(Memory(places=(Place("dram", 8_000),)))
    least = min(row.reads for row in rows if row.place == "dram")
    left = 8_000 - bytes_by_place(rows)["dram"]
    for row in rows:
        assert row.place == "dram" or row.reads <= least or aligned(row.constant.bytes) > left


@pytest.mark.parametrize(("width", "limit"), [(0.35, 0), (1.0, 65_536)])
def test_the_seed_network_on_the_esp32cam(tmp_path: Path, width: float, limit: int) -> None:
    """What one inference fetches from flash, with both cores' needs and the picture beside the arena."""
    (tmp_path / "model.tflite").write_bytes(seed_network(width))
    board = load_board("esp32cam")
    options = {"kernels": "lx6", "workers": 2, "input_mode": "rows"}
    memory = memory_of(board, 96 * 96 * 3)
    plan = compile_model(tmp_path / "model.tflite", tmp_path, memory=memory, **options)  # type: ignore[arg-type]
    assert sum(row["fetched_bytes"] for row in plan["constants"]) <= limit
    less = memory_of(board, 96 * 96 * 3, reserve_heap_bytes=30_000)
    reserved = compile_model(tmp_path / "model.tflite", tmp_path, memory=less, **options)  # type: ignore[arg-type]
    assert (
        reserved["constants_bytes"].get("dram", 0) <= max(0, plan["constants_bytes"]["dram"] - 30_000) + 8_600
    )


def test_no_placement_where_flash_is_no_flash() -> None:
    assert memory_of(load_board("host"), 0) is None
    assert memory_of(load_board("cortex_m4_emulated"), 0) is None
    twin, real = memory_of(load_board("esp32_emulated"), 100), memory_of(load_board("esp32cam"), 100)
    assert twin == real


PROGRAM = (
    '#include "model.h"\n'
    + PRELUDE
    + """
static int8_t arena[MODEL_ARENA_BYTES] __attribute__((aligned(16)));
#if MODEL_COPIED_BYTES > 0
static int8_t copies[MODEL_COPIED_BYTES] __attribute__((aligned(16)));
#endif
static model m;

int main(void) {
#if MODEL_COPIED_BYTES > 0
  model_copy_constants(copies);
#endif
  if (model_init(&m, arena, sizeof arena) != TM_OK) return 1;
  uint32_t state = 1;
  for (int i = 0; i < MODEL_INPUT_BYTES; i++) {
    state = state * 1664525u + 1013904223u;
    model_input(&m)[i] = (int8_t)(state >> 24);
  }
  if (model_run(&m) != TM_DONE) return 2;
  say_number(crc32(model_output(&m), MODEL_OUTPUT_BYTES));
  return 0;
}
"""
)


def build(folder: Path, memory: Memory | None) -> tuple[Path, dict]:
    """Build the seed network for the emulated ESP32; returns the program and its plan."""
    folder.mkdir()
    (folder / "model.tflite").write_bytes(seed_network(0.35, 48))
    plan = compile_model(folder / "model.tflite", folder / "generated", kernels="lx6", memory=memory)
    files: dict[str, str | Path] = {name: folder / "generated" / name for name in ("model.c", "model.h")}
    return emulator.build(folder, load_board("esp32_emulated"), {"main.c": PROGRAM, **files}, "lx6"), plan


def watch(folder: Path, program: Path) -> tuple[str, int, list[str]]:
    """Run a program; returns what it printed, the word loads from instruction RAM, and its other accesses there."""
    board = load_board("esp32_emulated")
    region = board.region_for("fast_words")
    begin, end = region.addresses[0]
    plugin, report = build_plugin(folder, "words"), folder / "words.txt"
    command = [
        *emulator.command_line(board, program),
        "-plugin",
        f"{plugin},out={report},begin={begin},end={end}",
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    words, others = (line.split()[1:] for line in report.read_text().splitlines())
    return done.stdout, int(words[0]), others


def test_instruction_ram_is_read_as_words_only(tmp_path: Path) -> None:
    """The same output with constants everywhere; nothing but aligned 32-bit loads touches instruction RAM."""
    need("esp32_emulated")
    plain, _ = build(tmp_path / "flash", None)
    spread, plan = build(tmp_path / "spread", Memory(places=ROOMY))
    assert {"iram", "dram", COPIED} <= plan["constants_bytes"].keys()
    wanted, words_before, _ = watch(tmp_path / "flash", plain)
    found, words, others = watch(tmp_path / "spread", spread)
    assert found == wanted
    assert words > words_before + plan["constants_bytes"]["iram"], "records are read there, row after row"
    assert others[0] == "0", f"the instruction at {others[1]} accesses {others[2]}"
    before, after = (read_footprint(elf, load_board("esp32_emulated")).used_bytes for elf in (plain, spread))
    for region in ("iram", "dram"):
        assert after[region] - before[region] >= plan["constants_bytes"][region]


def test_the_watch_sees_a_byte_load(tmp_path: Path) -> None:
    """The check can fail: a program that reads a byte of instruction RAM is caught."""
    need("esp32_emulated")
    source = '#include "hal.h"\nint main(void) { hal_exit(*(volatile uint8_t *)0x40080001 == 1 ? 0 : 0); }'
    program = emulator.build(tmp_path / "byte", load_board("esp32_emulated"), {"main.c": source})
    _, _, others = watch(tmp_path, program)
    assert int(others[0]) == 1 and others[2] == "40080001"
