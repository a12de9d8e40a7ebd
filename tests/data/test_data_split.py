"""Data sets without a test split: tinyml's own, from the bytes of each picture."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinyml.commands.data.show import show_command
from tinyml.data import Dataset, load_dataset
from tinyml.data.load import natural_task
from tinyml.errors import DataError

VOC = "<annotation><object><name>{}</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>"


def save(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """200 pictures of each of two classes, in class folders."""
    for label, name in enumerate(("ripe", "green")):
        for number in range(200):
            save(tmp_path / "mine" / name / f"{number:03}.png", 1000 * label + number)
    return tmp_path / "mine"


def names(dataset: Dataset, split: str) -> set[str]:
    return {f"{sample.path.parent.name}/{sample.path.name}" for sample in dataset.split(split)}


def test_about_a_fifth_of_each_class_is_for_testing(mine: Path) -> None:
    dataset = load_dataset(mine)
    assert dataset.automatic_split and len(dataset.train) + len(dataset.test) == 400
    assert not names(dataset, "train") & names(dataset, "test")
    for count in dataset.picture_counts("test").values():
        assert 25 <= count <= 55, "four standard deviations around 40"
    assert f"{len(dataset.train)} pictures to train on, {len(dataset.test)} to test with" in dataset.remark
    assert names(load_dataset(mine), "test") == names(dataset, "test")


def test_pictures_stay_on_their_side_when_others_come_and_names_change(mine: Path) -> None:
    before = load_dataset(mine)
    for number in range(50):
        save(mine / "ripe" / f"new{number}.png", 5000 + number)
        save(mine / "blue" / f"{number}.png", 6000 + number)
    after = load_dataset(mine)
    assert names(before, "train") <= names(after, "train") and names(before, "test") <= names(after, "test")
    shutil.move(mine, mine.with_name("moved"))
    assert names(load_dataset(mine.with_name("moved")), "test") == names(after, "test")


def test_copies_of_one_file_land_on_one_side(mine: Path) -> None:
    for path in sorted(mine.rglob("*.png")):
        shutil.copy(path, path.with_name(f"copy_of_{path.name}"))
    dataset = load_dataset(mine)
    for split in ("train", "test"):
        found = names(dataset, split)
        assert {name.replace("copy_of_", "") for name in found if "copy_of_" in name} == {
            name for name in found if "copy_of_" not in name
        }


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_small_class_is_on_both_sides(tmp_path: Path, count: int) -> None:
    for seed in range(20):
        folder = tmp_path / str(seed)
        for name in ("a", "b"):
            for number in range(count):
                save(folder / name / f"{number}.png", 100 * seed + 10 * ord(name) + number)
        dataset = load_dataset(folder)
        for split in ("train", "test"):
            assert all(dataset.picture_counts(split).values())


def test_a_zip_file_is_split_like_its_folder(mine: Path) -> None:
    archive = mine.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as members:
        for path in mine.rglob("*.png"):
            members.write(path, path.relative_to(mine))
    dataset, packed = load_dataset(mine), load_dataset(archive)
    assert packed.automatic_split and packed.classes == dataset.classes
    assert names(packed, "test") == names(dataset, "test")


def test_pascal_voc_is_split_too(tmp_path: Path) -> None:
    for number in range(60):
        picture = save(tmp_path / "voc" / f"{number:02}.png", number)
        picture.with_suffix(".xml").write_text(VOC.format(["cat", "dog"][number % 2]))
    dataset = load_dataset(tmp_path / "voc")
    assert dataset.box_classes == ("cat", "dog") and len(dataset.train) + len(dataset.test) == 60
    assert 2 <= len(dataset.test) <= 24 and all(dataset.box_counts("test").values())
    assert dataset.classes_for("detect") == ("cat", "dog")
    (tmp_path / "voc" / "07.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"07\.png"):
        load_dataset(tmp_path / "voc")
    again = load_dataset(tmp_path / "voc", skip_bad=True)
    assert len(again.skipped) == 1 and names(again, "test") == names(dataset, "test") - {"voc/07.png"}


def test_the_task_follows_from_the_labels(mine: Path, tmp_path: Path) -> None:
    assert natural_task(mine) == "classify" and natural_task("fruit") == "detect"
    picture = save(tmp_path / "voc" / "train" / "0.png", 0)
    picture.with_suffix(".xml").write_text(VOC.format("cat"))
    assert natural_task(tmp_path / "voc") == natural_task("voc", tmp_path / "voc") == "detect"
    with pytest.raises(DataError, match="no data set called 'nowhere'"):
        natural_task("nowhere")


def test_one_class_is_nothing_to_tell_apart(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / "mine" / "pictures" / f"{number}.png", number)
    with pytest.raises(DataError, match="1 class to tell apart: pictures"):
        load_dataset(tmp_path / "mine").classes_for("classify")


def test_the_split_is_said(mine: Path) -> None:
    result = show_command.main([str(mine)], standalone_mode=False)
    assert "split by tinyml" in result.data["remark"] and "split by tinyml" in str(result.view[0].caption)
