"""Networks that are judges within seconds: MobileNetV2 as ImageNet taught it, kept as it is, and a small head that learns.

Pictures go through the large part once; each head then learns from the stored maps alone. So a data set can be judged by
networks that never saw the labels they judge, in minutes on a CPU.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tinyml.data import Sample
from tinyml.progress import track
from tinyml.vision.config import TrainConfig
from tinyml.vision.loss import cell_targets, detection_loss
from tinyml.vision.model import build_model
from tinyml.vision.pictures import decode, read_labels, to_input
from tinyml.vision.weights import load_weights

SIZE = 192  # pixels; a cell is of 16, so that 12x12 cells see what a network for a board sees of 96 pixels, and more
LEVELS = [14, 17]  # MobileNetV2's layers at strides 16 and 32, beside the trunk's at stride 8
UNITS, STEPS, BATCH, RATE = 128, 400, 32, 3e-3
PART = 16  # pictures that go through the large part at once


def can_judge(config: TrainConfig) -> bool:
    """Return whether the weights of `config` are a whole MobileNetV2's, which stored maps need."""
    return config.weights == "imagenet" or config.weights.endswith((".pth", ".npz"))


def embed(samples: Sequence[Sample], config: TrainConfig) -> Tensor:
    """Return float16 [2 N, C, 12, 12]: what the layers of three strides say of each picture, then of each mirror image.

    For "classify" the mean over the picture, [2 N, C, 1, 1].
    """
    whole = replace(config, task="detect", size=SIZE, cut=7, context=LEVELS, blocks=[], head=32)
    model = build_model(whole)
    load_weights(model, config.weights, whole)
    model.eval()
    (pictures,) = decode(samples, whole, SIZE)
    parts = range(0, len(samples), PART)
    straight: list[Tensor] = []
    mirrored: list[Tensor] = []
    with torch.no_grad():
        for start in track(parts, "looking at pictures", len(parts)):
            x = to_input(pictures[start : start + PART], whole)
            for found, view in ((straight, x), (mirrored, x.flip(3))):
                maps = joined(model.maps(view.contiguous(memory_format=torch.channels_last)))
                found.append((maps.mean((2, 3), keepdim=True) if config.task == "classify" else maps).half())
    maps = torch.cat(straight + mirrored)
    # In this unit no channel speaks louder than another.
    mean, deviation = maps.float().mean((0, 2, 3), keepdim=True), maps.float().std((0, 2, 3), keepdim=True)
    return ((maps - mean) / (deviation + 1e-5)).half()


def joined(maps: Sequence[Tensor]) -> Tensor:
    """Return the maps [N, c, H/8, W/8], [N, c, H/16, W/16], [N, c, H/32, W/32] as one at stride 16."""
    fine, middle, coarse = maps
    size = middle.shape[2:]
    return torch.cat(
        [F.adaptive_avg_pool2d(fine, size), middle, F.interpolate(coarse, size=size, mode="bilinear")], 1
    )


def targets_of(samples: Sequence[Sample], config: TrainConfig, cells: tuple[int, int]) -> Tensor:
    """Return what the head should say of each picture, then of each mirror image: cells [2 N, 12, 12], or classes [2 N]."""
    labels = read_labels(samples, config.fit)
    if config.task == "classify":
        return labels.classes.repeat(2)
    mirrored = labels.boxes.clone()
    mirrored[..., 0] = 1 - mirrored[..., 0]
    return torch.cat(
        [
            cell_targets(boxes, labels.box_classes, cells, config.cover, config.rim)
            for boxes in (labels.boxes, mirrored)
        ]
    )


def train_head(maps: Tensor, targets: Tensor, rows: Tensor, config: TrainConfig) -> nn.Module:
    """Return a head that learned from the `rows` of `maps` and `targets`; random numbers follow from the seed alone."""
    torch.manual_seed(config.seed)
    outputs = len(config.classes) + (config.task == "detect")
    head = nn.Sequential(
        nn.Dropout2d(0.3),
        nn.Conv2d(maps.shape[1], UNITS, 1),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Conv2d(UNITS, outputs, 1),
    )
    optimizer = torch.optim.AdamW(head.parameters(), RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    for _ in range(STEPS):
        chosen = rows[torch.randint(len(rows), (BATCH,))]
        logits = head(maps[chosen].float())
        if config.task == "detect":
            loss = detection_loss(logits, targets[chosen], config)
        else:
            loss = F.cross_entropy(logits.flatten(1), targets[chosen], label_smoothing=config.label_smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return head.eval()


def judged(
    samples: Sequence[Sample], config: TrainConfig, folds: Sequence[Sequence[int]]
) -> Iterator[tuple[Sequence[int], Tensor]]:
    """Yield each fold with what a head says of it that learned from the others: the mean over picture and mirror image.

    float32 [n, classes], or [n, 12, 12, 1 + classes] for "detect".
    """
    maps, count = embed(samples, config), len(samples)
    targets = targets_of(samples, config, (maps.shape[2], maps.shape[3]))
    for held in folds:
        others = torch.tensor(sorted(set(range(count)) - set(held)))
        head = train_head(maps, targets, torch.cat([others, others + count]), config)
        rows = torch.tensor(held)
        with torch.no_grad():
            straight, mirrored = (head(maps[half].float()).softmax(1) for half in (rows, rows + count))
        outputs = (straight + mirrored.flip(3)) / 2
        yield held, outputs.permute(0, 2, 3, 1) if config.task == "detect" else outputs.flatten(1)
