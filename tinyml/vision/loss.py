"""The loss that training minimizes: cross entropy over pictures, or over the cells of the grid."""

import torch
import torch.nn.functional as F
from torch import Tensor

from tinyml.vision.config import TrainConfig

IGNORED = -1  # a cell around a box's middle: neither object nor background


def cell_targets(boxes: Tensor, classes: Tensor, grid: tuple[int, int], cover: float, rim: float) -> Tensor:
    """Return int64 [N, rows, columns]: 0 background, 1 + class where an object is, -1 where a cell does not count.

    `boxes`: [N, B, 4] (centre x, centre y, width, height), larger ones first so that smaller ones show on top of them;
    `classes`: [N, B], -1 for none. An object takes the cell of its centroid and those within
    `cover` of its ellipse; those within `rim` do not count, and the rest is background: it keeps neighbours apart.
    A box whose centre has left the picture takes none.
    """
    rows, columns = grid
    y = ((torch.arange(rows) + 0.5) / rows).view(1, rows, 1)
    x = ((torch.arange(columns) + 0.5) / columns).view(1, 1, columns)
    targets = torch.zeros(len(boxes), rows, columns, dtype=torch.int64)
    for box, label in zip(boxes.unbind(1), classes.unbind(1)):
        centre_x, centre_y, width, height = (value.view(-1, 1, 1) for value in box.unbind(1))
        label = label.view(-1, 1, 1)
        distance = torch.hypot((x - centre_x) / (width / 2 + 1e-6), (y - centre_y) / (height / 2 + 1e-6))
        own = ((x - centre_x).abs() * columns <= 0.5) & ((y - centre_y).abs() * rows <= 0.5)
        seen = (centre_x >= 0) & (centre_x <= 1) & (centre_y >= 0) & (centre_y <= 1)
        targets = torch.where((label >= 0) & (distance <= rim) & (targets == 0), IGNORED, targets)
        targets = torch.where((label >= 0) & seen & ((distance <= cover) | own), label + 1, targets)
    return targets


def loss_of(logits: Tensor, targets: Tensor, config: TrainConfig) -> Tensor:
    """Return the loss of a batch for its task: the one number that training lowers, and validation reports.

    "classify": `logits` and `targets` (shares) are [N, classes]; "detect": as `detection_loss` takes them.
    """
    if config.task == "detect":
        return detection_loss(logits, targets, config)
    return F.cross_entropy(logits, targets, label_smoothing=config.label_smoothing)


def detection_loss(logits: Tensor, targets: Tensor, config: TrainConfig) -> Tensor:
    """Return the weighted mean over cells of the cross entropy, plus the soft-F1 term where it is requested.

    `logits`: [N, 1 + classes, rows, columns]; `targets`: [N, rows, columns] as `cell_targets` gives them.
    """
    weights = torch.where(targets > 0, config.object_weight, 1.0) * (targets != IGNORED)
    cross_entropy = F.cross_entropy(
        logits, targets.clamp(min=0), reduction="none", label_smoothing=config.label_smoothing
    )
    loss = (cross_entropy * weights).sum() / weights.sum().clamp(min=1)
    if config.soft_f1:
        counted = (targets != IGNORED)[:, None]
        probabilities = logits.softmax(1)[:, 1:] * counted
        truth = F.one_hot(targets.clamp(min=0), logits.shape[1]).permute(0, 3, 1, 2)[:, 1:] * counted
        overlap = (probabilities * truth).sum((0, 2, 3))
        f1 = (2 * overlap + 1) / (probabilities.sum((0, 2, 3)) + truth.sum((0, 2, 3)) + 1)
        loss = loss + config.soft_f1 * (1 - f1).mean()
    return loss
