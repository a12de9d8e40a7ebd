"""What a data set is once it is read: samples with a label, boxes, or both."""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from tinyml.errors import DataError

LABELS = ("original", "audited")  # the boxes as the data set has them, and as its corrections.toml says


@dataclass(frozen=True)
class Box:
    """One object: `label` indexes `Dataset.box_classes`; the edges are fractions 0..1 of the picture's width and height."""

    label: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Sample:
    """One picture, not yet decoded: `label` indexes `Dataset.classes` (None: no single class is known).

    `path` may lead into a zip file (`set.zip/train/cat/0001.jpg`); `read_picture` opens both.
    """

    path: Path
    label: int | None = None
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """Pictures for training and test, and for validation where a set has them, with the names that their labels index."""

    name: str
    title: str
    folder: Path  # where the pictures are: a folder or a zip file
    classes: tuple[str, ...]  # of whole pictures; `Sample.label` indexes them
    box_classes: tuple[str, ...]  # of boxes; `Box.label` indexes them; empty where the set has no boxes
    train: list[Sample]
    test: list[Sample]
    synthetic: bool = False
    remark: str = ""  # what must be said beside any figure measured on this copy
    skipped: list[str] = field(default_factory=list)  # with skip_bad: each file left out, and why
    mixed: str = ""  # the class of pictures that show several of the others, where there is one
    automatic_split: bool = False  # whether tinyml chose the test pictures; see split.py
    validation: list[Sample] = field(default_factory=list)  # where the set has such a split of its own
    format: str = ""  # a row of `FORMATS`
    notices: list[str] = field(
        default_factory=list
    )  # what was put right, left out or is suspect, in sentences
    left_out: dict[str, list[str]] = field(default_factory=dict)  # reason: the files
    negatives: bool = False  # whether pictures without annotation count as pictures without objects
    audited: dict[str, tuple[Box, ...]] = field(
        default_factory=dict
    )  # "train/one.jpg" -> its boxes; see corrections.py

    def with_labels(self, labels: str) -> "Dataset":
        """Return the data set with its "original" or its "audited" boxes; raises DataError where it has none such."""
        if labels == "original":
            return self
        if not self.audited:
            raise DataError(
                f"'{self.name}' has no audited labels here",
                cure="leave --labels out, or use the real fruit set",
            )
        return replace(
            self,
            train=[self.with_audited_boxes(sample, "train") for sample in self.train],
            test=[self.with_audited_boxes(sample, "test") for sample in self.test],
        )

    def with_audited_boxes(self, sample: Sample, split: str) -> Sample:
        """Return a sample of `split` with the boxes that the audit gave it, or as it is where they did not change."""
        return replace(sample, boxes=self.audited.get(f"{split}/{sample.path.name}", sample.boxes))

    def classes_for(self, task: str) -> tuple[str, ...]:
        """Return the class names of "classify" or "detect"; raises DataError where the set has no such labels."""
        samples = self.train + self.validation + self.test
        if task == "detect":
            if not self.box_classes:
                raise DataError(
                    f"data set '{self.name}' has no boxes, so detection cannot be learned from it",
                    cure="use --task classify, or annotate the pictures (Pascal VOC, YOLO, COCO, Edge Impulse ...)",
                )
            return self.box_classes
        if unlabelled := [sample.path for sample in samples if sample.label is None]:
            raise DataError(
                f"{len(unlabelled)} pictures of '{self.name}' have no class of their own, first {unlabelled[0]}",
                cure="use --task detect, or sort the pictures into one folder per class",
            )
        if len(self.classes) < 2:
            raise DataError(
                f"'{self.name}' has {len(self.classes)} class to tell apart: {', '.join(self.classes)}",
                cure="sort the pictures into one folder per class, and give the folder that holds those",
            )
        return self.classes

    def split(self, name: str) -> list[Sample]:
        """Return the samples of "train", "validation" or "test"."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]

    @property
    def splits(self) -> tuple[str, ...]:
        """The names of the splits that the set has."""
        return ("train", "validation", "test") if self.validation else ("train", "test")

    def unsorted_counts(self, split: str) -> dict[str, int]:
        """Return how many pictures of `split` have no class of their own: with several kinds of objects, or none."""
        loose = [sample for sample in self.split(split) if sample.label is None]
        empty = sum(not sample.boxes for sample in loose)
        return {"several kinds": len(loose) - empty, "nothing": empty}

    def picture_counts(self, split: str) -> dict[str, int]:
        """Return how many pictures of `split` each class has."""
        counts = Counter(sample.label for sample in self.split(split))
        return {name: counts[label] for label, name in enumerate(self.classes)}

    def box_counts(self, split: str) -> dict[str, int]:
        """Return how many boxes of `split` each class has."""
        counts = Counter(box.label for sample in self.split(split) for box in sample.boxes)
        return {name: counts[label] for label, name in enumerate(self.box_classes)}
