"""Pictures and their labels as tensors, decoded once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tinyml.data import Sample, read_picture
from tinyml.inference.metrics import visible_boxes
from tinyml.inference.preprocess import prepare
from tinyml.progress import track
from tinyml.vision.config import TrainConfig


@dataclass
class Labels:
    """What is known of N pictures, on the CPU."""

    classes: Tensor  # int64 [N]; -1 where a picture has no class of its own
    boxes: Tensor  # float [N, B, 4]: centre x, centre y, width, height in fractions of the view
    box_classes: Tensor  # int64 [N, B]; -1 fills the rows of pictures with fewer boxes

    def __getitem__(self, index: Tensor) -> "Labels":
        return Labels(self.classes[index], self.boxes[index], self.box_classes[index])


def read_labels(samples: Sequence[Sample], fit: str) -> Labels:
    """Return the labels of `samples` as tensors; larger boxes come first."""
    rows = [visible_boxes(sample, fit) for sample in samples]
    most = max(map(len, rows), default=0)
    boxes, classes = torch.zeros(len(rows), most, 4), torch.full((len(rows), most), -1)
    for i, row in enumerate(rows):
        row.sort(key=lambda box: (box.left - box.right) * (box.bottom - box.top))
        for j, box in enumerate(row):
            centre = (box.left + box.right) / 2, (box.top + box.bottom) / 2
            boxes[i, j] = torch.tensor([*centre, box.right - box.left, box.bottom - box.top])
            classes[i, j] = box.label
    labels = [-1 if sample.label is None else sample.label for sample in samples]
    return Labels(torch.tensor(labels), boxes, classes)


def decode(samples: Sequence[Sample], config: TrainConfig, *sizes: int) -> list[np.ndarray]:
    """Return for each of `sizes` the pictures as the network sees them, uint8 [N, size, size, C]."""
    arrays = [np.empty((len(samples), size, size, config.channels), np.uint8) for size in sizes]
    for i, sample in enumerate(track(samples, "reading pictures", len(samples))):
        picture = read_picture(sample.path)
        for array, size in zip(arrays, sizes):
            array[i] = prepare(picture, size, size, config.channels, config.fit)
    return arrays


def normalize(pictures: Tensor, config: TrainConfig) -> Tensor:
    """Return (p - mean) / std of float pictures [N, C, H, W] from 0 to 1."""
    mean, std = (
        torch.tensor(values, device=pictures.device).view(1, -1, 1, 1) for values in (config.mean, config.std)
    )
    return (pictures - mean) / std


def to_input(pictures: np.ndarray, config: TrainConfig) -> Tensor:
    """Return the network's input [N, C, H, W] from uint8 [N, H, W, C]."""
    return normalize(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255, config)
