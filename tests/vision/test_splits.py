"""How training pictures are shared out: each class of pictures and of boxes is learned and judged."""

from pathlib import Path

import numpy as np
import pytest

from tinyml.data.samples import Box, Sample
from tinyml.vision.config import TrainConfig
from tinyml.vision.splits import split


def sample(number: int, *labels: int, label: int | None = None) -> Sample:
    return Sample(Path(f"{number:03}.jpg"), label, tuple(Box(one, 0.1, 0.1, 0.5, 0.5) for one in labels))


def classes_of(samples: list[Sample]) -> set[int]:
    return {box.label for sample in samples for box in sample.boxes}


@pytest.mark.parametrize("seed", range(20))
def test_a_rare_class_of_boxes_is_on_both_sides(seed: int) -> None:
    random = np.random.default_rng(seed)
    samples = [sample(number, *random.integers(0, 2, random.integers(0, 4)).tolist()) for number in range(40)]
    samples += [sample(40, 2, 0), sample(41, 2), sample(42, 3, 1)]
    trained, validation = split(samples, TrainConfig(seed=seed))
    assert sorted(str(one.path) for one in trained + validation) == [str(one.path) for one in samples]
    assert len(validation) == round(len(samples) * TrainConfig().validation)
    assert classes_of(trained) == {0, 1, 2, 3}, "also class 3, of which there is one picture"
    assert classes_of(validation) == {0, 1, 2}


def test_each_class_of_pictures_gives_its_share() -> None:
    samples = [sample(number, number % 3, label=number % 3) for number in range(60)]
    _, validation = split(samples, TrainConfig(seed=1))
    assert sorted(one.label for one in validation) == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_a_validation_split_of_ones_own_is_left_alone() -> None:
    samples = [sample(number, 0) for number in range(10)]
    own = [sample(20, 1), sample(21, 1)]
    trained, validation = split(samples, TrainConfig(), own)
    assert validation == own and sorted(trained, key=lambda one: one.path) == samples
