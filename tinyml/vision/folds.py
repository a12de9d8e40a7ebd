"""What networks say about pictures that they were not trained on: cross-validated outputs for a whole data set."""

import copy
import random
from collections.abc import Sequence

import numpy as np

from tinyml.data import Sample
from tinyml.files import temporary_folder
from tinyml.progress import note
from tinyml.vision.config import TrainConfig
from tinyml.vision.pictures import decode
from tinyml.vision.predict import probabilities
from tinyml.vision.train import train


def parts(samples: Sequence[Sample], folds: int, seed: int) -> list[list[int]]:
    """Return the places of `samples` in `folds` parts, each with its share of each class."""
    order = list(range(len(samples)))
    random.Random(seed).shuffle(order)
    order.sort(key=lambda place: (str(samples[place].label), len(samples[place].boxes)))
    return [order[fold::folds] for fold in range(folds)]


def held_out_probabilities(samples: Sequence[Sample], config: TrainConfig, folds: int) -> np.ndarray:
    """Return for each sample the averaged output of a network trained on the other folds, for it and for its mirror image.

    float32 [N, classes], or [N, H/8, W/8, 1 + classes] for "detect". `config` must be settled.
    """
    outputs: dict[int, np.ndarray] = {}
    for number, held in enumerate(parts(samples, folds, config.seed)):
        kept = set(held)
        rest = [sample for place, sample in enumerate(samples) if place not in kept]
        with temporary_folder("fold") as folder:
            trained = train(copy.deepcopy(config), rest, [], folder)
        (pictures,) = decode([samples[place] for place in held], config, config.size)
        straight = probabilities(trained.model, pictures, config)
        mirrored = probabilities(trained.model, np.ascontiguousarray(pictures[:, :, ::-1]), config)
        if config.task == "detect":
            mirrored = mirrored[:, :, ::-1]
        outputs |= dict(zip(held, (straight + mirrored) / 2))
        note(f"fold {number + 1} of {folds} is judged")
    return np.stack([outputs[place] for place in range(len(samples))])
