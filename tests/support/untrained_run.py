"""A run whose network was never trained: its figures mean nothing, but its bytes must agree at every stage all the same."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CLASSES = ["apple", "banana"]


def write_untrained_run(folder: Path, **settings: Any) -> Path:
    """Write config.toml and random weights of a run on whatever `settings` of TrainConfig say; returns `folder`."""
    import torch

    from tinyml.paths import RunFiles
    from tinyml.vision.checkpoint import save_tensors
    from tinyml.vision.config import TrainConfig, write_config
    from tinyml.vision.model import build_model

    channels = settings.get("channels", 3)
    config = TrainConfig(mean=[0.5] * channels, std=[0.5] * channels, **settings)
    folder.mkdir(parents=True, exist_ok=True)
    write_config(folder / "config.toml", config)
    torch.manual_seed(0)
    model = build_model(config)
    with torch.no_grad():
        for _ in range(8):  # so that the batch normalization's statistics are those of pictures
            model(torch.rand(8, channels, config.size, config.size) * 2 - 1)
    save_tensors(RunFiles(folder).model, model.state_dict())
    return folder


def write_noise_run(folder: Path, test_pictures: int = 4) -> Path:
    """Write a tiny run that tells two classes apart, with a data set of noise in `folder`/data: `test_pictures` of each."""
    random = np.random.default_rng(0)
    for split, count in (("train", 6), ("test", test_pictures)):
        for label in CLASSES:
            (folder / "data" / split / label).mkdir(parents=True)
            for number in range(count):
                pixels = random.integers(0, 256, (40 + number % 50, 50, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / "data" / split / label / f"{number}.png")
    data = str(folder / "data")
    return write_untrained_run(folder, dataset=data, task="classify", classes=CLASSES, size=32, width=0.1)
