"""The pictures of a run as its network sees them, and the judge of what a stage says about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tinyml.contracts import Stage
from tinyml.data import Dataset, Sample, load_run_dataset, read_picture
from tinyml.inference.metrics import judge
from tinyml.inference.preprocess import input_tables, prepare, quantize
from tinyml.progress import track
from tinyml.workflow.run import Run

if TYPE_CHECKING:
    from tinyml.conversion.tflite import Ends
    from tinyml.vision.config import TrainConfig


@dataclass(frozen=True)
class Preparation:
    """How a run's network sees pictures."""

    config: "TrainConfig"

    def pictures(self, paths: Sequence[Path], title: str) -> npt.NDArray[np.uint8]:
        """Return uint8 [N, size, size, channels]; `title` stands beside the progress bar."""
        config = self.config
        return np.stack(
            [
                prepare(read_picture(path), config.size, config.size, config.channels, config.fit)
                for path in track(paths, title, len(paths))
            ]
        )

    def normalized(self, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return float32 of the same shape: (v / 255 - mean) / std."""
        mean, std = np.array(self.config.mean, np.float32), np.array(self.config.std, np.float32)
        return ((pictures.astype(np.float32) / 255 - mean) / std).astype(np.float32)

    def tables(self, ends: "Ends") -> npt.NDArray[np.int8]:
        """Return the int8 input tables [channels, 256] of a converted model."""
        tables = input_tables(self.config.mean, self.config.std, ends.input_scale, ends.input_zero_point)
        return np.broadcast_to(tables, (self.config.channels, 256))

    def quantized(self, pictures: npt.NDArray[np.uint8], ends: "Ends") -> npt.NDArray[np.int8]:
        """Return int8 of the same shape: the bytes that a converted model takes."""
        tables = self.tables(ends)
        return np.stack([quantize(picture, tables) for picture in pictures])


def dataset_of(run: Run, data: Path | None = None) -> Dataset:
    """Return the data set of a run, from the folder `data` or from where its training found it."""
    config = run.config
    place = data or config.data or None
    return load_run_dataset(run.folder, config.dataset, place, task=config.task, classes=config.classes)


def evenly(samples: list[Sample], count: int) -> list[Sample]:
    """Return at most `count` samples, evenly spread over all; 0: all."""
    if not count or len(samples) <= count:
        return samples
    return [samples[index * len(samples) // count] for index in range(count)]


def judge_of(
    config: "TrainConfig", dataset: Dataset, samples: list[Sample]
) -> Callable[[npt.NDArray[np.float32]], Stage]:
    """Return the function that judges a stage's probabilities by the run's task."""
    return lambda probabilities: judge(
        config.task, probabilities, dataset, samples, config.classes, config.thresholds, config.fit
    )
