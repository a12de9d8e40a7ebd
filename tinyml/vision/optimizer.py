"""What learns in a phase of training, and how fast: the optimizer, its learning rates, and what stays frozen."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from tinyml.contracts.run import Epoch
from tinyml.vision.config import Phase
from tinyml.vision.model import TinyNet


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
