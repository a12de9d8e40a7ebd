"""Metrics on outcomes counted by hand."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinyml.data.samples import Box, Sample
from tinyml.inference.metrics import (
    average_precision,
    choose_thresholds,
    classification,
    detection,
    evaluate,
    visible_boxes,
    wilson_interval,
)

CLASSES = ["apple", "banana"]


def cells(*peaks: tuple[int, int, int, float]) -> np.ndarray:
    """Return probabilities [8, 8, 3]: background but for (row, column, class, probability)."""
    probabilities = np.zeros((8, 8, 3), np.float32)
    for row, column, label, value in peaks:
        probabilities[row, column, 1 + label] = value
    probabilities[..., 0] = 1 - probabilities[..., 1:].sum(-1)
    return probabilities


def box(label: int, column: int, row: int, size: int = 2) -> Box:
    """Return a box of `size` x `size` cells whose top left cell is given."""
    return Box(label, column / 8, row / 8, (column + size) / 8, (row + size) / 8)


def test_each_kind_of_outcome_is_counted() -> None:
    outputs = np.stack(
        [
            cells((1, 1, 0, 0.9), (5, 5, 1, 0.8), (1, 6, 0, 0.7)),  # right; right; nothing there
            cells((2, 2, 1, 0.9)),  # the wrong class
            cells((6, 6, 0, 0.4)),  # below the threshold
        ]
    )
    truth = [[box(0, 0, 0), box(1, 5, 5)], [box(0, 2, 2)], [box(0, 6, 6)]]
    found = detection(outputs, truth, CLASSES, [0.5, 0.5])
    assert (found["right"], found["wrong"], found["missed"]) == (2, 2, 2)
    assert found["precision"] == found["recall"] == found["f1"] == 0.5
    assert found["count_error"] == pytest.approx((1 + 0 + 1) / 3)
    assert found["confusion"] == [[1, 1, 1], [0, 1, 0], [1, 0, 0]]
    assert found["per_class"]["apple"]["missed"] == 2
    low, high = found["f1_interval"]
    assert 0 <= low < 0.5 < high <= 1


def test_a_box_is_taken_once_and_the_smallest_first() -> None:
    two = np.stack([cells((2, 2, 0, 0.9), (2, 5, 0, 0.8))])
    assert detection(two, [[box(0, 1, 1, 6)]], CLASSES, [0.5, 0.5])["wrong"] == 1
    nested = detection(two, [[box(0, 1, 1, 6), box(0, 2, 2, 1)]], CLASSES, [0.5, 0.5])
    assert (nested["right"], nested["wrong"], nested["missed"]) == (2, 0, 0)


def test_average_precision_follows_the_ranking() -> None:
    truth = [[box(0, 1, 1, 1)], [box(0, 6, 6, 1)]]
    right_first = np.stack([cells((1, 1, 0, 0.9)), cells((6, 6, 0, 0.8), (1, 1, 0, 0.3))])
    wrong_first = np.stack([cells((1, 1, 0, 0.7)), cells((6, 6, 0, 0.6), (1, 1, 0, 0.9))])
    assert average_precision(right_first, truth, 2) == pytest.approx(1.0)
    assert average_precision(wrong_first, truth, 2) == pytest.approx(2 / 3)


def test_thresholds_separate_right_from_wrong() -> None:
    outputs = np.stack([cells((1, 1, 0, 0.8), (6, 6, 0, 0.5), (6, 1, 1, 0.4)) for _ in range(4)])
    truth = [[box(0, 1, 1, 1), box(1, 1, 6, 1)]] * 4
    apple, banana = choose_thresholds(outputs, truth, 2)
    assert 0.5 < apple < 0.8 and banana < 0.4
    assert detection(outputs, truth, CLASSES, [apple, banana])["f1"] == 1.0


def test_a_threshold_lies_in_the_middle_of_what_is_as_good() -> None:
    found, with_a_slip = cells((1, 1, 0, 0.9)), cells((1, 1, 0, 0.9), (6, 6, 0, 0.84))
    outputs = np.stack([found] * 19 + [with_a_slip])
    (threshold,) = choose_thresholds(
        outputs, [[box(0, 1, 1, 1)]] * 20, 1
    )  # F1 is 1 from 0.84 to 0.9, else 0.98
    assert 0.4 < threshold < 0.65
    assert choose_thresholds(np.stack([found]), [[]], 1) == [0.53125]  # nothing to find: any is as good


def test_classification_figures() -> None:
    outputs = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]], np.float32)
    samples = [Sample(Path("x"), label) for label in (0, 1, 1, 1)]
    found = evaluate("classify", outputs, samples, CLASSES)
    assert found["accuracy"] == 0.75
    assert found["confusion"] == [[1, 0], [1, 2]]
    assert found["loss"] == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.7]).mean(), abs=1e-6)
    certain = classification(np.eye(2)[[0, 1]], np.array([0, 1]), CLASSES)
    assert certain["accuracy_interval"] == pytest.approx([0.342, 1.0], abs=1e-3)  # 2 of 2 prove little


@pytest.mark.parametrize(
    "right, count, low, high",  # Wilson 1927, as tables have it
    [
        (26, 26, 0.871, 1.0),
        (0, 10, 0.0, 0.278),
        (5, 10, 0.237, 0.763),
        (81, 100, 0.722, 0.875),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_interval(right: int, count: int, low: float, high: float) -> None:
    assert wilson_interval(right, count) == pytest.approx([low, high], abs=1e-3)


def test_cropping_moves_boxes_and_drops_those_outside(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    Image.new("RGB", (200, 100)).save(path)
    sample = Sample(path, None, (Box(0, 0.25, 0.0, 0.75, 1.0), Box(1, 0.0, 0.0, 0.2, 1.0)))
    assert visible_boxes(sample, "squash") == list(sample.boxes)
    assert visible_boxes(sample, "crop") == [Box(0, 0.0, 0.0, 1.0, 1.0)]
