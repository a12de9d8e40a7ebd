"""The formats that labelled pictures come in: one reader per file, one row per format."""

from collections.abc import Callable
from dataclasses import dataclass

from tinyml.data.formats.class_folders import is_class_folders, read_class_folders
from tinyml.data.formats.coco import is_coco, read_coco
from tinyml.data.formats.csv_table import is_csv, is_csv_classes, read_csv, read_csv_classes
from tinyml.data.formats.cvat import is_cvat, read_cvat
from tinyml.data.formats.edge_impulse import (
    is_edge_impulse,
    is_edge_impulse_labels,
    read_edge_impulse,
    read_edge_impulse_labels,
)
from tinyml.data.formats.label_studio import is_label_studio, read_label_studio
from tinyml.data.formats.labelme import is_labelme, read_labelme
from tinyml.data.formats.reading import Labelled, Reading
from tinyml.data.formats.voc import is_voc, read_voc
from tinyml.data.formats.yolo import is_yolo, read_yolo
from tinyml.data.layout import Tree


@dataclass(frozen=True)
class Format:
    """One format of labelled pictures: how it is recognized, read, and named in messages."""

    recognizes: Callable[[Tree], bool]
    read: Callable[[Reading], list[Labelled]]
    boxes: bool
    words: str  # "pictures with ..."
    annotation: str = ""  # the suffix of each picture's own file, where there is one
    upright: bool = (
        True  # boxes without a stated size are those of the picture turned by its EXIF orientation
    )


# In the order in which they are tried: what says more about itself comes first.
FORMATS: dict[str, Format] = {
    "edge-impulse": Format(
        is_edge_impulse, read_edge_impulse, True, "an Edge Impulse export (bounding_boxes.labels)"
    ),
    "edge-impulse-labels": Format(
        is_edge_impulse_labels,
        read_edge_impulse_labels,
        False,
        "an Edge Impulse export of labels (info.labels)",
    ),
    "coco": Format(is_coco, read_coco, True, "COCO JSON"),
    "label-studio": Format(is_label_studio, read_label_studio, True, "a Label Studio export (JSON)"),
    "cvat": Format(is_cvat, read_cvat, True, "a CVAT export (XML for images)"),
    "csv": Format(is_csv, read_csv, True, "a CSV table of boxes", upright=False),
    "csv-classes": Format(is_csv_classes, read_csv_classes, False, "a CSV table of classes"),
    "voc": Format(is_voc, read_voc, True, "Pascal VOC files (.xml)", ".xml", upright=False),
    "labelme": Format(is_labelme, read_labelme, True, "LabelMe files (.json)", ".json"),
    "yolo": Format(is_yolo, read_yolo, True, "YOLO label files (.txt)"),
    "folders": Format(is_class_folders, read_class_folders, False, "one folder per class"),
}


def recognized(tree: Tree) -> list[str]:
    """Return the names of the formats that a tree holds, the one to read first; empty where it holds none."""
    found = [name for name, row in FORMATS.items() if row.recognizes(tree)]
    return [name for name in found if name != "folders"] or found
