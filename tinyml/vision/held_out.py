"""How good configurations are on training pictures that their networks were not trained on; the test pictures are not read."""

import copy
from collections.abc import Sequence

import numpy as np

from tinyml.contracts import Stage
from tinyml.contracts.run import CrossValidation, metric_of
from tinyml.data import Dataset, Sample, load_dataset
from tinyml.files import temporary_folder
from tinyml.inference.metrics import MAIN_METRIC, evaluate
from tinyml.progress import note
from tinyml.vision.config import TrainConfig
from tinyml.vision.pictures import decode
from tinyml.vision.predict import probabilities
from tinyml.vision.run import settle
from tinyml.vision.splits import parts, split
from tinyml.vision.train import train


def judge_part(samples: Sequence[Sample], part: Sequence[int], config: TrainConfig) -> Stage:
    """Return the metrics on the samples at the places `part` of a network that was trained on the others.

    `config` must be settled. The network is not kept.
    """
    kept = set(part)
    held = [samples[place] for place in part]
    rest = [sample for place, sample in enumerate(samples) if place not in kept]
    learned, validation_samples = split(rest, config)
    with temporary_folder("fold") as folder:
        trained = train(copy.deepcopy(config), learned, validation_samples, folder)
    (pictures,) = decode(held, config, config.size)
    outputs = probabilities(trained.model, pictures, config)
    return evaluate(config.task, outputs, held, config.classes, trained.config.thresholds, config.fit)


class HeldOut:
    """A data set's training pictures in equal parts, the same for every configuration."""

    def __init__(self, dataset: Dataset, folds: int, seed: int) -> None:
        self.dataset = dataset
        self.parts = parts(dataset.train, folds, seed)

    def score(self, config: TrainConfig, count: int) -> float:
        """Return the mean F1 or accuracy on the first `count` parts, each judged by a network trained on the others."""
        config = settle(config, self.dataset)
        rows = [judge_part(self.dataset.train, part, config) for part in self.parts[:count]]
        return float(np.mean([metric_of(row, MAIN_METRIC[config.task]) for row in rows]))


def cross_validate(
    config: TrainConfig, folds: int, skip_bad: bool = False, negatives: bool = False
) -> CrossValidation:
    """Train `folds` times on the training set without one part, judge on that part, and return mean and spread."""
    dataset = load_dataset(config.dataset, config.data or None, skip_bad, negatives)
    config = settle(config, dataset)
    metric = MAIN_METRIC[config.task]
    to_learn = dataset.with_labels(config.labels)
    ordered = sorted(to_learn.train, key=lambda sample: str(sample.path))
    rows = []
    for fold, part in enumerate(parts(ordered, folds, config.seed)):
        rows.append(judge_part(ordered, part, config))
        note(f"fold {fold + 1} of {folds}: {metric} {metric_of(rows[-1], metric):.4f}")
    values = [metric_of(row, metric) for row in rows]
    return {
        "task": config.task,
        "metric": metric,
        "mean": float(np.mean(values)),
        "standard_deviation": float(np.std(values)),
        "folds": rows,
    }
