"""Every format of labelled pictures, in every habit of packing: the same samples, boxes and splits come out."""

from pathlib import Path

import pytest
from support.annotated import NAMES, SIZE, WRITERS, Picture, make_pictures, zipped

from tinyml.data import Dataset, load_dataset
from tinyml.data.convert import WRITERS as CONVERTERS
from tinyml.data.convert import convert
from tinyml.data.load import natural_task
from tinyml.data.pictures import picture_size

SPLIT_OF = {"train": "train", "valid": "validation", "test": "test"}


def expected(pictures: list[Picture]) -> dict[str, dict[str, list[tuple]]]:
    found: dict[str, dict[str, list[tuple]]] = {"train": {}, "validation": {}, "test": {}}
    for picture in pictures:
        boxes = [
            (name, left, top, min(right, 96), min(bottom, 72))
            for name, left, top, right, bottom in picture.boxes
        ]
        found[SPLIT_OF[picture.split]][picture.name.replace("_", " ")] = boxes
    return found


def described(dataset: Dataset) -> dict[str, dict[str, list[tuple]]]:
    return {
        split: {
            sample.path.stem.replace("_", " "): [
                (
                    dataset.box_classes[box.label],
                    *(
                        round(edge * side, 1)
                        for edge, side in zip((box.left, box.top, box.right, box.bottom), (*SIZE, *SIZE))
                    ),
                )
                for box in sample.boxes
            ]
            for sample in dataset.split(split)
        }
        for split in ("train", "validation", "test")
    }


@pytest.mark.parametrize("name", WRITERS)
def test_a_format_is_recognized_and_read(name: str, tmp_path: Path) -> None:
    kind, write = WRITERS[name]
    write(tmp_path / "mine", make_pictures())
    dataset = load_dataset(tmp_path / "mine")
    assert dataset.format == kind and natural_task(tmp_path / "mine") == "detect"
    assert dataset.box_classes == tuple(sorted(NAMES))
    assert described(dataset) == expected(make_pictures())
    assert not dataset.left_out and not dataset.automatic_split and not dataset.notices
    outside = tmp_path / "outside"
    (outside / "a b" / "c").mkdir(parents=True)
    (tmp_path / "mine").rename(outside / "a b" / "c" / "mine")
    (outside / "README.md").write_text("about the pictures")
    (outside / "a b" / "Thumbs.db").write_bytes(b"debris")
    assert described(load_dataset(outside)) == expected(make_pictures())
    for backslashes in (False, True):
        packed = load_dataset(zipped(outside, backslashes))
        assert packed.format == kind and described(packed) == expected(make_pictures())


@pytest.mark.parametrize(
    "names",
    [
        ("TRAIN", "VAL", "TEST"),
        ("Training_set", "dev", "Test-Images"),
        ("train_data", "Validation", "testing"),
    ],
)
@pytest.mark.parametrize("name", ["voc", "yolo by split", "coco by split", "labelme", "csv roboflow"])
def test_splits_are_found_in_any_case_and_spelling(name: str, names: tuple[str, ...], tmp_path: Path) -> None:
    WRITERS[name][1](tmp_path, make_pictures())
    for old, new in zip(("train", "valid", "test"), names):
        (tmp_path / old).rename(tmp_path / f"_{new}")
        (tmp_path / f"_{new}").rename(tmp_path / new)
    assert described(load_dataset(tmp_path)) == expected(make_pictures())


@pytest.mark.parametrize("target", CONVERTERS)
@pytest.mark.parametrize("source", ["voc", "yolo by kind"])
def test_what_is_converted_reads_back_the_same(source: str, target: str, tmp_path: Path) -> None:
    WRITERS[source][1](tmp_path / "mine", make_pictures())
    dataset = load_dataset(tmp_path / "mine")
    convert(dataset, target, tmp_path / "new")
    again = load_dataset(tmp_path / "new")
    assert again.format == target and again.classes == dataset.classes
    if target == "edge-impulse":  # which knows no validation pictures
        both = described(dataset)
        assert described(again) == {
            "train": both["train"] | both["validation"],
            "validation": {},
            "test": both["test"],
        }
    else:
        assert described(again) == described(dataset)
    (tmp_path / "new" / "dataset.toml").unlink()
    assert load_dataset(tmp_path / "new").format == target


@pytest.mark.parametrize("target", CONVERTERS)
def test_the_real_fruit_survives_each_format(target: str, real_data: Path, tmp_path: Path) -> None:
    fruit = load_dataset("fruit", real_data)
    convert(fruit, target, tmp_path / "fruit")
    again = load_dataset(tmp_path / "fruit")
    assert (again.classes, again.box_classes, again.mixed) == (fruit.classes, fruit.box_classes, fruit.mixed)
    for split in ("train", "test"):
        old, new = fruit.split(split), again.split(split)
        assert [sample.path.name for sample in new] == [sample.path.name for sample in old]
        for before, after in zip(old, new):
            assert after.path.read_bytes() == before.path.read_bytes() and after.label == before.label
            width, height = picture_size(before.path)
            assert [box.label for box in after.boxes] == [box.label for box in before.boxes]
            for one, other in zip(before.boxes, after.boxes):
                assert abs(one.left - other.left) * width < 1 and abs(one.right - other.right) * width < 1
                assert abs(one.top - other.top) * height < 1 and abs(one.bottom - other.bottom) * height < 1
