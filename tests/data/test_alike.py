"""Pictures that look the same in two splits or two classes are told wherever a data set is read; others are not."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tinyml.commands.data.show import show_command
from tinyml.data import load_dataset
from tinyml.data.alike import alike_notices
from tinyml.vision import run
from tinyml.vision.config import TrainConfig


def scene(seed: int, levels: int = 256) -> Image.Image:
    """Return a picture of a few soft patches, like no other seed's."""
    noise = np.random.default_rng(seed).integers(0, levels, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((160, 120), Image.Resampling.BICUBIC)


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """Return class folders, split, of pictures of which no two look the same."""
    for number, split in enumerate(["train"] * 4 + ["test"] * 2):
        for label in ("cat", "dog"):
            folder = tmp_path / "mine" / split / label
            folder.mkdir(parents=True, exist_ok=True)
            scene(10 * number + (label == "dog")).save(folder / f"{number}.jpg")
    return tmp_path / "mine"


def test_pictures_that_differ_are_not_told(classes: Path) -> None:
    assert alike_notices(load_dataset(classes)) == []


def test_saved_again_or_scaled_it_is_still_the_same_picture(classes: Path) -> None:
    scene(0).save(classes / "test" / "cat" / "again.png")
    scene(20).resize((80, 60)).save(classes / "train" / "dog" / "smaller.jpg", quality=60)
    leaks, contradictions = alike_notices(load_dataset(classes))
    assert leaks.startswith("1 pairs") and "train: 0.jpg and test: again.png" in leaks
    assert contradictions.startswith("1 pairs") and "cat/2.jpg and dog/smaller.jpg" in contradictions


def test_a_picture_in_another_colour_is_another_picture(classes: Path) -> None:
    turned = np.asarray(scene(0))[..., ::-1]
    Image.fromarray(turned).save(classes / "test" / "cat" / "turned.png")
    assert alike_notices(load_dataset(classes)) == []


def test_plain_pictures_and_damaged_ones_are_like_no_other(classes: Path) -> None:
    for split in ("train", "test"):
        for number in range(2):
            Image.new("RGB", (40, 30), (90, 90, 90 + number)).save(
                classes / split / "cat" / f"plain{number}.png"
            )
            (classes / split / "dog" / f"damaged{number}.jpg").write_bytes(b"\xff\xd8" + bytes([number] * 99))
    assert alike_notices(load_dataset(classes)) == []


def test_files_of_the_same_bytes_are_told_once(classes: Path) -> None:
    picture = classes / "train" / "cat" / "0.jpg"
    (classes / "test" / "cat" / "copy.jpg").write_bytes(picture.read_bytes())
    dataset = load_dataset(classes)
    assert any("in two splits at once" in notice for notice in dataset.notices)
    assert alike_notices(dataset) == []


def test_data_show_and_training_tell(classes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene(0).save(classes / "test" / "cat" / "again.png")
    shown = CliRunner().invoke(show_command, [str(classes)], standalone_mode=False, catch_exceptions=False)
    assert any("look the same in two splits" in notice for notice in shown.return_value.data["notices"])
    told: list[str] = []
    monkeypatch.setattr(run, "note", told.append)
    monkeypatch.setattr(run, "settle", lambda config, dataset: told.extend(dataset.notices) or {}[0])
    with pytest.raises(KeyError):
        run.train_run(TrainConfig(dataset=str(classes), task="classify"), classes.parent / "run")
    assert (
        sum("look the same in two splits" in notice for notice in told) == 2
    )  # said, and kept for the report
