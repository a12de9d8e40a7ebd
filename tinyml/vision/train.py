"""Training, from top to bottom: read, split, build, then epoch by epoch; every choice is in `TrainConfig`."""

import copy
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
from tinyml.vision.checkpoint import Progress, load_checkpoint, save_checkpoint
from tinyml.vision.config import TrainConfig
from tinyml.vision.distill import Teacher
from tinyml.vision.loss import cell_targets, loss_of
from tinyml.vision.memory import keep_memory
from tinyml.vision.model import TinyNet, build_model
from tinyml.vision.optimizer import make_optimizer, rate_drops, set_rate, set_training
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
    seed_everything(config.seed)
    keep_memory()
    (large,) = decode(samples, config, round(config.size * config.cache))
    (validation_pictures,) = decode(validation_samples, config, config.size)
    learner = Learner(config, samples, large)
    model, average = learner.model, learner.average
    best = copy.deepcopy(model)
    networks: dict[str, nn.Module] = {"model": model, "average": average, "best": best}

    done, optimizer = Progress(), make_optimizer(model, config.phases[0])
    checkpoint = RunFiles(folder).checkpoint
    if resume and checkpoint.is_file():
        done, optimizer = load_checkpoint(
            checkpoint, networks, lambda epoch: make_optimizer(model, config.phase_at(epoch)[0])
        )
    with progress.bar("training", config.epochs) as advance:
        advance(done.epoch)
        for epoch in range(done.epoch, config.epochs):
            if config.patience and validation_samples and epoch - done.best_epoch > config.patience:
                break
            started = time.monotonic()
            phase, epoch_of_phase = config.phase_at(epoch)
            if epoch_of_phase == 0:
                optimizer = make_optimizer(model, phase)
            drops = rate_drops(done.history[epoch - epoch_of_phase :])
            row: Epoch = {
                "epoch": epoch + 1,
                "train_loss": learner.learn(epoch, optimizer, drops),
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
            if learner.rank == 0:
                save_checkpoint(checkpoint, done, networks, optimizer)
            advance(1, describe(row))

    best.to("cpu")
    validation = choose(best, validation_pictures, validation_samples, config)
    return Trained(best.eval(), config, done, validation)


class Learner:
    """The network that learns, the moving average of its weights, and the pictures, of which each process takes its share.

    `pictures`: uint8 [N, cache * size, cache * size, C], those of `samples`.
    """

    def __init__(self, config: TrainConfig, samples: Sequence[Sample], pictures: np.ndarray) -> None:
        self.config = config
        joined = dist.is_initialized()
        self.rank, self.world = dist.get_rank() if joined else 0, dist.get_world_size() if joined else 1
        cuda = torch.cuda.is_available()
        self.device = (
            torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
        )
        self.pictures = torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous().to(self.device)
        self.labels = read_labels(samples, config.fit)
        self.model = build_model(config)
        load_weights(self.model, config.weights, config)
        if config.weights != "none":
            (first,) = decode(samples[:256], config, config.size)
            settle_batchnorm(self.model, to_input(first, config))
        self.model.to(self.device, memory_format=torch.channels_last)  # a quarter faster on a CPU
        self.average = copy.deepcopy(self.model)  # what is judged and kept
        self.parallel = DistributedDataParallel(self.model) if self.world > 1 else self.model
        self.teacher = Teacher(config, self.device) if config.teacher else None
        self.steps = max(1, len(samples) // config.batch)

    def learn(self, epoch: int, optimizer: torch.optim.Optimizer, drops: int) -> float:
        """Train for one epoch, after `drops` plateaus of its phase, and return its mean loss."""
        config, total = self.config, 0.0
        phase, epoch_of_phase = config.phase_at(epoch)
        # Every epoch starts its random numbers anew: a resumed training needs to restore none.
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + epoch)
        torch.manual_seed(config.seed * 1_000_003 + epoch * self.world + self.rank)
        set_training(self.model, phase)
        batches = torch.randperm(len(self.pictures), generator=generator).tensor_split(self.steps)
        for step, chosen in enumerate(batches):
            done = (epoch_of_phase + step / self.steps) / phase.epochs
            set_rate(optimizer, phase, done, epoch_of_phase, drops)
            x, targets = make_batch(
                self.pictures, self.labels, chosen, config, generator, self.rank, self.world
            )
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
                logits = self.parallel(x.contiguous(memory_format=torch.channels_last))
                loss = loss_of(logits, targets, config)
                if self.teacher is not None:
                    loss = torch.lerp(loss, self.teacher.loss(x, logits), config.teacher_share)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            update_average(self.average, self.model, config.ema, epoch * self.steps + step)
            total += loss.item()
        return total / self.steps


def choose(model: TinyNet, pictures: np.ndarray, samples: Sequence[Sample], config: TrainConfig) -> Stage:
    """Choose the thresholds of `config` by the validation pictures and return what they measure; {} without any."""
    if not samples:
        if config.task == "detect":
            config.thresholds = [0.5] * len(config.classes)
        return {}
    outputs = probabilities(model, pictures, config)
    if config.task == "detect":
        boxes = [visible_boxes(sample, config.fit) for sample in samples]
        config.thresholds = choose_thresholds(outputs, boxes, len(config.classes))
    return evaluate(config.task, outputs, samples, config.classes, config.thresholds, config.fit)


def seed_everything(seed: int) -> None:
    """Seed all random numbers and refuse operations whose results vary."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    # That also fills all new memory with NaN, a fifth of a step, to show what reads it unwritten; nothing here does.
    torch.utils.deterministic.fill_uninitialized_memory = False


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

    F1 jumps from epoch to epoch where a few dozen pictures judge it, and the best of sixty jumps is luck: it comes with
    its standard error. Accuracy comes with none: the loss decides between equals.
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
    loss = loss_of(logits, cells, config).item()
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
