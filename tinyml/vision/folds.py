"""What networks say about pictures that they were not trained on: cross-validated outputs for a whole data set."""

import copy
from collections.abc import Iterator, Sequence

import numpy as np

from tinyml.data import Sample
from tinyml.files import temporary_folder
from tinyml.progress import note
from tinyml.vision.config import TrainConfig
from tinyml.vision.heads import can_judge, judged
from tinyml.vision.pictures import decode
from tinyml.vision.predict import probabilities
from tinyml.vision.splits import parts
from tinyml.vision.train import train


def held_out_probabilities(samples: Sequence[Sample], config: TrainConfig, folds: int) -> np.ndarray:
    """Return for each sample the averaged output of a network trained on the other folds, for it and for its mirror image.

    float32 [N, classes], or [N, rows, columns, 1 + classes] for "detect". `config` must be settled: from weights of a whole
    MobileNetV2 only heads are trained, which takes seconds; else whole networks are, which takes minutes.
    """
    outputs: dict[int, np.ndarray] = {}
    judges = judged if can_judge(config) else judged_by_networks
    for number, (held, said) in enumerate(judges(samples, config, parts(samples, folds, config.seed))):
        outputs |= dict(zip(held, np.asarray(said)))
        note(f"fold {number + 1} of {folds} is judged")
    return np.stack([outputs[place] for place in range(len(samples))])


def judged_by_networks(
    samples: Sequence[Sample], config: TrainConfig, folds: Sequence[Sequence[int]]
) -> Iterator[tuple[Sequence[int], np.ndarray]]:
    """Yield each fold with what a network of `config` says of it that was trained on the others."""
    (pictures,) = decode(samples, config, config.size)
    for held in folds:
        kept = set(held)
        rest = [sample for place, sample in enumerate(samples) if place not in kept]
        with temporary_folder("fold") as folder:
            trained = train(copy.deepcopy(config), rest, [], folder)
        straight, mirrored = (
            probabilities(trained.model, np.ascontiguousarray(view), config)
            for view in (pictures[held], pictures[held][:, :, ::-1])
        )
        if config.task == "detect":
            mirrored = mirrored[:, :, ::-1]
        yield held, (straight + mirrored) / 2
