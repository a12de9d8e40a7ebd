"""What the files of a run hold: metrics.json and accuracy.json, and the rows in predictions.json."""

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict, cast

from tinyml.contracts.values import Amount, Count, Factor, Positive, Share

Task = Literal["classify", "detect"]


class Input(TypedDict):
    """A file that another was made from."""

    file: str
    sha256: str


class Provenance(TypedDict):
    """How a file was made."""

    tool: str
    command: str
    inputs: dict[str, Input]


class Made(TypedDict):
    """Any JSON file of tinyml."""

    provenance: Provenance
    firmware_interface: NotRequired[str]
    thresholds: NotRequired[list[float]]


class Scores(TypedDict):
    """How one class is found: counts and what follows from them."""

    precision: Share
    recall: Share
    f1: Share
    right: NotRequired[Count]
    wrong: NotRequired[Count]
    missed: NotRequired[Count]


class Stage(TypedDict):
    """A row of metrics: those of the task, and on how many pictures."""

    pictures: NotRequired[Count]
    accuracy: NotRequired[Share]
    accuracy_interval: NotRequired[list[Share]]
    loss: NotRequired[float]
    f1: NotRequired[Share]
    f1_interval: NotRequired[list[Share]]
    precision: NotRequired[Share]
    recall: NotRequired[Share]
    count_error: NotRequired[Amount]
    average_precision: NotRequired[Share]
    right: NotRequired[Count]
    wrong: NotRequired[Count]
    missed: NotRequired[Count]
    per_class: NotRequired[dict[str, Scores]]
    confusion: NotRequired[list[list[Count]]]
    confusion_labels: NotRequired[list[str]]
    max_abs_difference: NotRequired[float]
    bit_exact: NotRequired[bool]
    audited: NotRequired["Stage"]  # the task's metrics by audited labels


# A row of the training history: `epoch`, `train_loss`, `learning_rate` and, where there are validation pictures,
# `validation_loss` and `validation_accuracy` or `validation_f1`.
Epoch = dict[str, float]


class TrueBox(TypedDict):
    """A labelled object; edges as fractions of what the network sees."""

    label: str
    left: float
    top: float
    right: float
    bottom: float


class FoundObject(TypedDict):
    """A detection; `right`: whether a box of its class was there."""

    label: str
    x: float
    y: float
    score: Share
    cells: Count
    right: NotRequired[bool]


class Picture(TypedDict):
    """A picture with its truth, and what the network says of it where it was asked."""

    file: str
    width: NotRequired[Count]
    height: NotRequired[Count]
    label: NotRequired[str | None]
    boxes: NotRequired[list[TrueBox]]
    probabilities: NotRequired[list[float]]
    detections: NotRequired[list[FoundObject]]


class Predictions(TypedDict):
    """predictions.json"""

    split: str
    stage: str
    pictures: list[Picture]


class Counts(TypedDict):
    """Pictures and boxes of each class."""

    pictures: dict[str, Count]
    boxes: dict[str, Count]


class TrainedOn(TypedDict):
    """What a report says about the data."""

    title: str
    remark: str
    name: NotRequired[str]
    synthetic: NotRequired[bool]
    notices: NotRequired[list[str]]
    skipped: NotRequired[list[str]]
    format: NotRequired[str]
    left_out: NotRequired[dict[str, list[str]]]
    negatives: NotRequired[bool]
    train: NotRequired["Counts"]
    test: NotRequired["Counts"]
    validation: NotRequired["Counts"]
    unsorted: NotRequired[dict[str, dict[str, Count]]]
    automatic_split: NotRequired[bool]
    validation_pictures: NotRequired[Count]
    examples: NotRequired[list[Picture]]


class Metrics(TypedDict):
    """metrics.json"""

    task: Task
    test: Stage
    parameters: Count
    data: TrainedOn
    best_epoch: Count
    train_seconds: Amount
    validation: NotRequired[Stage]
    history: NotRequired[list[Epoch]]
    device: NotRequired[str]


class RunRow(TypedDict):
    """A run in a list; `score` is None where its training has not ended, `bytes` counts all of its files."""

    name: str
    task: str
    dataset: str
    metric: str | None
    score: float | None
    trouble: str
    date: str
    bytes: Count
    exports: list[str]


class TrainedAs(TypedDict):
    """What a run's config.toml says that a list of runs and a report show; its whole type is TrainConfig."""

    dataset: str
    task: Task
    classes: list[str]
    size: Positive
    fit: str
    channels: Positive
    width: Factor
    cut: Count


class CrossValidation(TypedDict):
    """The metric of networks that were each judged on a part of the training set that they had not seen."""

    task: str
    metric: str
    mean: float
    standard_deviation: float
    folds: list[Stage]


class Accuracy(TypedDict):
    """accuracy.json"""

    task: Task
    split: str
    pictures: Count
    of_pictures: Count
    data: str
    synthetic: bool
    remark: str
    tflm_arena_bytes: Count | None
    firmware_interface: NotRequired[str]
    thresholds: NotRequired[list[float]]
    stages: dict[str, Stage]
    warnings: list[str]


def metric_of(row: Stage, name: str) -> float:
    """Return a metric of a row by its name."""
    value = cast(Mapping[str, object], row)[name]
    assert isinstance(value, int | float)
    return value
