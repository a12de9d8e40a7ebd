"""Training that takes no time: a score that follows from the network and the epochs alone, as a real one roughly does."""

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinyml.vision.config import TrainConfig
from tinyml.workflow.estimate import estimate_config

SECONDS = "TINYML_SIMULATED_SECONDS"  # how long one training takes
LOG = "TINYML_SIMULATED_LOG"  # a file that gets a line for each training begun
TRAINER = "support.simulated_training:make"


def score(config: TrainConfig, epochs: int) -> float:
    """Return a score from 0 to 1: more layers, width and pixels help less and less, and so do epochs."""
    capacity = config.width * config.cut * (1 + len(config.context)) * config.channels
    raw = 1 - 0.5 / (1 + capacity) - 8 / config.size - 0.2 / epochs - 0.5 / (8 + config.head)
    return round(max(0.0, raw), 6)


def make(search: Any, dataset: Any) -> Callable[[TrainConfig, int, int], float]:
    """Return the trainer; it refuses, as a fault of the search, a network that does not fit."""

    def train(config: TrainConfig, epochs: int, folds: int) -> float:
        if os.environ.get("TINYML_SIMULATED_CHECK"):
            found = estimate_config(config, search.board)
            assert found.fits and (found.latency_ms or 0) <= (search.limit_ms or math.inf)
        if path := os.environ.get(LOG):
            line = json.dumps(
                {"pid": os.getpid(), "size": config.size, "width": config.width, "epochs": epochs}
            )
            with Path(path).open("a") as stream:
                stream.write(f"{line}\n")
        time.sleep(float(os.environ.get(SECONDS, "0")))
        return score(config, epochs)

    return train
