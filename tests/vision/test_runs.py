"""Runs as files that people keep: never overwritten unasked, trained by one process, listed, removed; folders predicted."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.annotated import make_pictures, voc
from support.example_run import write_example_run
from support.untrained_run import write_noise_run, write_untrained_run

from tinyml.cli import app
from tinyml.commands import predict, runs
from tinyml.errors import TinymlError
from tinyml.locks import sole_writer
from tinyml.paths import RunFiles
from tinyml.workflow.train import train

HOLD = """
import sys
from pathlib import Path
from tinyml.locks import sole_writer
with sole_writer(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def invoke(*arguments: str, answer: str = ""):
    return CliRunner().invoke(runs.command, arguments, standalone_mode=False, input=answer, obj={})


@pytest.fixture
def my_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a finished run that was exported, and one that was never trained."""
    monkeypatch.setenv("TINYML_RUNS", str(tmp_path))
    write_example_run(tmp_path, "fruit")
    write_untrained_run(tmp_path / "begun", task="classify", classes=["a", "b"], size=32, dataset="/x/äpfel")
    return tmp_path


def test_runs_are_listed(my_runs: Path) -> None:
    result = invoke().return_value
    begun, fruit = result.data["runs"]
    assert (fruit["name"], fruit["task"], fruit["metric"], fruit["score"]) == ("fruit", "detect", "f1", 0.912)
    assert fruit["exports"] == ["esp32cam"] and fruit["bytes"] > 1000 and fruit["date"].startswith("20")
    assert (begun["score"], begun["dataset"], begun["exports"]) == (None, "äpfel", [])
    RunFiles(my_runs / "fruit").metrics.write_text("{")
    assert "not readable JSON" in invoke().return_value.data["runs"][1]["trouble"]
    assert CliRunner().invoke(app, ["runs", "--json"], obj={}, standalone_mode=False).exception is None


def test_removing_asks(my_runs: Path) -> None:
    refused = invoke("rm", "fruit", answer="n\n")
    assert "for good?" in refused.output and (my_runs / "fruit").is_dir()
    assert invoke("rm", "fruit", answer="y\n").return_value.data == {"removed": [str(my_runs / "fruit")]}
    assert not (my_runs / "fruit").exists()
    invoke("rm", "begun", "--yes")
    assert [path.name for path in my_runs.iterdir()] == [] and invoke().return_value.data == {"runs": []}
    assert isinstance(invoke("rm", "begun").exception, TinymlError)


def test_a_finished_run_is_not_overwritten(my_runs: Path, tmp_path: Path) -> None:
    voc(tmp_path / "mine", make_pictures())
    before = RunFiles(my_runs / "fruit").metrics.read_bytes()
    options = {"name": "fruit", "size": 32, "width": 0.1, "weights": "none"}
    with pytest.raises(TinymlError, match="holds a finished run") as caught:
        train(tmp_path / "mine", epochs=1, **options)
    assert "--overwrite" in caught.value.cure and RunFiles(my_runs / "fruit").metrics.read_bytes() == before
    run = train(tmp_path / "mine", epochs=1, overwrite=True, **options)
    assert run.metrics["data"]["name"] == "mine"
    assert run.metrics["data"]["validation_pictures"] == 3, "the set's own validation split is used"
    assert not list(my_runs.glob(".*.lock"))


def test_two_trainings_of_one_run_exclude_each_other(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "run")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None and holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(TinymlError, match=r"is in use by -c .*run \(process \d+\)"),
            sole_writer(tmp_path / "run"),
        ):
            pass
        with sole_writer(tmp_path / "another"):
            pass
        holder.kill()
    with sole_writer(tmp_path / "run"):  # the system freed what the killed process held
        pass


def test_a_folder_is_predicted_counted_and_written(tmp_path: Path) -> None:
    run = write_noise_run(tmp_path / "run")
    shutil.copytree(run / "data" / "test", tmp_path / "photos" / "Urlaub am See")
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    outcome = CliRunner().invoke(
        predict.command,
        [str(run), str(tmp_path / "photos"), "--out", str(tmp_path / "out")],
        standalone_mode=False,
        catch_exceptions=False,
    )
    data = outcome.return_value.data
    assert len(data["pictures"]) == 8
    counts = data["counts"]["run"]
    assert sum(row["pictures"] for row in counts.values()) == 8 and set(counts) <= {"apple", "banana"}
    with (tmp_path / "out" / "predictions.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["file"] for row in rows] == [row["file"] for row in data["pictures"]]
    said = [row["predictions"][0]["label"] for row in data["pictures"]]
    assert [row["class"] for row in rows] == said
    written = json.loads((tmp_path / "out" / "predictions.json").read_text())
    assert written["counts"] == data["counts"] and written["pictures"] == data["pictures"]
    (tmp_path / "empty").mkdir()
    failed = CliRunner().invoke(predict.command, [str(run), str(tmp_path / "empty")], standalone_mode=False)
    assert "holds no pictures" in str(failed.exception)
