#!/usr/bin/env python3
"""How many actions labelling would take with a run's suggestions, by how near two of them may lie and by their thresholds.

    tools/choose_apart.py runs/fruit [RUN ...] --data DIR

Of each run the pictures that it kept aside from its training to validate with: neither the test pictures nor those that it learned
are looked at, so that `SAME` in tinyml/studio/work.py can be chosen by it. Counted as tools/measure_labelling.py counts in the
real page, without a page: for each share of the usual size the actions with the run's own thresholds and with one for all
classes, as a share of what drawing every box takes, over the validation pictures of all runs that have one to five objects.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.labelling import Points, Truth, corrections, truth_of  # noqa: E402

from tinyml.data import Dataset, Sample  # noqa: E402
from tinyml.inference.predictions import interpret  # noqa: E402
from tinyml.studio.sizes import Sizes, usual_sizes  # noqa: E402
from tinyml.studio.work import apart, seen  # noqa: E402
from tinyml.vision.predict import predict_float  # noqa: E402
from tinyml.vision.splits import split  # noqa: E402
from tinyml.workflow.pictures import Preparation, dataset_of  # noqa: E402
from tinyml.workflow.run import Run, load_run  # noqa: E402

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)


def held_out(run: Run, dataset: Dataset) -> tuple[list[Sample], Sizes]:
    """Return a run's validation pictures with one to five objects by name, and the usual sizes of the boxes that it learned."""
    learned, held = split(dataset.train, run.config, dataset.validation)
    boxes = [box for sample in learned for box in sample.boxes]
    sizes = usual_sizes(
        (dataset.box_classes[box.label], (box.left, box.top, box.right, box.bottom)) for box in boxes
    )
    chosen = [sample for sample in held if 1 <= len(sample.boxes) <= 5]
    return sorted(chosen, key=lambda sample: sample.path.name), sizes


def by_hand(truths: Sequence[Truth]) -> int:
    """Return the actions without suggestions: a class key where the class changes, a drag for each box, Enter."""
    labels = [label for truth in truths for label, _ in truth]
    changes = sum(before != label for before, label in zip([None, *labels], labels))
    return changes + len(labels) + len(truths)


def with_suggestions(said: Sequence[Points], truths: Sequence[Truth]) -> int:
    """Return the actions with suggestions; the class to draw is the one that a picture has most suggestions of."""
    actions, label = 0, ""
    for objects, truth in zip(said, truths):
        renamed, dropped, missing = corrections(objects, truth)
        labels = [one[0] for one in objects]
        label = max(labels, key=labels.count, default=label)
        for box in renamed.values():
            label = truth[box][0]
        for box in missing:
            actions += 1 + (truth[box][0] != label)
            label = truth[box][0]
        actions += len(renamed) + len(dropped) + 1
    return actions


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="+", type=Path, help="finished detection runs")
    parser.add_argument("--data", type=Path, required=True, help="the set that they were trained on")
    arguments = parser.parse_args()
    drawn, pictures = 0, 0
    actions: dict[float, dict[str, int]] = {share: defaultdict(int) for share in SHARES}
    for run in map(load_run, arguments.runs):
        dataset = dataset_of(run, arguments.data).with_labels(run.config.labels)
        samples, sizes = held_out(run, dataset)
        truths = [truth_of(dataset, sample) for sample in samples]
        drawn, pictures = drawn + by_hand(truths), pictures + len(samples)
        views = Preparation(run.config).pictures([sample.path for sample in samples], "validation pictures")
        outputs = predict_float(run.folder, views)
        classes = run.config.classes
        every = {"own": run.config.thresholds} | {str(one): [one] * len(classes) for one in THRESHOLDS}
        for name, thresholds in every.items():
            sights = [
                seen(run, sample.path, interpret(cells, "detect", classes, thresholds))
                for sample, cells in zip(samples, outputs)
            ]
            for share in SHARES:
                said = [
                    [(one["label"], one["x"], one["y"]) for one in apart(sight, sizes, share)]
                    for sight in sights
                    if isinstance(sight, list)
                ]
                actions[share][name] += with_suggestions(said, truths)
    found = {
        "pictures": pictures,
        "by_hand": drawn,
        "shares": {
            share: {name: round(count / drawn, 3) for name, count in row.items()}
            for share, row in actions.items()
        },
    }
    json.dump(found, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
