"""The README's first example, command by command, on pictures annotated as the most common tools do it."""

import json
import shlex
from pathlib import Path

import pytest
from support.annotated import NAMES, WRITERS, make_pictures

from tinyml.cli import main

README = Path(__file__).parents[2] / "README.md"
LAYOUTS = ["voc devkit", "yolo by kind", "yolo by split", "coco by split", "coco 2017"]
QUICK = ["--epochs", "1", "--width", "0.1", "--size", "32", "--weights", "none", "--seed", "3"]


def example() -> dict[str, list[str]]:
    """Return the commands of the README's block that trains on `pictures`: name (with its subcommand) -> arguments."""
    blocks = README.read_text().split("```")[1::2]
    block = next(block for block in blocks if "tinyml train pictures" in block)
    lines = [shlex.split(line, comments=True) for line in block.splitlines()]
    return {" ".join(line[1:-1][:2]) if line[1] == "data" else line[1]: line[1:] for line in lines if line}


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict:
    """Run a command as the shell does and return its JSON."""
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--json"])
    out, err = capsys.readouterr()
    assert ended.value.code == 0, err
    return json.loads(out)


def show_and_train(layout: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Write the pictures in a layout and run the example's first commands on them, checking what they say."""
    kind, write = WRITERS[layout]
    pictures = make_pictures()
    write(folder / "pictures", pictures)
    commands = example()
    shown = run(commands["data show"], capsys)
    boxes = [name for picture in pictures if picture.split == "train" for name, *_ in picture.boxes]
    assert shown["format"] == kind
    assert shown["counts"]["train boxes"] == {name: boxes.count(name) for name in NAMES}
    run([*commands["train"], *QUICK], capsys)
    metrics = json.loads((folder / "runs" / "pictures" / "metrics.json").read_text())
    assert metrics["task"] == "detect" and metrics["data"]["format"] == kind
    assert metrics["test"]["pictures"] == sum(picture.split == "test" for picture in pictures)


@pytest.fixture(autouse=True)
def in_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TINYML_RUNS", raising=False)


def test_the_example_is_what_this_file_runs() -> None:
    assert list(example()) == ["data show", "train", "export", "flash", "benchmark"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_show_and_train(layout: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_and_train(layout, tmp_path, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["voc devkit", "yolo by kind", "coco by split"])
def test_export_and_benchmark_too(layout: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_and_train(layout, tmp_path, capsys)
    commands = example()
    exported = run(commands["export"], capsys)
    assert exported["budget"]["ok"] and exported["accuracy"]["stages"]["c_host"]["bit_exact"]
    quick = ["--emulate", "host", "--compare", "--windows", "1", "--window-s", "0.01"]
    assert run([*commands["benchmark"], *quick], capsys)["bit_exact"]
