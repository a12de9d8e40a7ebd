"""What files hold, as types, and the functions that hold a file to them: one TinymlError that names the file and the key.

tinyml's own JSON files have their types here; keys that are not listed are passed over, so that an older tinyml reads what
a newer one wrote. What people write as TOML has its types beside what uses it: boards in tinyml/boards, data sets in
tinyml/data/description.py, runs in tinyml/vision/config.py; there an unknown key is refused, for it would be a setting
without effect. docs/files.md says what each key means.
"""

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict, TypeVar, cast

import msgspec
import msgspec.inspect

from tinyml.errors import TinymlError
from tinyml.files import read_json
from tinyml.paths import read_toml

Task = Literal["classify", "detect"]
Count = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
Factor = Annotated[float, msgspec.Meta(gt=0)]


class ClassFigures(TypedDict):
    precision: Share | None
    recall: Share | None
    f1: Share | None


class Stage(TypedDict):
    """A row of metrics: those of the task, and on how many pictures."""

    pictures: Count
    accuracy: NotRequired[Share]
    f1: NotRequired[Share]
    precision: NotRequired[Share]
    recall: NotRequired[Share]
    count_error: NotRequired[Amount]
    accuracy_interval: NotRequired[list[Share]]
    f1_interval: NotRequired[list[Share]]
    per_class: NotRequired[dict[str, ClassFigures]]
    confusion: NotRequired[list[list[Count]]]
    confusion_labels: NotRequired[list[str]]
    max_abs_difference: NotRequired[float]
    bit_exact: NotRequired[bool]
    audited: NotRequired[dict[str, Any]]  # the task's metrics by audited labels


class Accuracy(TypedDict):
    task: Task
    split: str
    pictures: Count
    of_pictures: Count
    data: str
    synthetic: bool
    remark: str
    tflm_arena_bytes: Count | None
    firmware_interface: NotRequired[str]
    stages: dict[str, Stage]
    warnings: list[str]


class PlannedLayer(TypedDict):
    name: str
    op: NotRequired[str]
    output_shape: list[Count]
    macs: Count
    weights_bytes: Count


class Segment(TypedDict):
    layers: list[str]


class PlannedBuffer(TypedDict):
    name: str
    kind: str
    offset: Count
    bytes: Count
    first_step: Count
    last_step: Count


class Plan(TypedDict):
    layers: list[PlannedLayer]
    segments: list[Segment]
    buffers: NotRequired[list[PlannedBuffer]]
    name: NotRequired[str]
    input_mode: NotRequired[str]
    kernels: NotRequired[str]
    workers: NotRequired[Count]
    macs: NotRequired[Count]
    weights_bytes: NotRequired[Count]
    ram_bytes: NotRequired[Count]
    arena_bytes: NotRequired[Count]
    state_bytes: NotRequired[Count]
    ram_bytes_layerwise: NotRequired[Count]
    bound_bytes: NotRequired[Count]
    optimal: NotRequired[bool]


class UsedRegion(TypedDict):
    region: str
    used_bytes: Count
    limit_bytes: Positive
    ok: bool


class Budget(TypedDict):
    board: str
    source: str
    ok: bool
    regions: list[UsedRegion]
    runtime: NotRequired[str]


class Latency(TypedDict):
    median: float
    p95: NotRequired[float]
    windows: NotRequired[list[float]]


class CountedLayer(TypedDict):
    name: str
    instructions: NotRequired[Count]


class Benchmark(TypedDict):
    model_sha256: str
    runtime: str
    board: NotRequired[str]
    protocol: NotRequired[str]
    arena_bytes: NotRequired[Count]
    macs: NotRequired[Count]
    ram_bytes: NotRequired[Count]
    flash_bytes: NotRequired[Count]
    footprint_source: NotRequired[str]
    latency_us: NotRequired[Latency]
    inferences_per_second: NotRequired[float]
    runs_per_window: NotRequired[Count]
    instructions_per_inference: NotRequired[Count]
    instructions_per_mac: NotRequired[float]
    layers: NotRequired[list[CountedLayer]]
    bit_exact: NotRequired[bool]
    pictures: NotRequired[Count]
    of_pictures: NotRequired[Count]


class Marker(TypedDict):
    run: str
    board: str
    model_sha256: str
    runtime: str
    firmware_interface: NotRequired[str]


class LabelledBox(TypedDict):
    label: str
    left: float
    top: float
    right: float
    bottom: float


class FoundObject(TypedDict):
    label: str
    x: float
    y: float
    score: Share
    right: bool


class JudgedPicture(TypedDict):
    """A picture with what is true of it, and what the network says, in fractions of its sides."""

    file: str
    label: NotRequired[str | None]
    boxes: NotRequired[list[LabelledBox]]
    detections: NotRequired[list[FoundObject]]
    probabilities: NotRequired[list[float]]


class Predictions(TypedDict):
    split: str
    stage: str
    pictures: list[JudgedPicture]


Counts = dict[str, dict[str, Count]]  # of pictures and of boxes, by class


class TrainedOn(TypedDict):
    title: str
    remark: str
    name: NotRequired[str]
    train: NotRequired[Counts]
    validation: NotRequired[Counts]
    test: NotRequired[Counts]
    unsorted: NotRequired[Counts]
    validation_pictures: NotRequired[Count]
    notices: NotRequired[list[str]]
    skipped: NotRequired[list[str]]
    examples: NotRequired[list[JudgedPicture]]


class Metrics(TypedDict):
    task: Task
    test: Stage
    parameters: Count
    data: TrainedOn
    best_epoch: Count
    train_seconds: Amount
    history: NotRequired[list[dict[str, float | None]]]
    device: NotRequired[str]


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


class NetworkCost(TypedDict):
    latency_ms: float | None
    ram_bytes: Count
    macs: Count


class Network(TypedDict):
    number: Count
    score: Share
    cost: NetworkCost
    in_front: bool


class Tuning(TypedDict):
    study: str
    number: Count
    metric: str
    score: Share
    board: str
    levels: list[Count]
    limit_ms: float | None
    counts: dict[str, Count]
    rejected: dict[str, Count]
    networks: list[Network]


# Each file with its type and the command that writes it.
FILES: dict[str, tuple[Any, str]] = {
    "metrics.json": (Metrics, "tinyml train"),
    "predictions.json": (Predictions, "tinyml evaluate"),
    "accuracy.json": (Accuracy, "tinyml export"),
    "plan.json": (Plan, "tinyml export"),
    "budget.json": (Budget, "tinyml build"),
    "benchmark.json": (Benchmark, "tinyml benchmark"),
    "export.json": (Marker, "tinyml export"),
    "tuning.json": (Tuning, "tinyml tune take"),
}
Kind = TypeVar("Kind")
MISSING = re.compile(r"Object missing required field `(\w+)`")


@cache
def writer_of(name: str) -> str:
    """Return the command that writes a file."""
    return FILES[name][1] if name in FILES else "the command that wrote it"


def read_checked(path: Path, kind: type[Kind]) -> Kind:
    """Read a JSON file that holds what `kind` says, other keys included; raises TinymlError that names file and key."""
    found = read_json(path)
    try:
        msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise TinymlError(
            f"{path}: {told(str(error))}", cure=f"delete it and make it again: {writer_of(path.name)}"
        ) from error
    return cast(Kind, found)


def read_trained_as(path: Path) -> TrainedAs:
    """Read the part of a run's config.toml that is shown; raises TinymlError that names file and key."""
    found = read_toml(path)
    try:
        msgspec.convert(found, TrainedAs)
    except msgspec.ValidationError as error:
        raise TinymlError(f"{path}: {told(str(error))}", cure="train the run again") from error
    return cast(TrainedAs, found)


def typed(
    table: dict[str, Any],
    kind: type[Kind],
    source: Path | str,
    *,
    cure: str = "",
    error: type[TinymlError] = TinymlError,
    **given: Any,
) -> Kind:
    """Return a table that a person wrote as `kind`, a dataclass; raises `error` that names the source and the key.

    `given`: fields that the program knows, and that the table therefore may not hold. `cure`: what to do about a key that
    is missing or of another type; unknown keys and values are told with those that are known.
    """
    if found := _unknown(table, msgspec.inspect.type_info(kind), "", frozenset(given)):
        raise error(f"{source}: {found[0]}", cure=found[1])
    try:
        return msgspec.convert(table | given, kind)
    except msgspec.ValidationError as refusal:
        raise error(f"{source}: {told(str(refusal))}", cure=cure) from refusal


def _unknown(value: Any, kind: Any, at: str, given: frozenset[str] = frozenset()) -> tuple[str, str] | None:
    """Return the first key or choice that `kind`, msgspec's description of a type, does not know, and the known ones."""
    if isinstance(kind, msgspec.inspect.LiteralType) and value not in kind.values:
        return f"{at} is {value!r}", f"choose one of {', '.join(map(str, kind.values))}"
    if isinstance(value, dict):
        if isinstance(kind, msgspec.inspect.DictType):
            inner = dict.fromkeys(value, kind.value_type)
        elif isinstance(kind, msgspec.inspect.DataclassType | msgspec.inspect.TypedDictType):
            inner = {item.name: item.type for item in kind.fields if item.name not in given}
        else:
            return None
        for key, content in value.items():
            if key not in inner:
                return f"{at}: unknown key '{key}'".removeprefix(": "), f"known keys: {', '.join(inner)}"
            if found := _unknown(content, inner[key], f"{at}.{key}".removeprefix(".")):
                return found
    if isinstance(value, list | tuple) and (item_kind := getattr(kind, "item_type", None)):
        for number, content in enumerate(value):
            if found := _unknown(content, item_kind, f"{at}[{number}]"):
                return found
    return None


def told(refusal: str) -> str:
    """Return msgspec's refusal in the order of the other messages: the key first, then what is wrong with it."""
    what, _, where = refusal.partition(" - at `")
    key = where.rstrip("`").removeprefix("$").removeprefix(".")
    if missing := MISSING.fullmatch(what):
        return f"{key}.{missing[1]} is missing".removeprefix(".")
    what = what[0].lower() + what[1:].replace("`", "'")
    return f"{key}: {what}" if key else what
