"""Training of a search's trials: on the training pictures without one part, judged on that part. The test set is not read."""

from dataclasses import replace
from typing import TYPE_CHECKING

from tinyml.layers import require
from tinyml.tuning.search import Search
from tinyml.vision.config import TrainConfig
from tinyml.workflow.train import in_epochs

if TYPE_CHECKING:
    from tinyml.data.samples import Dataset
    from tinyml.tuning.objective import Trainer

FOLDS = 5  # parts of the training pictures


def make(search: Search, dataset: "Dataset | None") -> "Trainer":
    """Return a trainer on a data set's training pictures."""
    require("train", "the search")
    from tinyml.vision.held_out import HeldOut

    assert dataset is not None
    held = HeldOut(dataset, FOLDS, search.seed)

    def train(config: TrainConfig, epochs: int, folds: int) -> float:
        phases = [in_epochs(phase, epochs) for phase in config.phases]
        return held.score(replace(config, phases=phases), folds)

    return train
