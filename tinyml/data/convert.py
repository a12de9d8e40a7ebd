"""`tinyml data convert`: a data set with boxes written in another format, for other tools; it reads back the same."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli_w
import yaml
from PIL import Image

from tinyml.data.archives import open_file
from tinyml.data.pictures import COMMON, picture_frames, picture_size, read_picture
from tinyml.data.samples import Box, Dataset, Sample
from tinyml.data.voc_file import VocObject, voc_bytes, whole_pixels
from tinyml.errors import DataError
from tinyml.files import replacing_folder
from tinyml.progress import track

FOLDERS = {"train": "train", "validation": "valid", "test": "test"}
EDGE_IMPULSE_FOLDERS = {"train": "training", "validation": "training", "test": "testing"}
Edges = tuple[float, float, float, float]


@dataclass(frozen=True)
class Written:
    """One picture of the new data set."""

    name: str  # of its file
    split: str
    width: int
    height: int
    boxes: tuple[Box, ...]

    def pixels(self, box: Box) -> Edges:
        """Return a box's edges in pixels."""
        return box.left * self.width, box.top * self.height, box.right * self.width, box.bottom * self.height


def convert(dataset: Dataset, kind: str, folder: Path) -> dict[str, int]:
    """Write `dataset` into `folder` as a row of `WRITERS` and return how many pictures each split got.

    Pictures are copied byte for byte, those that EXIF turns are saved upright, since tools differ in what they make of
    it. A dataset.toml keeps what the format cannot say. Raises DataError where the set has no boxes, or a picture is damaged.
    """
    if not dataset.box_classes:
        raise DataError(
            f"'{dataset.name}' has no boxes, and {kind} is a format for boxes",
            cure="use the class folders as they are: every tool reads them",
        )
    place, write = WRITERS[kind]
    with replacing_folder(folder) as temporary:
        seen: Counter[str] = Counter()
        written = []
        for split in dataset.splits:
            for sample in track(dataset.split(split), f"copying {split} pictures"):
                written.append(_copy(sample, split, temporary / place(split), seen))
        write(temporary, written, dataset.box_classes)
        table: dict[str, object] = {
            "title": dataset.title,
            "format": kind,
            "classes": list(dataset.classes),
            "box_classes": list(dataset.box_classes),
        }
        if _label_is_prefix(dataset):
            table["label_from"] = "prefix"
        if dataset.mixed:
            table["mixed"] = dataset.mixed
        (temporary / "dataset.toml").write_text(tomli_w.dumps(table), encoding="utf-8")
    return dict(Counter(row.split for row in written))


def _label_is_prefix(dataset: Dataset) -> bool:
    samples = [sample for split in dataset.splits for sample in dataset.split(split)]
    return all(
        sample.label is not None and sample.path.stem.split("_")[0] == dataset.classes[sample.label]
        for sample in samples
    )


def _copy(sample: Sample, split: str, folder: Path, seen: Counter[str]) -> Written:
    (width, height), orientation = picture_frames(sample.path)
    stem, suffix = sample.path.stem, sample.path.suffix.lower()
    plain = orientation == 1 and suffix in COMMON
    name = f"{stem}{sample.path.suffix if plain else '.png'}"
    seen[name.lower()] += 1
    if (number := seen[name.lower()]) > 1:
        name = f"{stem}_{number}{Path(name).suffix}"
        seen[name.lower()] += 1
    folder.mkdir(parents=True, exist_ok=True)
    if plain:
        with open_file(sample.path) as source, (folder / name).open("wb") as target:
            shutil.copyfileobj(source, target)
    else:
        Image.fromarray(read_picture(sample.path)).save(folder / name)
        width, height = picture_size(folder / name)
    return Written(name, split, width, height, sample.boxes)


def write_voc(folder: Path, written: list[Written], classes: tuple[str, ...]) -> None:
    """Write an XML file beside each picture."""
    for row in written:
        objects = [VocObject(classes[box.label], box) for box in row.boxes]
        path = (folder / FOLDERS[row.split] / row.name).with_suffix(".xml")
        path.write_bytes(voc_bytes(FOLDERS[row.split], row.name, row.width, row.height, objects))


def write_yolo(folder: Path, written: list[Written], classes: tuple[str, ...]) -> None:
    """Write labels/ beside images/ in each split, and a data.yaml that YOLO's trainers take."""
    for row in written:
        lines = [
            f"{box.label} {(box.left + box.right) / 2:.6f} {(box.top + box.bottom) / 2:.6f} "
            f"{box.right - box.left:.6f} {box.bottom - box.top:.6f}\n"
            for box in row.boxes
        ]
        path = (folder / FOLDERS[row.split] / "labels" / row.name).with_suffix(".txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8")
    splits = {row.split for row in written}
    validation = "validation" if "validation" in splits else "test"  # trainers insist on one
    places = {"train": "train", "val": FOLDERS[validation], "test": "test"}
    table = {name: f"{place}/images" for name, place in places.items()} | {
        "nc": len(classes),
        "names": list(classes),
    }
    (folder / "data.yaml").write_text(
        yaml.safe_dump(table, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )


def write_coco(folder: Path, written: list[Written], classes: tuple[str, ...]) -> None:
    """Write _annotations.coco.json beside the pictures of each split."""
    for split in {row.split for row in written}:
        rows = [row for row in written if row.split == split]
        annotations: list[dict[str, object]] = []
        for number, row in enumerate(rows):
            for box in row.boxes:
                left, top, right, bottom = row.pixels(box)
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": number,
                        "category_id": box.label,
                        "bbox": [round(value, 3) for value in (left, top, right - left, bottom - top)],
                        "area": round((right - left) * (bottom - top), 3),
                        "iscrowd": 0,
                    }
                )
        images = [
            {"id": number, "file_name": row.name, "width": row.width, "height": row.height}
            for number, row in enumerate(rows)
        ]
        categories = [{"id": number, "name": name} for number, name in enumerate(classes)]
        table = {"images": images, "annotations": annotations, "categories": categories}
        _write_json(folder / FOLDERS[split] / "_annotations.coco.json", table)


def write_edge_impulse(folder: Path, written: list[Written], classes: tuple[str, ...]) -> None:
    """Write bounding_boxes.labels beside the pictures of training/ and testing/; validation pictures go to training."""
    for place in set(EDGE_IMPULSE_FOLDERS.values()):
        boxes: dict[str, list[dict[str, object]]] = {}
        for row in written:
            if EDGE_IMPULSE_FOLDERS[row.split] != place:
                continue
            boxes[row.name] = []
            for box in row.boxes:
                left, top, right, bottom = whole_pixels(box, row.width, row.height)
                edges = {"x": left, "y": top, "width": right - left, "height": bottom - top}
                boxes[row.name].append({"label": classes[box.label], **edges})
        table = {"version": 1, "type": "bounding-box-labels", "boundingBoxes": boxes}
        _write_json(folder / place / "bounding_boxes.labels", table)


def _write_json(path: Path, table: Mapping[str, object]) -> None:
    path.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


# By format: where a split's pictures lie, and what writes the annotations once they are there.
WRITERS: dict[str, tuple[Callable[[str], str], Callable[[Path, list[Written], tuple[str, ...]], None]]] = {
    "voc": (FOLDERS.__getitem__, write_voc),
    "yolo": (lambda split: f"{FOLDERS[split]}/images", write_yolo),
    "coco": (FOLDERS.__getitem__, write_coco),
    "edge-impulse": (EDGE_IMPULSE_FOLDERS.__getitem__, write_edge_impulse),
}
