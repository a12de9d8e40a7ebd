"""Presets as data: they all build, cost what is written of them, and `train` starts from them and suggests them."""

import dataclasses
import json
from pathlib import Path

import pytest
from support.annotated import make_pictures, voc

from tinyml.boards import load_board
from tinyml.errors import TinymlError
from tinyml.studio.board_answers import NETWORKS
from tinyml.vision import presets
from tinyml.vision.complexity import complexity
from tinyml.vision.presets import load_preset, load_presets
from tinyml.workflow.estimate import estimate_config
from tinyml.workflow.presets import best_for, preset_rows, suggestion
from tinyml.workflow.train import configure, train

NAMES = [preset.name for preset in load_presets()]
BOARD = load_board("esp32cam")


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_costs_what_is_written(name: str) -> None:
    preset = load_preset(name)
    config = dataclasses.replace(preset.config, classes=["apple", "banana", "orange"])
    counted = complexity(config)
    assert (counted.parameters, counted.macs) == (preset.measured["parameters"], preset.measured["macs"])
    assert config.epochs == preset.epochs and config.task == "detect"


def test_presets_go_from_the_fastest_up() -> None:
    macs = [preset.measured["macs"] for preset in load_presets()]
    assert macs == sorted(macs)
    assert macs[NAMES.index("balanced")] <= 2 * macs[NAMES.index("fast")]


def test_every_preset_fits_the_usual_board() -> None:
    rows = preset_rows(BOARD)
    assert [row["fits"] for row in rows] == [True] * len(NAMES)
    found = {row["name"]: row["f1"]["audited"]["mean"] for row in preset_rows(BOARD)}
    best = max(found, key=found.get)
    assert best_for(BOARD).name == best and f"--preset {best} found more" in suggestion(BOARD)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_costs_are_those_of_todays_compiler(name: str) -> None:
    config = dataclasses.replace(load_preset(name).config, classes=["apple", "banana", "orange"])
    known, today = load_preset(name).measured["chips"][BOARD.extends], estimate_config(config, BOARD)
    told = "run tools/measure_presets.py --costs"
    assert (known["ram_bytes"], known["flash_bytes"]) == (today.ram_bytes, today.constants_bytes), told
    assert known["fits"] == today.fits, told


def test_boards_with_a_chip_that_was_not_measured_are_told_so() -> None:
    unknown = load_board("cortex_m4_emulated")
    assert all(row["fits"] is None and row["ram_bytes"] is None for row in preset_rows(unknown))
    assert suggestion(unknown) == ""
    with pytest.raises(TinymlError, match="no preset is known to fit"):
        best_for(unknown)


def test_settings_come_before_a_presets(tmp_path: Path) -> None:
    config = configure("fruit", tmp_path, preset="accurate", size=96, task="detect")
    assert (config.size, config.context, config.epochs) == (96, [14], load_preset("accurate").epochs)
    assert configure("fruit", tmp_path, preset="fast", epochs=3, task="detect").epochs == 3
    assert configure("fruit", tmp_path, preset="auto", task="detect").size == best_for(BOARD).config.size


def test_a_preset_that_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(TinymlError, match="no preset called 'acurate'") as wrong:
        configure("fruit", tmp_path, preset="acurate", task="detect")
    assert "accurate" in str(wrong.value.cure)
    with pytest.raises(TinymlError, match="classify pictures"):
        configure("fruit", tmp_path, preset="accurate", task="classify")


def test_training_suggests_what_the_board_can_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voc(tmp_path / "mine", make_pictures())
    told: list[str] = []
    monkeypatch.setattr("tinyml.workflow.train.note", told.append)
    monkeypatch.setattr("tinyml.workflow.train.estimate_config", lambda config, board: "nothing")
    monkeypatch.setattr("tinyml.vision.run.train_run", lambda config, *others: others[-1](config))
    train(tmp_path / "mine", out=tmp_path / "one")
    train(tmp_path / "mine", out=tmp_path / "two", size=64)
    train(tmp_path / "mine", out=tmp_path / "three", preset="fast")
    suggestions = [line for line in told if not line.startswith("before training, nothing")]
    assert len(told) == 4 and suggestions == told[:1]
    assert told[0].startswith(f"--preset {best_for(BOARD).name} found more")


def test_nothing_measured_is_nothing_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "MEASURED", tmp_path / "none.json")
    assert all(preset.measured == {} for preset in load_presets())
    assert suggestion(BOARD) == "" and {row["macs"] for row in preset_rows(BOARD)} == {None}


def test_the_studios_networks_and_the_presets_tell_the_same() -> None:
    """Both are written by tools, tools/measure_networks.py and tools/measure_presets.py --costs: run both or none."""
    fast = load_preset("fast").measured
    rows = json.loads(NETWORKS.read_text())["networks"]
    (row,) = [row for row in rows if (row["width"], row["size"]) == (1.0, 96)]
    cost = fast["chips"]["esp32"]
    on_board = row["boards"][cost["board"]]
    assert (row["macs"], row["ram_bytes"], row["weights_bytes"], on_board["ok"], on_board["latency_us"]) == (
        fast["macs"],
        cost["ram_bytes"],
        cost["flash_bytes"],
        cost["fits"],
        cost["latency_us"][1],
    )
