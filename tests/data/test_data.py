"""Reading data sets: folders and zip files, and every way in which they can be broken."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tinyml.data import Box, Dataset, archives, load_dataset, load_run_dataset, pictures, read_picture
from tinyml.data.contact_sheet import contact_sheet
from tinyml.errors import DataError
from tinyml.files import write_json


@pytest.fixture(autouse=True)
def no_data_of_this_computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TINYML_DATA", raising=False)
    monkeypatch.setenv("TINYML_CACHE", str(tmp_path / "cache"))


def save_picture(path: Path, size: tuple[int, int] = (40, 20), colour: str = "red", **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path, **options)
    return path


def annotate(picture: Path, *objects: tuple[str, int, int, int, int], stated_size: int = 0) -> Path:
    size = f"<size><width>{stated_size}</width><height>{stated_size}</height></size>"
    nodes = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{left}</xmin><ymin>{top}</ymin><xmax>{right}</xmax>"
        f"<ymax>{bottom}</ymax></bndbox></object>"
        for name, left, top, right, bottom in objects
    )
    path = picture.with_suffix(".xml")
    path.write_text(f"<annotation>{size}{nodes}</annotation>")
    return path


@pytest.fixture
def voc(tmp_path: Path) -> Path:
    """Two training pictures and one test picture with boxes."""
    root = tmp_path / "voc"
    annotate(save_picture(root / "train" / "one.jpg"), ("cat", 10, 5, 30, 15))
    annotate(save_picture(root / "train" / "two.jpg"), ("dog", 0, 0, 40, 20), ("cat", 1, 2, 3, 4))
    annotate(save_picture(root / "test" / "three.jpg"), ("dog", 0, 0, 20, 10))
    return root


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Two pictures of each of two classes for training, one of each for testing."""
    root = tmp_path / "folders"
    for split, count in (("train", 2), ("test", 1)):
        for name in ("tulip", "rose"):
            for number in range(count):
                save_picture(root / split / name / f"{number}.png")
    return root


def zipped(folder: Path) -> Path:
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as members:
        for path in sorted(folder.rglob("*.*")):
            members.write(path, path.relative_to(folder))
    return archive


def test_voc_takes_the_size_from_the_picture(voc: Path) -> None:
    dataset = load_dataset(voc)
    assert dataset.box_classes == dataset.classes == ("cat", "dog")
    assert dataset.train[0].boxes == (Box(0, 0.25, 0.25, 0.75, 0.75),)
    assert [sample.label for sample in dataset.train] == [0, None]
    assert dataset.box_counts("train") == {"cat": 2, "dog": 1}
    assert dataset.classes_for("detect") == ("cat", "dog")
    with pytest.raises(DataError, match=r"two\.jpg"):
        dataset.classes_for("classify")


def test_a_picture_turned_by_exif_is_read_and_measured_upright(voc: Path) -> None:
    exif = Image.Exif()
    exif[pictures.ORIENTATION_TAG] = 6
    path = save_picture(voc / "train" / "one.jpg", exif=exif)
    annotate(path, ("cat", 0, 0, 10, 40))
    assert pictures.picture_size(path) == (20, 40)
    assert read_picture(path).shape == (40, 20, 3)
    assert load_dataset(voc).train[0].boxes == (Box(0, 0.0, 0.0, 0.5, 1.0),)


def test_class_folders(folders: Path) -> None:
    dataset = load_dataset(str(folders))
    assert dataset.classes == ("rose", "tulip") and dataset.box_classes == ()
    assert dataset.picture_counts("train") == {"rose": 2, "tulip": 2}
    with pytest.raises(DataError, match="no boxes"):
        dataset.classes_for("detect")


def test_a_zip_of_class_folders_reads_like_the_folders(folders: Path) -> None:
    dataset, packed = load_dataset(folders), load_dataset(zipped(folders))
    assert [sample.label for sample in packed.train] == [sample.label for sample in dataset.train]
    for plain, member in zip(dataset.train + dataset.test, packed.train + packed.test):
        assert member.path.name == plain.path.name
        assert np.array_equal(read_picture(member.path), read_picture(plain.path))


@pytest.mark.parametrize("kind", ["voc", "folders", "unsplit"])
@pytest.mark.parametrize("packed", [False, True])
def test_folders_around_everything_change_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, packed: bool
) -> None:
    root = request.getfixturevalue("folders" if kind == "unsplit" else kind)
    if kind == "unsplit":
        root = root / "train"
        for name in ("tulip", "rose"):  # copies of one picture would all land on one side
            save_picture(root / name / "0.png", colour="blue")
    plain = load_dataset(root)
    outside = tmp_path / "outside"
    (outside / "a").mkdir(parents=True)
    if not packed:  # in a zip file it is not read
        (root / "dataset.toml").write_text(
            f'title = "Wrapped"\nformat = "{"voc" if kind == "voc" else "folders"}"\n'
        )
    root.rename(outside / "a" / "b")
    (outside / ".DS_Store").touch()
    save_picture(outside / "__MACOSX" / "b" / "._1.png")
    found = load_dataset(zipped(outside) if packed else outside)
    assert packed or found.title == "Wrapped"
    assert found.classes == plain.classes
    assert [(sample.path.name, sample.label) for sample in found.train + found.test] == [
        (sample.path.name, sample.label) for sample in plain.train + plain.test
    ]


def test_a_file_called_train_is_no_split(folders: Path) -> None:
    root = folders / "train"
    save_picture(root / "rose" / "0.png", colour="blue")
    save_picture(root / "tulip" / "0.png", colour="blue")
    (root / "train").touch()
    with zipfile.ZipFile(zipped(root), "a") as members:
        members.write(root / "train", "train")
    for path in (root, root.with_suffix(".zip")):
        assert load_dataset(path).automatic_split


def test_a_class_that_only_the_test_set_has(folders: Path) -> None:
    save_picture(folders / "test" / "nettle" / "0.png")
    for path in (folders, zipped(folders)):
        with pytest.raises(DataError, match=r"'nettle'.*rose, tulip"):
            load_dataset(path)


def test_a_box_class_that_only_the_test_set_has(voc: Path) -> None:
    annotate(voc / "test" / "three.jpg", ("nettle", 0, 0, 20, 10))
    with pytest.raises(DataError, match=r"three\.xml.*'nettle'.*cat, dog"):
        load_dataset(voc)


BREAKAGES = {
    "corrupt XML": (lambda voc: (voc / "train" / "two.xml").write_text("<annotation><obj"), r"two\.xml"),
    "entities in XML": (
        lambda voc: (voc / "train" / "two.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>'),
        r"two\.xml",
    ),
    "missing annotation": (lambda voc: (voc / "train" / "two.xml").unlink(), r"two\.xml does not exist"),
    "no number": (lambda voc: annotate(voc / "train" / "two.jpg", ("cat", "a", 1, 2, 3)), r"two\.xml.*'a'"),
    "empty box": (lambda voc: annotate(voc / "train" / "two.jpg", ("cat", 5, 5, 5, 9)), r"two\.xml.*\(5, 5, 5, 9\)"),
    "box outside": (lambda voc: annotate(voc / "train" / "two.jpg", ("cat", 50, 5, 60, 9)), r"two\.xml.*40 x 20"),
    "no box": (lambda voc: annotate(voc / "train" / "two.jpg", ("cat", "nan", 0, 9, 9)), r"two\.xml.*nan"),
    "not a picture": (lambda voc: (voc / "train" / "two.jpg").write_bytes(b"no picture"), r"two\.jpg"),
    "empty picture": (lambda voc: (voc / "train" / "two.jpg").write_bytes(b""), r"two\.jpg"),
}  # fmt: skip


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_broken_files_are_named_or_skipped_and_counted(voc: Path, breakage: str) -> None:
    damage, message = BREAKAGES[breakage]
    damage(voc)
    with pytest.raises(DataError, match=message) as caught:
        load_dataset(voc)
    assert caught.value.cure
    (voc / "test" / "three.xml").write_text("<annotation/>")  # so that the classes that are left suffice
    dataset = load_dataset(voc, skip_bad=True)
    assert [sample.path.name for sample in dataset.train] == ["one.jpg"]
    assert len(dataset.skipped) == 1 and "two" in dataset.skipped[0]


def test_a_picture_cut_short_is_named_when_read_and_skipped_when_asked(folders: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = folders / "train" / "rose" / "cut.jpg"
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(DataError, match=r"cut\.jpg"):
        read_picture(path)
    assert len(load_dataset(folders).train) == 5
    dataset = load_dataset(folders, skip_bad=True)
    assert len(dataset.train) == 4 and "cut.jpg" in dataset.skipped[0]


def test_what_a_run_was_trained_without_stays_out(voc: Path, tmp_path: Path) -> None:
    damage, message = BREAKAGES["corrupt XML"]
    damage(voc)
    (voc / "test" / "three.xml").write_text("<annotation/>")
    write_json(tmp_path / "metrics.json", {"data": {"skipped": []}})
    learned: Any = {"task": "detect", "classes": load_dataset(voc, skip_bad=True).box_classes}
    with pytest.raises(DataError, match=message):
        load_run_dataset(tmp_path, voc, **learned)
    write_json(tmp_path / "metrics.json", {"data": {"skipped": ["two.xml is not a readable annotation"]}})
    assert [sample.path.name for sample in load_run_dataset(tmp_path, voc, **learned).train] == ["one.jpg"]


@pytest.mark.parametrize("name", ["0" * 5000, "a\0b"])
def test_a_name_that_cannot_be_a_path_is_unknown(name: str) -> None:
    with pytest.raises(DataError, match="data set"):
        load_dataset(name)


def test_empty_and_incomplete_folders(tmp_path: Path, folders: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match="holds too few pictures with labels"):
        load_dataset(empty)
    save_picture(empty / "loose.png")
    with pytest.raises(DataError, match="holds too few pictures with labels"):
        load_dataset(empty)
    (empty / "train").mkdir()
    with pytest.raises(DataError, match="a folder 'train' but no folder 'test'") as caught:
        load_dataset(empty)
    assert str(empty / "train") in caught.value.cure
    (empty / "test").mkdir()
    with pytest.raises(DataError, match="no pictures"):
        load_dataset(empty)
    for path in (folders / "test").rglob("*.png"):
        path.unlink()
    with pytest.raises(DataError, match="test holds no pictures"):
        load_dataset(folders)
    with pytest.raises(DataError, match="nowhere"):
        load_dataset("nowhere")


def test_a_damaged_zip_and_a_bomb(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zipped(folders)
    monkeypatch.setattr(archives, "MAX_FILE_BYTES", 10)
    with pytest.raises(DataError, match="would unpack"):
        read_picture(load_dataset(archive).train[0].path)
    broken = archive.with_name("broken.zip")
    broken.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(DataError, match=r"broken\.zip"):
        load_dataset(broken)


def test_a_picture_of_too_many_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_picture(tmp_path / "large.png")
    monkeypatch.setattr(pictures, "MAX_PIXELS", 799)
    with pytest.raises(DataError, match="40 x 20"):
        read_picture(path)


def test_a_format_that_is_not_taken_is_refused_whatever_its_name(tmp_path: Path) -> None:
    Image.new("RGB", (3, 2)).save(tmp_path / "picture.jpg", "TIFF")
    with pytest.raises(DataError, match=r"picture\.jpg"):
        read_picture(tmp_path / "picture.jpg")
    Image.new("RGB", (3, 2)).save(tmp_path / "picture.png", "JPEG")
    assert read_picture(tmp_path / "picture.png").shape == (2, 3, 3)


def test_every_kind_of_picture_becomes_rgb(tmp_path: Path) -> None:
    for mode, suffix in (
        ("L", "png"),
        ("1", "png"),
        ("P", "png"),
        ("CMYK", "jpg"),
        ("RGB", "bmp"),
        ("L", "pgm"),
    ):
        path = tmp_path / f"{mode}.{suffix}"
        Image.new("RGB", (3, 2), "white").convert(mode).save(path)
        assert read_picture(path).tolist() == [[[255] * 3] * 3] * 2, mode
    Image.new("RGBA", (3, 2), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (read_picture(tmp_path / "clear.png") == 255).all()


def fruit_at(root: Path) -> Path:
    for split in ("train", "test"):
        for name, boxes in (("apple_1", ["apple"]), ("mixed_1", ["apple", "banana"])):
            picture = save_picture(root / split / f"{name}.jpg")
            annotate(picture, *((kind, 0, 0, 20, 10) for kind in boxes))
    return root


def load_fruit(data_dir: Path | None = None) -> Dataset:
    return load_dataset("fruit", data_dir)


def test_where_a_named_set_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = fruit_at(tmp_path / "cache" / "datasets" / "fruit")
    assert load_fruit().folder == cached
    shared = fruit_at(tmp_path / "shared" / "fruit")
    monkeypatch.setenv("TINYML_DATA", str(shared.parent))
    assert load_fruit().folder == shared
    given = fruit_at(tmp_path / "given")
    assert load_fruit(given).folder == given
    assert load_fruit(shared.parent).folder == shared
    monkeypatch.setenv("TINYML_DATA", str(tmp_path / "elsewhere"))
    assert load_fruit().folder == cached
    with pytest.raises(DataError, match="no copy of 'fruit'"):
        load_fruit(tmp_path)
    with pytest.raises(DataError, match="does not exist"):
        load_fruit(tmp_path / "nothing")


def test_a_set_that_is_nowhere_says_how_to_get_it() -> None:
    with pytest.raises(DataError) as caught:
        load_dataset("cifar10")
    assert "tinyml data fetch cifar10" in caught.value.cure


def test_fruit_takes_its_class_from_the_name(tmp_path: Path) -> None:
    root = fruit_at(tmp_path / "fruit")
    dataset = load_fruit(root)
    assert [sample.label for sample in dataset.train] == [0, 3]
    assert dataset.classes == ("apple", "banana", "orange", "mixed")
    assert not dataset.synthetic
    annotate(save_picture(root / "test" / "pear_1.jpg"), ("apple", 0, 0, 1, 1))
    with pytest.raises(DataError, match="'pear'"):
        load_fruit(root)


def test_a_folder_of_ones_own_may_describe_itself(voc: Path) -> None:
    (voc / "dataset.toml").write_text(
        'title = "Pets"\nformat = "voc"\nclasses = ["cat", "dog", "mixed"]\nbox_classes = ["cat", "dog"]\n'
    )
    dataset = load_dataset(voc)
    assert dataset.title == "Pets" and [sample.label for sample in dataset.train] == [0, 2]
    (voc / "dataset.toml").write_text('title = "Pets"\nformat = "coco"\n')
    with pytest.raises(DataError, match="coco"):
        load_dataset(voc)
    (voc / "dataset.toml").write_text('title = "Pets"\nformat = "voc"\ncolour = "blue"\n')
    with pytest.raises(DataError, match="colour"):
        load_dataset(voc)


def test_contact_sheet_shows_the_boxes(voc: Path) -> None:
    sheet = np.asarray(contact_sheet(load_dataset(voc), "train", count=2, columns=2))
    reddish = (sheet[..., 0] > 240) & (sheet[..., 1] < 10) & (sheet[..., 2] < 10)
    assert reddish.mean() > 0.2  # the pictures
    assert ((sheet == (0xFF, 0xD9, 0x2F)).all(axis=-1)).any()  # the second class's box


def test_real_fruit(real_data: Path) -> None:
    dataset = load_fruit(real_data)
    assert dataset.picture_counts("train") == {"apple": 75, "banana": 73, "orange": 72, "mixed": 20}
    assert dataset.picture_counts("test") == {"apple": 19, "banana": 18, "orange": 18, "mixed": 5}
    assert dataset.box_counts("train") == {"apple": 156, "banana": 169, "orange": 140}
    assert dataset.box_counts("test") == {"apple": 35, "banana": 40, "orange": 42}
    assert load_dataset("fruit", real_data, skip_bad=True).skipped == []


def test_cifar10_copy_says_what_it_is(real_data: Path) -> None:
    dataset = load_dataset("cifar10", real_data)
    assert set(dataset.picture_counts("train").values()) == {5000}
    assert set(dataset.picture_counts("test").values()) == {1000}
    assert "lossy" in dataset.remark
    assert read_picture(dataset.test[-1].path).shape == (32, 32, 3)
