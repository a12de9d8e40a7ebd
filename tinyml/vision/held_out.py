"""How good configurations are on training pictures that their networks were not trained on; the test pictures are not read."""

import copy

import numpy as np

from tinyml.contracts.run import metric_of
from tinyml.data import Dataset
from tinyml.files import temporary_folder
from tinyml.inference.metrics import MAIN_METRIC, evaluate
from tinyml.vision.config import TrainConfig
from tinyml.vision.folds import parts
from tinyml.vision.pictures import decode
from tinyml.vision.predict import probabilities
from tinyml.vision.run import settle, split
from tinyml.vision.train import train


class HeldOut:
    """A data set's training pictures in equal parts, the same for every configuration."""

    def __init__(self, dataset: Dataset, folds: int, seed: int) -> None:
        self.dataset = dataset
        self.parts = parts(dataset.train, folds, seed)

    def score(self, config: TrainConfig, count: int) -> float:
        """Return the mean F1 or accuracy on the first `count` parts, each judged by a network trained on the others."""
        config = settle(config, self.dataset)
        scores = []
        for part in self.parts[:count]:
            kept = set(part)
            held = [self.dataset.train[place] for place in part]
            rest = [sample for place, sample in enumerate(self.dataset.train) if place not in kept]
            samples, validation_samples = split(rest, config)
            with temporary_folder("fold") as folder:
                trained = train(copy.deepcopy(config), samples, validation_samples, folder)
            (pictures,) = decode(held, config, config.size)
            outputs = probabilities(trained.model, pictures, config)
            thresholds = trained.config.thresholds
            found = evaluate(config.task, outputs, held, config.classes, thresholds, config.fit)
            scores.append(metric_of(found, MAIN_METRIC[config.task]))
        return float(np.mean(scores))
