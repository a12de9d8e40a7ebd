"""Probabilities from a trained network: what the stage "float" of every comparison is."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from tinyml.errors import ModelError
from tinyml.paths import RunFiles
from tinyml.vision.checkpoint import load_run
from tinyml.vision.config import TrainConfig, read_config
from tinyml.vision.pictures import to_input


@torch.no_grad()
def probabilities(model: nn.Module, pictures: np.ndarray, config: TrainConfig, batch: int = 64) -> np.ndarray:
    """Return float32 [N, classes], or [N, H/8, W/8, 1 + classes] for "detect", from uint8 [N, H, W, C].

    Raises ModelError where they are not numbers.
    """
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    parts = [
        model(to_input(pictures[start : start + batch], config).to(device)).softmax(1).cpu()
        for start in range(0, len(pictures), batch)
    ]
    model.train(training)
    together = torch.cat(parts)
    if not torch.isfinite(together).all():
        raise ModelError(
            "the network's probabilities are not numbers: its weights are damaged, or training diverged",
            cure="train it again; where that happens anew, with a lower learning_rate, by --config",
        )
    return (together.permute(0, 2, 3, 1) if together.ndim == 4 else together).contiguous().numpy()


def predict_float(run: Path, pictures: np.ndarray) -> np.ndarray:
    """Return a run's probabilities for prepared pictures, uint8 [N, H, W, C]; see `probabilities`."""
    return probabilities(load_run(run), pictures, read_config(RunFiles(run).config))
