"""Placing buffers in an arena: what is not worked out again must be what it would be."""

import random

import numpy as np

from tinyml.compiler.planning.memory import Allocator
from tinyml.compiler.planning.stream import Buffer


def some_buffers(generator: random.Random) -> list[Buffer]:
    """Return thirty buffers of which many meet."""
    found = []
    for number in range(30):
        size, steps = generator.randrange(16, 400), generator.randrange(1, 12)
        low, high = np.zeros(steps, np.int64), np.full(steps, size)
        found.append(Buffer(str(number), size, generator.randrange(20), low, high))
    return found


def test_an_order_that_differs_little_is_placed_as_if_nothing_were_known() -> None:
    generator = random.Random(1)
    changed = 0
    for _ in range(20):
        allocator = Allocator(some_buffers(generator))
        base = generator.sample(range(30), 30)
        placed = allocator.place(base)
        assert placed
        for _ in range(50):
            order, moved = list(base), []
            for _ in range(generator.randint(1, 3)):
                moved.append(order.pop(generator.randrange(30)))
                order.insert(generator.randrange(30), moved[-1])
            found = allocator.place(order, None, placed[1], allocator.turned(base, order, moved))
            assert found == allocator.place(order)
            changed += found != placed
    assert changed > 500
