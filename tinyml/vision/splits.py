"""How training pictures are shared out: a part to validate with, and the folds of a cross-validation, each class in its share."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from tinyml.data import Sample
from tinyml.errors import TinymlError
from tinyml.vision.config import TrainConfig


def split(
    samples: Sequence[Sample], config: TrainConfig, own: Sequence[Sample] = ()
) -> tuple[list[Sample], list[Sample]]:
    """Return (to train on, for validation): the set's `own` validation pictures, else a share of each class, drawn by the seed.

    A class of boxes in several pictures is on both sides too, where there is a validation part.
    """
    by_label: dict[Any, list[Sample]] = defaultdict(list)
    for sample in sorted(samples, key=lambda sample: str(sample.path)):
        by_label[sample.label].append(sample)
    rng = random.Random(config.seed)
    trained, validation = [], []
    for label in sorted(by_label, key=str):
        group = by_label[label]
        rng.shuffle(group)
        count = 0 if own else round(len(group) * config.validation)
        validation += group[:count]
        trained += group[count:]
    if not own:
        share_box_classes(trained, validation)
    validation += own
    if config.subset:
        rng.shuffle(trained)
        trained = trained[: config.subset]
        rng.shuffle(validation)
        validation = validation[: max(1, config.subset // 4)] if validation else []
    if not trained:
        raise TinymlError("no picture is left to train on", cure="lower `validation`, or add pictures")
    return trained, validation


def share_box_classes(trained: list[Sample], validation: list[Sample]) -> None:
    """Swap pictures so that each class of boxes is learned, and judged where it is in two pictures or more.

    Most sets need none: the draw from each class of pictures has seen to it.
    """
    if not validation:
        return
    counts = Counter(label for sample in trained + validation for label in box_labels(sample))
    for label, count in sorted(
        counts.items(), key=lambda row: (-row[1], row[0])
    ):  # the rarest has the last word
        for have, lack in ((validation, trained), (trained, validation)):
            holders = [sample for sample in have if label in box_labels(sample)]
            if len(holders) < count or (lack is validation and count < 2):
                continue  # the other side has one, or it is the only one and must be learned
            # What comes back is of the most frequent classes: it is missed least.
            back = max(lack, key=lambda sample: min((counts[one] for one in box_labels(sample)), default=0))
            have[have.index(holders[0])], lack[lack.index(back)] = back, holders[0]


def box_labels(sample: Sample) -> set[int]:
    """Return the classes of a picture's boxes."""
    return {box.label for box in sample.boxes}


def parts(samples: Sequence[Sample], folds: int, seed: int) -> list[list[int]]:
    """Return the places of `samples` in `folds` parts, each with its share of each class."""
    order = list(range(len(samples)))
    random.Random(seed).shuffle(order)
    order.sort(key=lambda place: (str(samples[place].label), len(samples[place].boxes)))
    return [order[fold::folds] for fold in range(folds)]
