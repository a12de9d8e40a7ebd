"""Training, from top to bottom: read, split, build, then epoch by epoch; every choice is in `TrainConfig`."""

import copy
import math
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torchvision.transforms import v2

from tinyml import progress
from tinyml.contracts import Stage
from tinyml.contracts.run import Epoch
from tinyml.data import Sample
from tinyml.inference.metrics import choose_thresholds, evaluate, visible_boxes
from tinyml.paths import RunFiles
from tinyml.vision.augment import draw_mosaic, vary
from tinyml.vision.checkpoint import (
    Progress,
    load_checkpoint,
    save_checkpoint,
)
from tinyml.vision.config import Phase, TrainConfig
from tinyml.vision.distill import Teacher
from tinyml.vision.loss import cell_targets, detection_loss
from tinyml.vision.memory import keep_memory
from tinyml.vision.model import TinyNet, build_model
from tinyml.vision.pictures import Labels, decode, normalize, read_labels, to_input
from tinyml.vision.predict import probabilities
from tinyml.vision.weights import load_weights, settle_batchnorm


@dataclass
class Trained:
    """The result of training: the network, its configuration (thresholds filled in) and how it went."""

    model: TinyNet
    config: TrainConfig
    progress: Progress
    validation: Stage  # metrics on the validation pictures; empty where there are none


def train(
    config: TrainConfig,
    samples: Sequence[Sample],
    validation_samples: Sequence[Sample],
    folder: Path,
    resume: bool = False,
) -> Trained:
    """Train on `samples`, stop and choose by `validation_samples` (may be empty); writes a checkpoint per epoch into `folder`.

    `config` must name its classes and be settled (see `settle`). Same configuration, same processor: same bits.
    """
    rank, world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    device = (
        torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        if torch.cuda.is_available()
        else torch.device("cpu")
    )
    seed_everything(config.seed)
    keep_memory()

    (large,) = decode(samples, config, round(config.size * config.cache))
    (validation_pictures,) = decode(validation_samples, config, config.size)
    pictures = (
        torch.from_numpy(large).permute(0, 3, 1, 2).contiguous().to(device)
    )  # uint8 [N, C, cache * size, cache * size]
    labels = read_labels(samples, config.fit)

    model = build_model(config)
    load_weights(model, config.weights, config)
    if config.weights != "none":
        (first,) = decode(samples[:256], config, config.size)
        settle_batchnorm(model, to_input(first, config))
    model.to(device, memory_format=torch.channels_last)  # a quarter faster on a CPU
    average = copy.deepcopy(model)  # the moving average of the weights, which is what is kept
    best = copy.deepcopy(model)
    networks: dict[str, nn.Module] = {"model": model, "average": average, "best": best}
    parallel = DistributedDataParallel(model) if world > 1 else model

    done, optimizer = Progress(), make_optimizer(model, config.phases[0])
    checkpoint = RunFiles(folder).checkpoint
    if resume and checkpoint.is_file():
        done, optimizer = load_checkpoint(
            checkpoint, networks, lambda epoch: make_optimizer(model, config.phase_at(epoch)[0])
        )
    teacher = Teacher(config, device) if config.teacher else None
    steps = max(1, len(samples) // config.batch)
    with progress.bar("training", config.epochs) as advance:
        advance(done.epoch)
        for epoch in range(done.epoch, config.epochs):
            if config.patience and validation_samples and epoch - done.best_epoch > config.patience:
                break
            started = time.monotonic()
            phase, epoch_of_phase = config.phase_at(epoch)
            if epoch_of_phase == 0:
                optimizer = make_optimizer(model, phase)
            # Every epoch starts its random numbers anew: a resumed training needs to restore none.
            generator = torch.Generator().manual_seed(config.seed * 1_000_003 + epoch)
            torch.manual_seed(config.seed * 1_000_003 + epoch * world + rank)
            set_training(model, phase)
            drops = rate_drops(done.history[epoch - epoch_of_phase :])
            total = 0.0
            for step, chosen in enumerate(
                torch.randperm(len(samples), generator=generator).tensor_split(steps)
            ):
                set_rate(
                    optimizer, phase, (epoch_of_phase + step / steps) / phase.epochs, epoch_of_phase, drops
                )
                x, targets = make_batch(pictures, labels, chosen, config, generator, rank, world)
                with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
                    logits = parallel(x.contiguous(memory_format=torch.channels_last))
                    loss = batch_loss(logits, targets, config)
                    if teacher is not None:
                        loss = torch.lerp(loss, teacher.loss(x, logits), config.teacher_share)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                update_average(average, model, config.ema, epoch * steps + step)
                total += loss.item()

            row: Epoch = {
                "epoch": epoch + 1,
                "train_loss": total / steps,
                "learning_rate": optimizer.param_groups[-1]["lr"],
            }
            score, error = [float(epoch)], 0.0  # without validation pictures the last epoch is the best
            if validation_samples:
                score, error, measured = validate(average, validation_pictures, validation_samples, config)
                row |= measured
            if done.keeps(epoch, score, error):
                best.load_state_dict(average.state_dict())
            done.history.append(row)
            done.epoch = epoch + 1
            done.seconds += time.monotonic() - started
            if rank == 0:
                save_checkpoint(checkpoint, done, networks, optimizer)
            advance(1, describe(row))

    best.to("cpu")
    validation: Stage = {}
    if validation_samples:
        outputs = probabilities(best, validation_pictures, config)
        if config.task == "detect":
            boxes = [visible_boxes(sample, config.fit) for sample in validation_samples]
            config.thresholds = choose_thresholds(outputs, boxes, len(config.classes))
        validation = evaluate(
            config.task, outputs, validation_samples, config.classes, config.thresholds, config.fit
        )
    elif config.task == "detect":
        config.thresholds = [0.5] * len(config.classes)
    return Trained(best.eval(), config, done, validation)


def seed_everything(seed: int) -> None:
    """Seed all random numbers and refuse operations whose results vary."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)


def make_optimizer(model: TinyNet, phase: Phase) -> torch.optim.Optimizer:
    """Return the phase's optimizer over two groups: trunk with context, and head with classifier."""
    backbone = list(model.backbone.parameters())
    known = set(backbone)
    groups = [
        {"params": backbone, "share": phase.trunk_rate},
        {"params": [value for value in model.parameters() if value not in known], "share": 1.0},
    ]
    options: dict[str, Any] = {"lr": phase.learning_rate, "weight_decay": phase.weight_decay}
    if phase.optimizer == "sgd":
        return torch.optim.SGD(groups, momentum=0.9, nesterov=True, **options)
    return {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}[phase.optimizer](groups, **options)


def set_rate(optimizer: torch.optim.Optimizer, phase: Phase, done: float, epoch: int, drops: int = 0) -> None:
    """Set the learning rates for the moment at which the share `done` of the phase is over, after `drops` plateaus."""
    warm = 0.2
    share = {
        "constant": 1.0,
        "cosine": 0.5 + 0.5 * math.cos(math.pi * done),
        "exponential": phase.decay**epoch,
        "plateau": phase.decay**drops,
        "one-cycle": 0.04 + 0.96 * (0.5 - 0.5 * math.cos(math.pi * done / warm))
        if done < warm
        else 0.5 + 0.5 * math.cos(math.pi * (done - warm) / (1 - warm)),
    }[phase.schedule]
    for group in optimizer.param_groups:
        group["lr"] = phase.learning_rate * group["share"] * share


def rate_drops(history: Sequence[Epoch], patience: int = 2) -> int:
    """Return how often `patience` epochs in a row did not improve the loss, validation's where there is one."""
    best, waited, drops = math.inf, 0, 0
    for row in history:
        loss = row.get("validation_loss", row["train_loss"])
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            waited, drops = 0, drops + 1
    return drops


def set_training(model: TinyNet, phase: Phase) -> None:
    """Put the network into training mode, except for what the phase freezes."""
    model.train()
    layers = [layer for layer in model.backbone.modules() if isinstance(layer, nn.Conv2d | nn.BatchNorm2d)]
    learning = layers[-phase.last_layers :] if phase.last_layers else []
    for layer in layers:
        free = layer in learning
        layer.requires_grad_(free or phase.frozen != "trunk")
        if phase.frozen and isinstance(layer, nn.BatchNorm2d) and not free:
            layer.eval()


def make_batch(
    pictures: Tensor,
    labels: Labels,
    chosen: Tensor,
    config: TrainConfig,
    generator: torch.Generator,
    rank: int,
    world: int,
) -> tuple[Tensor, Tensor]:
    """Return this process's part of a batch: inputs [n, C, size, size] and targets.

    Targets are class shares [n, classes] for "classify", cells [n, size/8, size/8] for "detect".
    """
    edges = [len(chosen) * i // world for i in range(world + 1)]
    part = slice(edges[rank], edges[rank + 1])
    batch = labels[chosen]
    x = pictures[chosen[part].to(pictures.device)].float() / 255  # [n, C, cache * size, cache * size]
    x, boxes = vary(x, batch.boxes, config.size, config.augment, generator, part)
    box_classes = batch.box_classes[part]
    classes = batch.classes[part]
    if config.augment.mosaic and (config.task == "detect" or config.mixed):
        mosaic = draw_mosaic(classes, config.augment.mosaic, alike=0.5 if config.task == "classify" else 0.0)
        x = mosaic.pictures(x)
        if config.task == "detect":
            boxes, box_classes = mosaic.boxes(boxes, box_classes)
        else:
            classes = mosaic.classes(classes, config.classes.index(config.mixed))
    if config.task == "detect":
        cells = config.size // 8
        targets = cell_targets(boxes, box_classes, (cells, cells), config.cover, config.rim)
        return normalize(x, config), targets.to(x.device)
    x = normalize(x, config)
    classes = classes.to(x.device)
    mixers = [
        kind(alpha=alpha, num_classes=len(config.classes))
        for kind, alpha in ((v2.MixUp, config.augment.mixup), (v2.CutMix, config.augment.cutmix))
        if alpha
    ]
    if mixers and len(x) > 1:
        return v2.RandomChoice(mixers)(x, classes)
    return x, F.one_hot(classes, len(config.classes)).float()


def batch_loss(logits: Tensor, targets: Tensor, config: TrainConfig) -> Tensor:
    """Return the loss of a batch for the task."""
    if config.task == "detect":
        return detection_loss(logits, targets, config)
    return F.cross_entropy(logits, targets, label_smoothing=config.label_smoothing)


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """Move the average towards the model; at first in larger steps, so that it forgets where it started."""
    decay = min(decay, (1 + step) / (10 + step))
    for kept, value in zip(average.state_dict().values(), model.state_dict().values()):
        if kept.is_floating_point():
            kept.lerp_(value, 1 - decay)
        else:
            kept.copy_(value)


def validate(
    model: nn.Module, pictures: np.ndarray, samples: Sequence[Sample], config: TrainConfig
) -> tuple[list[float], float, dict[str, float]]:
    """Return the score that decides which epoch is kept (larger wins, from left to right), its error, the curves' row.

    F1 jumps from epoch to epoch where a few dozen pictures judge it, and the best of sixty jumps is luck: it comes with its
    standard error. Accuracy comes with none: the loss decides between equals.
    """
    outputs = probabilities(model, pictures, config)
    if config.task == "classify":
        measured = evaluate("classify", outputs, samples, config.classes)
        accuracy, loss = measured["accuracy"], measured["loss"]
        return [accuracy, -loss], 0.0, {"validation_loss": loss, "validation_accuracy": accuracy}
    targets = read_labels(samples, config.fit)
    rows, columns = outputs.shape[1:3]
    cells = cell_targets(targets.boxes, targets.box_classes, (rows, columns), config.cover, config.rim)
    logits = torch.from_numpy(outputs).clamp(min=1e-7).log().permute(0, 3, 1, 2)
    loss = detection_loss(logits, cells, config).item()
    measured = evaluate("detect", outputs, samples, config.classes, (), config.fit)
    low, high = measured["f1_interval"]
    error = (high - low) / (2 * 1.96)  # of a normal distribution with this 95 % interval
    return [measured["f1"], -loss], error, {"validation_loss": loss, "validation_f1": measured["f1"]}


def describe(row: Epoch) -> str:
    """Return one line about an epoch for the progress bar."""
    score = next(
        (
            f"{key.removeprefix('validation_')} {row[key]:.3f}"
            for key in row
            if key in ("validation_f1", "validation_accuracy")
        ),
        "",
    )
    return f"epoch {row['epoch']} loss {row['train_loss']:.3f} {score}"
