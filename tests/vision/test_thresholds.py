"""Thresholds that a person keeps: written into the run, judged at once, and older exports are told to be stale."""

from pathlib import Path
from typing import Any

import pytest
import rich_click as click
from click.testing import CliRunner
from support.studio_pages import draw_scene
from support.untrained_run import write_untrained_run

from tinyml.commands.evaluate import command
from tinyml.data.samples import Box
from tinyml.data.voc_file import VocObject, voc_bytes
from tinyml.device.project import interface
from tinyml.errors import DataError, TinymlError
from tinyml.files import write_json
from tinyml.vision.run import evaluate_run
from tinyml.workflow.run import Run, load_run
from tinyml.workflow.thresholds import keep_thresholds


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A detector that was never trained, with its figures and what tells an export's age."""
    for split, count in (("train", 4), ("test", 4)):
        for number in range(count):
            picture = tmp_path / "data" / split / f"{number}.png"
            objects = [VocObject(name, Box(0, *edges)) for name, edges in draw_scene(picture, number)]
            picture.with_suffix(".xml").write_bytes(voc_bytes(split, picture.name, 160, 120, objects))
    folder = write_untrained_run(
        tmp_path / "run", dataset=str(tmp_path / "data"), task="detect", classes=["apple", "lime"],
        size=32, width=0.1, thresholds=[0.5, 0.5],
    )  # fmt: skip
    found = load_run(folder)
    figures = {"task": "detect", "parameters": 1, "best_epoch": 1, "train_seconds": 0.0}
    figures |= {"data": {"title": "scenes", "remark": ""}, "test": evaluate_run(folder)}
    write_json(found.files.metrics, figures, inputs={"model": found.files.model})
    files = found.export("host").files
    files.folder.mkdir(parents=True)
    files.model_source.write_text("")
    accuracy = {"firmware_interface": interface(), "thresholds": [0.5, 0.5]}
    write_json(files.accuracy, accuracy, inputs={"weights": found.files.model})
    return found


def test_thresholds_are_kept_and_judged(run: Run) -> None:
    before = run.metrics["test"]
    assert run.export("host").fresh
    keep_thresholds(run, {"apple": 0.01})
    assert run.config.thresholds == [0.01, 0.5]
    after = run.metrics["test"]
    assert after == evaluate_run(run.folder) and after != before
    assert "other thresholds" in run.export("host").stale
    keep_thresholds(run, {"apple": 0.5})
    assert run.metrics["test"] == before and run.export("host").fresh


def test_what_cannot_be_kept_changes_nothing(run: Run) -> None:
    config = run.files.config.read_bytes()
    for chosen in ({"pear": 0.5}, {"apple": 0.0}, {"apple": 1.5}):
        with pytest.raises(TinymlError):
            keep_thresholds(run, chosen)
    with pytest.raises(DataError):
        keep_thresholds(run, {"apple": 0.1}, run.folder / "nowhere")
    assert run.files.config.read_bytes() == config and run.export("host").fresh


def test_the_command_keeps_them(run: Run) -> None:
    def evaluated(*more: str) -> Any:
        arguments = [str(run.folder), *more]
        return CliRunner().invoke(command, arguments, standalone_mode=False, catch_exceptions=False)

    done = evaluated("--keep-threshold", "lime=0.02").return_value
    assert done.data["stages"]["float"]["f1"] == run.metrics["test"]["f1"]
    assert run.config.thresholds == [0.5, 0.02]
    with pytest.raises(click.UsageError, match="not CLASS=SHARE"):
        evaluated("--keep-threshold", "lime")
