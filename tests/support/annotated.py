"""One small data set with boxes, written in each format as the tools of the field write it (not by tinyml's own writers)."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (96, 72)
SPLITS = {"train": 8, "valid": 3, "test": 4}
NAMES = ("Äpfel grün", "banana")


@dataclass(frozen=True)
class Picture:
    """A picture that is written, and the (class, left, top, right, bottom) in pixels that it shows."""

    split: str
    name: str
    boxes: tuple[tuple[str, int, int, int, int], ...]


def make_pictures() -> list[Picture]:
    """Return the pictures of the set: one or two objects in each, none in one of each split."""
    random = np.random.default_rng(7)
    pictures = []
    for split, count in SPLITS.items():
        for number in range(count):
            boxes = []
            for place in range(0 if number == 0 else 1 + number % 2):
                left, top = int(random.integers(0, 50)), int(random.integers(0, 30))
                wide, high = int(random.integers(10, 40)), int(random.integers(10, 40))
                boxes.append((NAMES[(number + place) % 2], left, top, left + wide, top + high))
            pictures.append(Picture(split, f"{split} bild {number}", tuple(boxes)))
    return pictures


def draw(picture: Picture, path: Path) -> None:
    """Write the picture as a JPEG file."""
    image = Image.new("RGB", SIZE, (30, 60 + 7 * len(picture.name), sum(map(ord, picture.name)) % 250))
    for name, *edges in picture.boxes:
        image.paste("red" if name == "banana" else "green", tuple(edges))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "JPEG")


def voc_xml(picture: Picture) -> str:
    """Return the picture's Pascal VOC file."""
    objects = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{left}</xmin><ymin>{top}</ymin><xmax>{right}</xmax>"
        f"<ymax>{bottom}</ymax></bndbox></object>"
        for name, left, top, right, bottom in picture.boxes
    )
    return (
        f"<annotation><size><width>{SIZE[0]}</width><height>{SIZE[1]}</height></size>{objects}</annotation>"
    )


def yolo_txt(picture: Picture) -> str:
    """Return the picture's YOLO file."""
    width, height = SIZE
    return "".join(
        f"{NAMES.index(name)} {(left + right) / 2 / width:.6f} {(top + bottom) / 2 / height:.6f} "
        f"{(right - left) / width:.6f} {(bottom - top) / height:.6f}\n"
        for name, left, top, right, bottom in picture.boxes
    )


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def voc(root: Path, pictures: list[Picture]) -> None:
    for picture in pictures:
        draw(picture, root / picture.split / f"{picture.name}.JPG")
        write(root / picture.split / f"{picture.name}.xml", voc_xml(picture))


def voc_devkit(root: Path, pictures: list[Picture]) -> None:
    for picture in pictures:
        draw(picture, root / "JPEGImages" / f"{picture.name.replace(' ', '_')}.jpg")
        write(root / "Annotations" / f"{picture.name.replace(' ', '_')}.xml", voc_xml(picture))
    for split, name in (("train", "train"), ("valid", "val"), ("test", "test")):
        lines = [f"{picture.name.replace(' ', '_')}\n" for picture in pictures if picture.split == split]
        write(root / "ImageSets" / "Main" / f"{name}.txt", "".join(lines))


def yolo_by_kind(root: Path, pictures: list[Picture]) -> None:
    for picture in pictures:
        draw(picture, root / "images" / picture.split / f"{picture.name}.jpg")
        write(root / "labels" / picture.split / f"{picture.name}.txt", yolo_txt(picture))
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(NAMES))
    write(
        root / "data.yaml", f"path: ../datasets/mine\ntrain: images/train\nval: images/valid\nnames:\n{names}"
    )


def yolo_by_split(root: Path, pictures: list[Picture]) -> None:
    for picture in pictures:
        draw(picture, root / picture.split / "images" / f"{picture.name}.jpg")
        write(root / picture.split / "labels" / f"{picture.name}.txt", yolo_txt(picture))
    write(root / "data.yaml", f"train: ../train/images\nnc: 2\nnames: ['{NAMES[0]}', '{NAMES[1]}']\n")


def yolo_flat(root: Path, pictures: list[Picture]) -> None:
    for picture in pictures:
        draw(picture, root / f"{picture.name}.jpg")
        write(root / f"{picture.name}.txt", yolo_txt(picture))
    write(root / "classes.txt", "\n".join(NAMES) + "\n")
    for split in SPLITS:
        lines = [f"data/{picture.name}.jpg\n" for picture in pictures if picture.split == split]
        write(root / f"{split}.txt", "".join(lines))


def coco_table(pictures: list[Picture]) -> str:
    images = [
        {"id": 10 + i, "file_name": f"{picture.name}.jpg", "width": SIZE[0], "height": SIZE[1]}
        for i, picture in enumerate(pictures)
    ]
    annotations = [
        {"id": 100 * i + k, "image_id": 10 + i, "category_id": 1 + NAMES.index(box[0]), "iscrowd": 0}
        | {"bbox": [box[1], box[2], box[3] - box[1], box[4] - box[2]]}
        for i, picture in enumerate(pictures)
        for k, box in enumerate(picture.boxes)
    ]
    categories = [{"id": 1 + number, "name": name} for number, name in enumerate(NAMES)]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories})


def by_split(root: Path, pictures: list[Picture], name: str, text_of: Callable[[list[Picture]], str]) -> None:
    """Write a folder for each split, with its pictures and one file that labels them."""
    for split in SPLITS:
        chosen = [picture for picture in pictures if picture.split == split]
        for picture in chosen:
            draw(picture, root / split / f"{picture.name}.jpg")
        write(root / split / name, text_of(chosen))


def coco_by_split(root: Path, pictures: list[Picture]) -> None:
    by_split(root, pictures, "_annotations.coco.json", coco_table)


def coco_2017(root: Path, pictures: list[Picture]) -> None:
    for split, name in (("train", "train2017"), ("valid", "val2017"), ("test", "test2017")):
        chosen = [picture for picture in pictures if picture.split == split]
        for picture in chosen:
            draw(picture, root / name / f"{picture.name}.jpg")
        write(root / "annotations" / f"instances_{name}.json", coco_table(chosen))


def edge_boxes(picture: Picture) -> list[dict[str, object]]:
    return [
        {"label": name, "x": left, "y": top, "width": right - left, "height": bottom - top}
        for name, left, top, right, bottom in picture.boxes
    ]


def edge_impulse(root: Path, pictures: list[Picture]) -> None:
    for split, folder in (("train", "training"), ("valid", "validation"), ("test", "testing")):
        chosen = [picture for picture in pictures if picture.split == split]
        for picture in chosen:
            draw(picture, root / folder / f"{picture.name}.jpg")
        boxes = {f"{picture.name}.jpg": edge_boxes(picture) for picture in chosen}
        write(root / folder / "bounding_boxes.labels", json.dumps({"version": 1, "boundingBoxes": boxes}))


def edge_impulse_uploader(root: Path, pictures: list[Picture]) -> None:
    files = []
    for picture in pictures:
        category = {"train": "training", "valid": "validation", "test": "testing"}[picture.split]
        draw(picture, root / "files" / f"{picture.name}.jpg")
        files.append(
            {"path": f"files/{picture.name}.jpg", "category": category, "label": {"type": "unlabeled"}}
            | {"boundingBoxes": edge_boxes(picture)}
        )
    write(root / "info.labels", json.dumps({"version": 1, "files": files}))


def labelme(root: Path, pictures: list[Picture]) -> None:
    for picture in pictures:
        draw(picture, root / picture.split / f"{picture.name}.jpg")
        shapes = [
            {"label": name, "shape_type": "rectangle", "points": [[left, top], [right, bottom]]}
            if number % 2
            else {"label": name, "shape_type": "polygon"}
            | {"points": [[left, top], [right, top + 2], [left + 2, bottom]]}
            for number, (name, left, top, right, bottom) in enumerate(picture.boxes)
        ]
        table = {"version": "5", "shapes": shapes, "imagePath": f"{picture.name}.jpg", "imageData": None}
        table |= {"imageWidth": SIZE[0], "imageHeight": SIZE[1]}
        write(root / picture.split / f"{picture.name}.json", json.dumps(table))


def label_studio(root: Path, pictures: list[Picture]) -> None:
    for split in SPLITS:
        tasks = []
        for picture in (picture for picture in pictures if picture.split == split):
            draw(picture, root / split / f"{picture.name}.jpg")
            result = [
                {"type": "rectanglelabels", "original_width": SIZE[0], "original_height": SIZE[1]}
                | {
                    "value": {
                        "x": 100 * left / SIZE[0],
                        "y": 100 * top / SIZE[1],
                        "width": 100 * (right - left) / SIZE[0],
                        "height": 100 * (bottom - top) / SIZE[1],
                        "rotation": 0,
                        "rectanglelabels": [name],
                    }
                }
                for name, left, top, right, bottom in picture.boxes
            ]
            address = f"/data/upload/3/0a1b2c3d-{picture.name.replace(' ', '%20')}.jpg"
            tasks.append({"id": len(tasks), "data": {"image": address}, "annotations": [{"result": result}]})
        write(root / split / "result.json", json.dumps(tasks))


def cvat(root: Path, pictures: list[Picture]) -> None:
    rows = ""
    for number, picture in enumerate(pictures):
        draw(picture, root / "images" / f"{picture.name}.jpg")
        shapes = "".join(
            f'<box label="{name}" xtl="{left}.00" ytl="{top}.00" xbr="{right}.00" ybr="{bottom}.00"></box>'
            for name, left, top, right, bottom in picture.boxes
        )
        rows += (
            f'<image id="{number}" name="{picture.name}.jpg" subset="{picture.split}" width="{SIZE[0]}" '
            f'height="{SIZE[1]}">{shapes}</image>'
        )
    write(root / "annotations.xml", f"<annotations><version>1.1</version>{rows}</annotations>")


def csv_text(pictures: list[Picture], delimiter: str = ",") -> str:
    stream = io.StringIO()
    rows = csv.writer(stream, delimiter=delimiter)
    rows.writerow(["filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax"])
    for picture in pictures:
        for name, *edges in picture.boxes or [("", "", "", "", "")]:
            rows.writerow([f"{picture.name}.jpg", *SIZE, name, *edges])
    return stream.getvalue()


def csv_roboflow(root: Path, pictures: list[Picture]) -> None:
    by_split(root, pictures, "_annotations.csv", csv_text)


def csv_tensorflow(root: Path, pictures: list[Picture]) -> None:
    for split in SPLITS:
        chosen = [picture for picture in pictures if picture.split == split]
        for picture in chosen:
            draw(picture, root / "images" / f"{picture.name}.jpg")
        write(root / f"{split}_labels.csv", csv_text(chosen, ";"))


# By name: (the format that is recognized, what writes it).
WRITERS: dict[str, tuple[str, Callable[[Path, list[Picture]], None]]] = {
    "voc": ("voc", voc),
    "voc devkit": ("voc", voc_devkit),
    "yolo by kind": ("yolo", yolo_by_kind),
    "yolo by split": ("yolo", yolo_by_split),
    "yolo flat": ("yolo", yolo_flat),
    "coco by split": ("coco", coco_by_split),
    "coco 2017": ("coco", coco_2017),
    "edge impulse": ("edge-impulse", edge_impulse),
    "edge impulse uploader": ("edge-impulse", edge_impulse_uploader),
    "labelme": ("labelme", labelme),
    "label studio": ("label-studio", label_studio),
    "cvat": ("cvat", cvat),
    "csv roboflow": ("csv", csv_roboflow),
    "csv tensorflow": ("csv", csv_tensorflow),
}


def zipped(folder: Path, backslashes: bool = False) -> Path:
    """Pack a folder as `<folder>.zip`, as an old Windows tool does with `backslashes`, and return its path."""
    archive = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = path.relative_to(folder).as_posix()
                members.writestr(name.replace("/", "\\") if backslashes else name, path.read_bytes())
    return archive
