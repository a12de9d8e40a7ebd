"""Every board's file is checked here, and the budget that is made from it."""

import json
from pathlib import Path

import pytest

from tinyml import boards
from tinyml.boards import Board, Region, board_names, load_board
from tinyml.boards.budget import budget, planned_bytes
from tinyml.errors import TinymlError

SMALL = Board(
    name="small",
    title="Small",
    chip="none",
    clock_hz=1,
    regions=(
        Region("ram", 100, "data", ("arena", "frame")),
        Region("flash", 1000, "code", ("code", "constants")),
    ),
    base_bytes={"ram": 10},
)


@pytest.mark.parametrize("name", board_names())
def test_a_board_names_a_region_for_everything_that_a_firmware_needs(name: str) -> None:
    board = load_board(name)
    for what in ("arena", "frame", "code", "constants", "heap_request"):
        assert board.region_for(what) in board.regions
    names = [region.name for region in board.regions]
    assert len(names) == len(set(names))
    assert board.compiler["kernels"] in ("portable", "lx6", "cortex_m4")
    assert board.compiler["workers"] in (1, 2)
    for region in board.regions:
        assert region.purpose
        assert board.base_bytes.get(region.name, 0) < region.limit_bytes
        assert all(start < end for start, end in region.addresses)
    json.dumps(board.as_dict())


def test_the_emulated_esp32_has_no_more_memory_than_the_real_one() -> None:
    real, emulated = load_board("esp32cam"), load_board("esp32_emulated")
    for region in emulated.regions:
        limits = [other.limit_bytes for other in real.regions if other.name == region.name]
        assert limits and region.limit_bytes <= limits[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("clock_hz = 240_000_000", ""), "clock_hz"),
        (("clock_hz = 240_000_000", "clock_hz = 0"), "clock_hz must be positive"),
        (("limit_bytes = 131_072", "limit_bytes = -1"), "'iram' needs a positive limit_bytes"),
        (("iram = 65_536", "uram = 65_536"), "base_bytes names unknown regions: uram"),
        (("chip =", "chipp ="), "chipp"),
        (("title =", "title = ="), "not valid TOML"),
    ],
)
def test_a_wrong_board_file_says_what_is_wrong(
    change: tuple[str, str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'title = "Mine"\n{(boards.CHIPS / "esp32.toml").read_text()}'
    assert change[0] in text
    (tmp_path / "mine.toml").write_text(text.replace(*change, 1))
    monkeypatch.setattr(boards, "FOLDER", tmp_path)
    board_names.cache_clear()
    try:
        with pytest.raises(TinymlError, match=says):
            load_board("mine")
    finally:
        monkeypatch.undo()
        board_names.cache_clear()


def test_an_unknown_board_lists_those_that_are_there() -> None:
    with pytest.raises(TinymlError) as failure:
        load_board("esp99")
    assert "esp32cam" in failure.value.cure


def test_budget_has_a_row_a_region_and_fails_with_one() -> None:
    fits = budget(SMALL, {"ram": 100}, "plan")
    assert fits["ok"] and fits["source"] == "plan"
    assert fits["regions"][0] == {"region": "ram", "used_bytes": 100, "limit_bytes": 100, "ok": True}
    assert fits["regions"][1]["used_bytes"] == 0
    over = budget(SMALL, {"ram": 101, "flash": 1}, "elf")
    assert not over["ok"] and [row["ok"] for row in over["regions"]] == [False, True]


def test_planned_bytes_add_up_per_region() -> None:
    used = planned_bytes(SMALL, arena_bytes=20, constants_bytes=400)
    assert used == {"ram": 30, "flash": 400}
