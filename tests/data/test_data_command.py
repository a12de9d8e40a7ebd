"""`tinyml data` as a person or a script meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def no_data_of_this_computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TINYML_DATA", raising=False)
    monkeypatch.setenv("TINYML_CACHE", str(tmp_path / "cache"))


def tinyml_data(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tinyml.cli", "data", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_list_says_what_is_here_and_how_to_get_the_rest() -> None:
    result = tinyml_data("list", "--json")
    assert result.returncode == 0, result.stderr
    rows = {row["name"]: row for row in json.loads(result.stdout)["datasets"]}
    assert rows["fruit"]["pictures"] == 300 and rows["cifar10"]["pictures"] == 60_000
    assert rows["fruit"]["embedded_default"] and rows["cifar10"]["path"] is None
    assert all(row["source"] and row["licence"] for row in rows.values())


def test_render_then_show_with_a_sheet(tmp_path: Path) -> None:
    folder, sheet = tmp_path / "drawn", tmp_path / "sheet.jpg"
    assert tinyml_data("render", "fruit", "--count", 10, "--size", 48, "--out", folder).returncode == 0
    assert len(list(folder.glob("*/*.jpg"))) == len(list(folder.glob("*/*.xml"))) == 10
    result = tinyml_data("show", "fruit", "--data", folder, "--sheet", sheet, "--count", 4, "--json")
    assert result.returncode == 0, result.stderr
    data = json.loads(result.stdout)
    assert sum(data["counts"]["train pictures"].values()) == 8
    assert "6 pictures of apple in train, expected 75" not in data["not_as_expected"]
    assert "2 pictures of apple in train, expected 75" in data["not_as_expected"]
    assert Image.open(sheet).size[0] > 500


def test_render_replaces_its_own_pictures_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    result = tinyml_data("render", "fruit", "--count", 2, "--size", 32, "--out", tmp_path / "mine")
    assert result.returncode == 1 and "other files" in result.stderr
    assert (tmp_path / "mine" / "thesis.txt").exists()
    for _ in range(2):
        assert (
            tinyml_data("render", "fruit", "--count", 2, "--size", 32, "--out", tmp_path / "new").returncode
            == 0
        )


def test_a_bad_picture_is_named_then_skipped_and_counted(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for number in range(2):
            path = tmp_path / "own" / split / "leaf" / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8), "green").save(path)
    path.write_bytes(path.read_bytes()[:40])
    result = tinyml_data("show", tmp_path / "own", "--skip-bad", "--json")
    assert result.returncode == 0, result.stderr
    skipped = json.loads(result.stdout)["skipped"]
    assert len(skipped) == 1 and str(path) in skipped[0]
    result = tinyml_data("show", tmp_path / "own", "--split", "test", "--sheet", tmp_path / "sheet.png")
    assert result.returncode == 1 and "test/leaf/1.png" in result.stderr and "--skip-bad" in result.stderr
    assert not (tmp_path / "sheet.png").exists()


def test_unknown_names_give_one_message_with_a_cure() -> None:
    for arguments in (("show", "fruits"), ("fetch", "fruits")):
        result = tinyml_data(*arguments)
        assert result.returncode == 1
        assert "fruits" in result.stderr and "cifar10, fruit" in result.stderr
        assert "Traceback" not in result.stderr
