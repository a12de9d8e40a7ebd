"""What a model suggests to a labeller: one object once, by the usual sizes of the classes."""

from typing import Any

import pytest

from tinyml.studio.sizes import NO_SIZE, usual_sizes
from tinyml.studio.work import SAME, apart


def seen(*objects: tuple[str, float, float, float]) -> Any:
    return [dict(zip(("label", "x", "y", "score"), one)) for one in objects]


def test_sizes_are_the_medians_of_a_class() -> None:
    apples = [(0.0, 0.0, 0.1, 0.4), (0.5, 0.5, 0.8, 0.7), (0.2, 0.2, 0.4, 0.3)]
    assert usual_sizes([("lime", (0.0, 0.0, 1.0, 1.0)), *(("apple", edges) for edges in apples)]) == {
        "apple": pytest.approx((0.2, 0.2)),
        "lime": (1.0, 1.0),
    }


@pytest.mark.parametrize("across, down, kept", [(0.9, 0.9, 1), (1.1, 0.9, 2), (0.9, 1.1, 2)])
def test_what_lies_on_something_surer_is_not_suggested(across: float, down: float, kept: int) -> None:
    wide, high = 0.3, 0.5
    objects = seen(
        ("apple", 0.4, 0.4, 0.6), ("apple", 0.4 + across * SAME * wide, 0.4 + down * SAME * high, 0.9)
    )
    found = apart(objects, {"apple": (wide, high)})
    assert [one["score"] for one in found] == [0.9, 0.6][:kept]


def test_a_class_without_boxes_has_a_size_too() -> None:
    objects = seen(("pear", 0.5, 0.5, 0.9), ("pear", 0.5, 0.5 + 0.9 * SAME * NO_SIZE[1], 0.8))
    assert apart(objects, {}) == objects[:1]
