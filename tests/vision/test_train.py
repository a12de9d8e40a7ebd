"""Training as a whole, on a data set of coloured squares that is drawn here."""

import contextlib
import errno
import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinyml.cli import main
from tinyml.files import sha256
from tinyml.vision.checkpoint import Progress

ROOT = Path(__file__).parents[2]
COLOURS = {"red": (210, 40, 40), "green": (40, 180, 60), "blue": (50, 60, 200)}
SETTINGS = """
task = "TASK"
size = 32
width = 0.1
weights = "none"
batch = 8
validation = 0.25
patience = 0
ema = 0.9
[[phases]]
epochs = EPOCHS
learning_rate = 0.02
[augment]
area = [0.8, 1.0]
hue = 0.0
"""
KILLED = """
import os, signal
import tinyml.vision.train as training
from tinyml.cli import main

steps, update = 0, training.update_average

def die_in_the_fifth_epoch(*arguments):
    global steps
    steps += 1
    if steps == 4 * STEPS + 2:
        os.kill(os.getpid(), signal.SIGKILL)
    update(*arguments)

training.update_average = die_in_the_fifth_epoch
main()
""".replace("STEPS", "4")  # 36 pictures learn, 8 a step
DESCRIPTION = 'title = "Squares"\nformat = "voc"\nbox_classes = ["red", "green", "blue"]\n'
VOC = (
    "<annotation><object><name>{name}</name><bndbox><xmin>{0}</xmin><ymin>{1}</ymin><xmax>{2}</xmax>"
    "<ymax>{3}</ymax></bndbox></object></annotation>"
)


@pytest.fixture(scope="module")
def squares(tmp_path_factory) -> Path:
    """16 training and 8 test pictures for each of three colours, as class folders."""
    folder = tmp_path_factory.mktemp("squares")
    rng = np.random.default_rng(0)
    for split, count in (("train", 16), ("test", 8)):
        for name, colour in COLOURS.items():
            (folder / split / name).mkdir(parents=True)
            for i in range(count):
                picture = rng.integers(90, 150, (48, 48, 3), dtype=np.uint8)
                x, y = rng.integers(4, 24, 2)
                picture[y : y + 20, x : x + 20] = colour
                Image.fromarray(picture).save(folder / split / name / f"{i:02}.png")
    return folder


@pytest.fixture(scope="module")
def boxed_squares(tmp_path_factory) -> Path:
    """The same with Pascal VOC boxes, two squares to a picture."""
    folder = tmp_path_factory.mktemp("boxed")
    (folder / "dataset.toml").write_text(DESCRIPTION)
    rng = np.random.default_rng(1)
    for split, count in (("train", 40), ("test", 12)):
        (folder / split).mkdir()
        for i in range(count):
            picture = rng.integers(90, 150, (64, 64, 3), dtype=np.uint8)
            objects = ""
            for left in (2, 34):
                name = list(COLOURS)[rng.integers(3)]
                x, y = left + int(rng.integers(0, 8)), int(rng.integers(2, 40))
                picture[y : y + 20, x : x + 20] = COLOURS[name]
                objects += VOC.format(x, y, x + 20, y + 20, name=name)[
                    len("<annotation>") : -len("</annotation>")
                ]
            Image.fromarray(picture).save(folder / split / f"{i:02}.png")
            (folder / split / f"{i:02}.xml").write_text(f"<annotation>{objects}</annotation>")
    return folder


def command(data: Path, out: Path, *more: str, task: str = "classify", epochs: int = 4) -> list[str]:
    settings = out.parent / f"{out.name}.toml"
    settings.write_text(SETTINGS.replace("TASK", task).replace("EPOCHS", str(epochs)))
    return ["train", str(data), "--config", str(settings), "--out", str(out), "--json", *more]


def tinyml(*arguments: str, launcher: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    """Run a command in a process of its own, where the bytes of weights are compared: with one thread."""
    return subprocess.run(
        [sys.executable, "-m", *launcher, "tinyml.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def called(*arguments: str) -> subprocess.CompletedProcess:
    """Run a command in this process, which has loaded PyTorch already."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as end:
            status = int(end.code or 0)
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def unbroken(squares: Path, tmp_path_factory) -> Path:
    """A run of 12 epochs in one go."""
    out = tmp_path_factory.mktemp("runs") / "unbroken"
    result = tinyml(*command(squares, out, epochs=12))
    assert result.returncode == 0, result.stderr
    return out


def test_a_run_learns_and_leaves_its_files(unbroken: Path) -> None:
    metrics = json.loads((unbroken / "metrics.json").read_text())
    assert metrics["test"]["accuracy"] >= 0.8
    assert np.sum(metrics["test"]["confusion"]) == 24
    assert len(metrics["history"]) == 12
    assert metrics["provenance"]["inputs"]["model"]["sha256"] == sha256(unbroken / "model.safetensors")
    assert Image.open(unbroken / "curves.png").width > 500
    assert len(json.loads((unbroken / "predictions.json").read_text())["pictures"]) == 24
    assert not (unbroken / "checkpoint.safetensors").exists()


def test_the_last_of_the_epochs_that_chance_could_exchange_is_kept() -> None:
    done = Progress()
    scores = [0.50, 0.82, 0.80, 0.76, 0.78, 0.70]
    kept = [done.keeps(epoch, [f1, -1.0], error=0.05) for epoch, f1 in enumerate(scores)]
    assert kept == [True, True, True, False, True, False]
    assert done.best_epoch == 4 and done.best_score == [0.82, -1.0]
    exact = Progress()
    assert exact.keeps(0, [0.9, -0.5], 0.0) and exact.keeps(1, [0.9, -0.4], 0.0)
    assert not exact.keeps(2, [0.9, -0.45], 0.0) and exact.best_epoch == 1


def test_evaluate_and_predict_agree_with_the_run(unbroken: Path, squares: Path) -> None:
    result = called("evaluate", str(unbroken), "--json")
    assert result.returncode == 0, result.stderr
    trained = json.loads((unbroken / "metrics.json").read_text())["test"]
    assert json.loads(result.stdout)["stages"]["float"] == trained
    pictures = sorted((squares / "test" / "red").glob("*.png"))[:2]
    result = called("predict", str(unbroken), str(unbroken), *map(str, pictures), "--json")
    assert result.returncode == 0, result.stderr
    rows = json.loads(result.stdout)["pictures"]
    assert [len(row["predictions"]) for row in rows] == [2, 2]
    assert Image.open(rows[0]["drawn"]).width > Image.open(rows[0]["drawn"]).height


@pytest.mark.parametrize("names", [["red", "green", "violet"], ["red", "green"]])
def test_a_run_is_not_judged_on_other_classes(
    unbroken: Path, squares: Path, tmp_path: Path, names: list[str]
) -> None:
    """A picture's class is a number: with other names, or one less, every figure would be nonsense."""
    for split in ("train", "test"):
        for name in names:
            source = squares / split / ("blue" if name == "violet" else name)
            shutil.copytree(source, tmp_path / split / name)
    result = called("evaluate", str(unbroken), "--data", str(tmp_path))
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert "trained on blue, green, red" in " ".join(result.stderr.split()), result.stderr


def test_killed_and_resumed_gives_the_same_weights(unbroken: Path, squares: Path, tmp_path: Path) -> None:
    out = tmp_path / "broken"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *command(squares, out, epochs=12)],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (out / "checkpoint.safetensors").exists() and not (out / "model.safetensors").exists()
    refused = called("evaluate", str(out))
    assert refused.returncode == 1 and "no trained network yet" in refused.stderr
    result = tinyml(*command(squares, out, "--resume", epochs=12))
    assert result.returncode == 0, result.stderr
    assert sha256(out / "model.safetensors") == sha256(unbroken / "model.safetensors")
    again = called(*command(squares, out, "--resume", epochs=12))
    assert again.returncode == 0 and "finished" in again.stderr


def test_two_processes_train_together(squares: Path, tmp_path: Path) -> None:
    launcher = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")
    result = tinyml(*command(squares, tmp_path / "two", epochs=8), launcher=launcher)
    assert result.returncode == 0, result.stderr
    metrics = json.loads((tmp_path / "two" / "metrics.json").read_text())
    assert metrics["processes"] == 2
    assert metrics["test"]["accuracy"] >= 0.6


def test_detection_learns_and_exports_to_onnx(boxed_squares: Path, tmp_path: Path) -> None:
    import onnxruntime

    from tinyml.data import load_dataset
    from tinyml.vision.config import read_config
    from tinyml.vision.onnx import export_onnx
    from tinyml.vision.pictures import decode, to_input
    from tinyml.vision.predict import predict_float

    out = tmp_path / "detect"
    result = called(*command(boxed_squares, out, task="detect", epochs=40))
    assert result.returncode == 0, result.stderr
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["test"]["f1"] >= 0.7
    config = read_config(out / "config.toml")
    assert len(config.thresholds) == 3

    export_onnx(out, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    (pictures,) = decode(load_dataset(boxed_squares).test, config, config.size)
    ours = predict_float(out, pictures)
    assert ours.shape == (12, 4, 4, 4)
    for picture, expected in zip(pictures, ours):
        (theirs,) = session.run(["probabilities"], {"image": to_input(picture[None], config).numpy()})
        np.testing.assert_allclose(theirs[0].transpose(1, 2, 0), expected, atol=1e-5)


def test_a_folder_of_class_folders_needs_no_options_and_no_split(squares: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    for name in COLOURS:
        (mine / name).mkdir(parents=True)
        for split in ("train", "test"):
            for path in (squares / split / name).iterdir():
                shutil.copy(path, mine / name / f"{split}_{path.name}")
    options = ["--epochs", "1", "--size", "32", "--width", "0.1", "--weights", "none", "--json"]
    result = called("train", str(mine), "--out", str(tmp_path / "run"), *options)
    assert result.returncode == 0, result.stderr
    assert "split by tinyml" in result.stderr
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["task"] == "classify" and metrics["data"]["automatic_split"]
    assert 0 < metrics["test"]["pictures"] < 40 and "split by tinyml" in metrics["data"]["remark"]


@pytest.mark.slow
def test_folds_leave_no_run(squares: Path, tmp_path: Path) -> None:
    result = tinyml(*command(squares, tmp_path / "folds", "--folds", "2", epochs=2))
    assert result.returncode == 0, result.stderr
    data = json.loads(result.stdout)
    assert len(data["folds"]) == 2 and sum(row["pictures"] for row in data["folds"]) == 48
    assert not (tmp_path / "folds").exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("train", "no-such-set"), "no-such-set"),
        (("train", "DATA", "--size", "100", "--out", "OUT", "--task", "classify"), "multiple of 8"),
        (("train", "DATA", "--weights", "gone.pth", "--out", "OUT", "--task", "classify"), "gone.pth"),
        (("train", "DATA", "--task", "detect", "--out", "OUT"), "boxes"),
        (("train", "DATA", "--task", "classify", "--out", "FILE"), "cannot be written"),
        (("evaluate", "no-such-run"), "no-such-run"),
        (("train", "DATA", "--resume", "--out", "OUT"), "no run to resume"),
    ],
)
def test_one_clear_message(
    squares: Path, tmp_path: Path, arguments: tuple[str, ...], named: str, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")
    places = {"DATA": str(squares), "OUT": str(tmp_path / "out"), "FILE": str(tmp_path / "file" / "run")}
    with pytest.raises(SystemExit) as end:
        main([places.get(argument, argument) for argument in arguments])
    assert end.value.code == 1
    message = " ".join(capsys.readouterr().err.split())
    assert message.startswith("error:") and named in message


def test_a_full_disk_is_one_clear_message(squares: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SystemExit) as end:
        main(command(squares, tmp_path / "out", epochs=1))
    assert end.value.code == 1
    assert "no space left on the disk" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*.safetensors"))


def test_a_disk_that_is_really_full_is_one_message(squares: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    arguments = command(squares, disk / "run", epochs=1)
    shutil.move(disk / "run.toml", tmp_path / "run.toml")
    arguments[arguments.index("--config") + 1] = str(tmp_path / "run.toml")
    inside = shlex.join([sys.executable, "-m", "tinyml.cli", *arguments])
    script = f"mount -t tmpfs -o size=32k tmpfs {shlex.quote(str(disk))} || exit 99; {inside}; status=$?; ls -A {disk}/run; exit $status"
    try:
        done = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
            capture_output=True,
            text=True,
            timeout=240,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if done.returncode == 99 or done.stderr.startswith("unshare"):
        pytest.skip("no mounting without privileges here")
    assert done.returncode == 1 and "no space left on the disk" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.split("\n")[-2] == "config.toml", "nothing half-written is left"
