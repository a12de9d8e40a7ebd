"""What a person has to do to a model's suggestions until they are the truth."""

from tinyml.data import Dataset, Sample

Points = list[
    tuple[str, float, float]
]  # the class and the centre of each suggestion, as fractions, the surest first
Truth = list[tuple[str, tuple[float, float, float, float]]]


def truth_of(dataset: Dataset, sample: Sample) -> Truth:
    """Return a picture's objects: the class and the edges, as fractions, of each."""
    return [
        (dataset.box_classes[box.label], (box.left, box.top, box.right, box.bottom)) for box in sample.boxes
    ]


def right_ones(points: Points, truth: Truth) -> tuple[list[bool], list[int]]:
    """Return for each point whether it lies in a box of its class that is still free, and the boxes that are left."""
    free = sorted(
        range(len(truth)),
        key=lambda i: (truth[i][1][2] - truth[i][1][0]) * (truth[i][1][3] - truth[i][1][1]),
    )
    found = []
    for label, x, y in points:
        hit = next(
            (
                i
                for i in free
                if truth[i][0] == label
                and truth[i][1][0] <= x <= truth[i][1][2]
                and truth[i][1][1] <= y <= truth[i][1][3]
            ),
            None,
        )
        found.append(hit is not None)
        if hit is not None:
            free.remove(hit)
    return found, free


def corrections(said: Points, truth: Truth) -> tuple[dict[int, int], list[int], list[int]]:
    """Return what is to be done to suggestions: {place of one: the box whose class it gets}, those to drop, the missing boxes."""
    right, missing = right_ones(said, truth)
    renamed: dict[int, int] = {}
    dropped = []
    for place in [place for place, good in reversed([*enumerate(right)]) if not good]:
        _, x, y = said[place]
        inside = [one for one in missing if (e := truth[one][1]) and e[0] <= x <= e[2] and e[1] <= y <= e[3]]
        if inside:
            renamed[place] = inside[0]
            missing.remove(inside[0])
        else:
            dropped.append(place)
    return renamed, dropped, missing
