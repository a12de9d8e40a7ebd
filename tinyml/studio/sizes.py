"""The usual sizes of objects: what a centre alone stands for, and how far apart two objects are."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping

from tinyml.data.assemble import Edges

NO_SIZE = (0.2, 0.2)  # of a class that has no boxes yet
Sizes = Mapping[str, tuple[float, float]]


def usual_sizes(boxes: Iterable[tuple[str, Edges]]) -> Sizes:
    """Return the median width and height of each class's boxes, as fractions of the picture."""
    sides: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for name, (left, top, right, bottom) in boxes:
        sides[name].append((right - left, bottom - top))
    return {
        name: (statistics.median(wide for wide, _ in found), statistics.median(high for _, high in found))
        for name, found in sides.items()
    }
