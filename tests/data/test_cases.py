"""Data sets as people have them: each is read as a person means it, or refused with one true message."""

import re
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from support.annotated import (
    NAMES,
    SIZE,
    Picture,
    coco_by_split,
    draw,
    make_pictures,
    voc,
    voc_xml,
    write,
    yolo_by_split,
    zipped,
)

from tinyml.data import Dataset, load_dataset, read_picture
from tinyml.data.assemble import turned
from tinyml.data.convert import convert
from tinyml.data.layout import split_name
from tinyml.data.load import natural_task
from tinyml.data.pictures import ORIENTATION_TAG
from tinyml.errors import DataError, TinymlError

BOX = {"apple": 5, "banana": 5}
# Each case: how many pictures of each class are in each split, or what the message says.
READ = {
    "01-voc-devkit": {"train": BOX, "test": {"apple": 1, "banana": 1}},
    "03-roboflow-voc": {
        "train": {"apple": 6, "banana": 6},
        "validation": {"apple": 2, "banana": 2},
        "test": {"apple": 2, "banana": 2},
    },
    "06-yolo": {"validation": {"apple": 2, "banana": 2}},
    "07-yolo-roboflow": {
        "train": BOX,
        "validation": {"apple": 2, "banana": 2},
        "test": {"apple": 2, "banana": 2},
    },
    "09-coco": {"train": BOX, "test": {"apple": 2, "banana": 2}},
    "10-edge-impulse-export": {"train": BOX, "test": {"apple": 2, "banana": 2}},
    "11-fruits360-Training-Test": {"train": {"apple": 8, "banana": 8}, "test": {"apple": 3, "banana": 3}},
    "15-zip-backslash": {"all": {"apple": 8, "banana": 8}},
    "16-windows-debris": {"all": {"apple": 8, "banana": 8}},
    "21-resized-after-labelling": {"all": BOX},
    "22-xmin-greater-xmax": {"all": BOX},
    "25-xml-gbk-undeclared": {"all": {"банан": 6, "苹果": 6}},
    "27-upper-case-JPG-XML": {"all": BOX},
    "28-jfif-heic-tif": {"all": {"apple": 17, "banana": 14}},
    "30-nested-classes": {"all": {"apple": 6, "banana": 6, "lime": 12}},
    "35-picture-modes": {"all": {"apple": 16, "banana": 6}},
    "38-duplicates-across-classes": {"all": {"apple": 8, "banana": 8}},
    "45-class-only-in-training": {"test": {"apple": 3, "banana": 3, "lime": 0}},
    "51-tar-gz": {"all": {"apple": 8, "banana": 8}},
}
# The cases whose boxes really frame what is drawn.
FRAMED = ("01-voc-devkit", "03-roboflow-voc", "09-coco", "10-edge-impulse-export", "27-upper-case-JPG-XML")
TOLD = {
    "01-voc-devkit": "2 pictures that the list of training pictures leaves out are for testing",
    "21-resized-after-labelling": "10 pictures have another size than their annotations state: boxes were scaled",
    "22-xmin-greater-xmax": r"1 boxes had left and right or top and bottom exchanged: put right \(img_003.xml\)",
    "25-xml-gbk-undeclared": "gb18030",
    "30-nested-classes": r"sub-folders of 'lime' \(green, yellow\) count as 'lime'",
    "38-duplicates-across-classes": "1 pictures are in two classes at once.*apple/000.jpg and banana/000.jpg",
    "45-class-only-in-training": "no test picture of lime",
}
REFUSED = {
    "20-exif-labelimg-raw-boxes": r"phone180\.xml: its picture is turned by its EXIF orientation",
    "39-negatives-without-xml": r"empty1\.xml does not exist.*\n.*--negatives",
    "46-class-names-differ-in-case": r"class 'Apple'.*\n.*write it 'apple'",
    "50-zip-password": "needs a password",
    "52-test-without-labels": "test holds 5 pictures without labels",
    "57-zip-damaged-member": r"003\.jpg cannot be unpacked",
}


@pytest.fixture(autouse=True)
def no_data_of_this_computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TINYML_DATA", raising=False)
    monkeypatch.setenv("TINYML_CACHE", str(tmp_path / "cache"))


def counted(dataset: Dataset) -> dict[str, dict[str, int]]:
    counts = {split: dataset.picture_counts(split) for split in dataset.splits}
    every = {name: sum(row[name] for row in counts.values()) for name in dataset.classes}
    return {**counts, "all": every}


@pytest.mark.parametrize("name", READ)
def test_a_case_is_read(name: str, picture_cases: Path) -> None:
    dataset = load_dataset(next((picture_cases / name).glob("data*")))
    found = counted(dataset)
    assert {key: found[key] for key in READ[name]} == READ[name]
    notices = "\n".join(dataset.notices)
    if name in TOLD:
        assert _matches(TOLD[name], notices)
    else:
        assert not notices
    for split in dataset.splits:
        for sample in dataset.split(split):
            if sample.path.name == "42.heic":  # which holds no picture
                with pytest.raises(DataError, match=r"42\.heic"):
                    read_picture(sample.path)
                continue
            assert read_picture(sample.path).ndim == 3
            if name in FRAMED:
                assert sample.boxes and all(coloured(sample.path, box) for box in sample.boxes)


def coloured(path: Path, box) -> bool:
    """Tell whether the middle of a box differs from the picture's edge: an object is there."""
    picture = read_picture(path).astype(int)
    height, width = picture.shape[:2]
    middle = picture[
        int((box.top + box.bottom) / 2 * (height - 1)), int((box.left + box.right) / 2 * (width - 1))
    ]
    corners = np.stack([picture[0, 0], picture[0, -1], picture[-1, 0], picture[-1, -1]])
    return bool(np.abs(corners - middle).max(1).min() > 25)


@pytest.mark.parametrize("name", REFUSED)
def test_a_case_is_refused(name: str, picture_cases: Path) -> None:
    with pytest.raises(TinymlError) as caught:
        load_dataset(next((picture_cases / name).glob("data*")))
    assert _matches(REFUSED[name], f"{caught.value.what}\n{caught.value.cure}")
    assert caught.value.cure


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


def test_the_turned_phone_pictures_of_the_cases(picture_cases: Path) -> None:
    folder = picture_cases / "20-exif-labelimg-raw-boxes" / "data"
    dataset = load_dataset(folder, skip_bad=True)
    assert len(dataset.skipped) == 1 and "phone180" in dataset.skipped[0]
    samples = dataset.train + dataset.test
    assert {"phone.jpg", "phone90.jpg"} & {sample.path.name for sample in samples}
    assert all(coloured(sample.path, box) for sample in samples for box in sample.boxes)
    assert any("their boxes are not: the boxes were turned too" in notice for notice in dataset.notices)


def test_negatives_are_taken_where_they_are_offered(picture_cases: Path) -> None:
    dataset = load_dataset(picture_cases / "39-negatives-without-xml" / "data", negatives=True)
    samples = dataset.train + dataset.test
    assert len(samples) == 11 and [sample.path.name for sample in samples if not sample.boxes] == [
        "empty1.jpg"
    ]
    unsorted = [dataset.unsorted_counts(split) for split in dataset.splits]
    assert sum(row["nothing"] for row in unsorted) == 1 and not sum(row["several kinds"] for row in unsorted)


def scene(path: Path, orientation: int, size: tuple[int, int] = SIZE) -> tuple[int, int, int, int]:
    """Write a JPEG as a turned phone does, with a red object at known pixels of the picture as stored; returns those."""
    image = Image.new("RGB", size, (20, 90, 40))
    edges = (size[0] // 10, size[1] // 6, size[0] // 2, size[1] // 2)
    image.paste("red", edges)
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, exif=exif, quality=95)
    return edges


def voc_of(size: tuple[int, int] | None, edges: tuple[int, ...]) -> str:
    stated = f"<size><width>{size[0]}</width><height>{size[1]}</height></size>" if size else ""
    left, top, right, bottom = edges
    return (
        f"<annotation>{stated}<object><name>red</name><bndbox><xmin>{left}</xmin><ymin>{top}</ymin><xmax>{right}</xmax>"
        f"<ymax>{bottom}</ymax></bndbox></object></annotation>"
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_turn_with_their_picture(orientation: int, tmp_path: Path) -> None:
    """Whatever EXIF says: a box drawn on the stored picture frames the same object in the turned one."""
    left, top, right, bottom = scene(tmp_path / "a.jpg", orientation)
    edges = (left / SIZE[0], top / SIZE[1], right / SIZE[0], bottom / SIZE[1])
    picture = read_picture(tmp_path / "a.jpg").astype(int)
    red = np.argwhere((picture[..., 0] > 180) & (picture[..., 1] < 60))
    height, width = picture.shape[:2]
    found = (
        red[:, 1].min() / width,
        red[:, 0].min() / height,
        (red[:, 1].max() + 1) / width,
        (red[:, 0].max() + 1) / height,
    )
    assert np.allclose(turned(edges, orientation), found, atol=0.03)
    if orientation >= 5:  # the stated size tells
        for number, (size, box) in enumerate(
            ((SIZE, (left, top, right, bottom)), ((SIZE[1], SIZE[0]), found))
        ):
            root = tmp_path / str(number)
            for name in ("train/a", "test/b"):
                scene(root / f"{name}.jpg", orientation)
                scaled = (
                    box if number == 0 else [round(edge * side) for edge, side in zip(box, (72, 96, 72, 96))]
                )
                write(root / f"{name}.xml", voc_of(size, tuple(scaled)))
            (read,) = load_dataset(root).train[0].boxes
            assert np.allclose((read.left, read.top, read.right, read.bottom), found, atol=0.03)


def test_sixteen_bit_gray_is_seen_as_it_is(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16)
    Image.fromarray(np.tile(ramp, (8, 1))).save(tmp_path / "ramp.png")
    Image.fromarray(np.tile(ramp, (8, 1))).save(tmp_path / "ramp.tif")
    for name in ("ramp.png", "ramp.tif"):
        picture = read_picture(tmp_path / name)
        assert np.abs(picture[0, :, 0].astype(int) - np.linspace(0, 255, 64)).max() <= 1, name
    Image.fromarray(np.tile(np.linspace(0, 1, 64, dtype=np.float32), (8, 1))).save(tmp_path / "real.tif")
    assert np.abs(read_picture(tmp_path / "real.tif")[0, :, 0] - np.linspace(0, 255, 64)).max() <= 1


@pytest.mark.parametrize(
    "suffix", ["jpeg", "JFIF", "jpe", "tif", "TIFF", "gif", "webp", "avif", "heic", "bmp"]
)
def test_every_extension_is_a_picture(suffix: str, tmp_path: Path) -> None:
    if suffix == "heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    kind = {"heic": "HEIF", "jfif": "JPEG", "jpe": "JPEG"}.get(suffix.lower())
    for split in ("train", "test"):
        for name in ("red", "blue"):
            (tmp_path / split / name).mkdir(parents=True)
            Image.new("RGB", (32, 32), name).save(tmp_path / split / name / f"1.{suffix}", kind)
    dataset = load_dataset(tmp_path)
    assert len(dataset.train) == len(dataset.test) == 2
    red = read_picture(dataset.train[1].path)[16, 16].astype(int)
    assert red[0] > 200 and red[2] < 60


def test_heic_without_the_extra_is_counted_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        for number in range(4):
            draw(Picture("train", f"{name} {number}", ()), tmp_path / name / f"{number}.jpg")
    (tmp_path / "a" / "photo.HEIC").write_bytes(b"whatever")
    monkeypatch.setattr("tinyml.data.assemble.heic_is_readable", lambda: False)
    dataset = load_dataset(tmp_path)
    assert len(dataset.train + dataset.test) == 8
    assert any(
        "1 left out" in notice and "tinyml[heic]" in notice and "photo.HEIC" in notice
        for notice in dataset.notices
    )


@pytest.mark.parametrize(
    "name, split",
    [("Train", "train"), ("training", "train"), ("TRAINING_SET", "train"), ("train2017", "train"), ("seg_train", "train"),
     ("val", "validation"), ("Valid", "validation"), ("validation", "validation"), ("dev", "validation"),
     ("TEST", "test"), ("testing", "test"), ("Test-Images", "test"), ("test1", "test"),
     ("trainer", ""), ("contest", ""), ("valley", ""), ("tests are fun", ""), ("device", ""), ("apple", "")],
)  # fmt: skip
def test_names_of_splits(name: str, split: str) -> None:
    assert split_name(name) == split


def test_what_lies_outside_the_splits_is_told(tmp_path: Path) -> None:
    voc(tmp_path, make_pictures())
    for number in range(5):
        picture = Picture("more", f"more {number}", (("banana", 1, 1, 30, 30),))
        draw(picture, tmp_path / "more" / f"{number}.jpg")
        write(tmp_path / "more" / f"{number}.xml", voc_xml(picture))
    dataset = load_dataset(tmp_path)
    (notice,) = dataset.notices
    assert notice.startswith(
        "5 left out, outside test, train, validation: more/0.jpg, more/1.jpg, more/2.jpg ..."
    )
    assert sum(map(len, dataset.left_out.values())) == 5


def test_a_list_that_names_missing_pictures_is_told(tmp_path: Path) -> None:
    coco_by_split(tmp_path, make_pictures())
    (tmp_path / "train" / "train bild 3.jpg").unlink()
    dataset = load_dataset(tmp_path)
    assert len(dataset.train) == 7 and any("train bild 3.jpg" in notice for notice in dataset.notices)


def test_two_formats_in_one_folder_are_told(tmp_path: Path) -> None:
    voc(tmp_path, make_pictures())
    for picture in make_pictures():
        write(tmp_path / picture.split / f"{picture.name}.txt", "0 0.5 0.5 0.2 0.2\n")
    assert any(
        "read as Pascal VOC" in notice and "YOLO" in notice for notice in load_dataset(tmp_path).notices
    )
    write(tmp_path / "dataset.toml", 'title = "Mine"\nformat = "yolo"\n')
    write(tmp_path / "classes.txt", "\n".join(NAMES))
    assert load_dataset(tmp_path).format == "yolo"


def test_yaml_builds_no_objects(tmp_path: Path) -> None:
    yolo_by_split(tmp_path, make_pictures())
    marker = tmp_path / "executed"
    write(tmp_path / "data.yaml", f"names: !!python/object/apply:os.system ['touch {marker}']\n")
    with pytest.raises(DataError, match=r"data\.yaml"):
        load_dataset(tmp_path)
    assert not marker.exists()


def test_yolo_without_names_says_what_is_missing(tmp_path: Path) -> None:
    yolo_by_split(tmp_path, make_pictures())
    (tmp_path / "data.yaml").unlink()
    with pytest.raises(DataError, match="nothing that names their classes") as caught:
        load_dataset(tmp_path)
    assert "classes.txt" in caught.value.cure


def test_a_deflate64_zip_is_refused_once(tmp_path: Path) -> None:
    voc(tmp_path / "mine", make_pictures())
    archive = zipped(tmp_path / "mine")
    data = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as members:
        directory = members.start_dir
    while (directory := data.find(b"PK\x01\x02", directory)) >= 0:
        data[directory + 10] = 9
        directory += 4
    archive.write_bytes(data)
    with pytest.raises(DataError, match="Deflate64"):
        load_dataset(archive)


def test_a_tar_is_unpacked_once(tmp_path: Path) -> None:
    voc(tmp_path / "mine", make_pictures())
    with tarfile.open(tmp_path / "mine.tar.gz", "w:gz") as members:
        members.add(tmp_path / "mine", "mine")
    dataset = load_dataset(tmp_path / "mine.tar.gz")
    assert dataset.name == "mine" and len(dataset.train) == 8
    assert natural_task(tmp_path / "mine.tar.gz") == "detect"
    assert load_dataset(tmp_path / "mine.tar.gz").folder == dataset.folder
    (tmp_path / "mine.rar").write_bytes(b"Rar!")
    with pytest.raises(DataError, match="neither a folder nor a zip file, nor a tar file"):
        load_dataset(tmp_path / "mine.rar")


def test_the_same_file_in_training_and_test_is_told(tmp_path: Path) -> None:
    voc(tmp_path, make_pictures())
    for suffix in (".JPG", ".xml"):
        content = (tmp_path / "train" / f"train bild 1{suffix}").read_bytes()
        (tmp_path / "test" / f"copy{suffix}").write_bytes(content)
    assert any(
        "in two splits at once" in notice and "copy.JPG" in notice
        for notice in load_dataset(tmp_path).notices
    )


def test_an_upright_copy_of_a_turned_picture(tmp_path: Path) -> None:
    """A picture that EXIF turns is converted as people see it."""
    for split in ("train", "test"):
        scene(tmp_path / "mine" / split / f"{split}.jpg", 6)
        write(tmp_path / "mine" / split / f"{split}.xml", voc_of(SIZE, (9, 12, 48, 36)))
    dataset = load_dataset(tmp_path / "mine")
    convert(dataset, "coco", tmp_path / "new")
    again = load_dataset(tmp_path / "new")
    assert again.train[0].path.suffix == ".png"
    with Image.open(dataset.train[0].path) as stored:
        assert np.array_equal(read_picture(again.train[0].path), np.asarray(ImageOps.exif_transpose(stored)))
    before, after = dataset.train[0].boxes[0], again.train[0].boxes[0]
    assert np.allclose((before.left, before.top), (after.left, after.top), atol=0.01)
