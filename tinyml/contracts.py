"""What tinyml's JSON files hold, as types, and the one function that reads a file against them.

Keys that are not listed here are passed over, so that an older tinyml reads what a newer one wrote; a key that is listed
and has another type, or is required and missing, is one TinymlError that names the file and the key. docs/files.md says
what each key means.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict, TypeVar, cast

import msgspec

from tinyml.errors import TinymlError
from tinyml.files import read_json

Count = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Stage(TypedDict):
    """A row of metrics: those of the task, and on how many pictures."""

    pictures: NotRequired[Count]
    accuracy: NotRequired[Share]
    f1: NotRequired[Share]
    precision: NotRequired[Share]
    recall: NotRequired[Share]
    max_abs_difference: NotRequired[float]
    bit_exact: NotRequired[bool]
    audited: NotRequired[dict[str, Any]]  # the task's metrics by audited labels


class Accuracy(TypedDict):
    task: str
    split: str
    pictures: Count
    of_pictures: Count
    data: str
    synthetic: bool
    remark: str
    tflm_arena_bytes: Count | None
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


class Plan(TypedDict):
    layers: list[PlannedLayer]
    segments: list[Segment]
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
    limit_bytes: Count
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
    bit_exact: NotRequired[bool]
    pictures: NotRequired[Count]
    of_pictures: NotRequired[Count]


class TrainedOn(TypedDict):
    title: str
    remark: str


class Metrics(TypedDict):
    task: str
    test: Stage
    parameters: Count
    data: TrainedOn
    best_epoch: Count
    train_seconds: float


# Each file with its type and the command that writes it.
FILES: dict[str, tuple[Any, str]] = {
    "metrics.json": (Metrics, "tinyml train"),
    "accuracy.json": (Accuracy, "tinyml export"),
    "plan.json": (Plan, "tinyml export"),
    "budget.json": (Budget, "tinyml build"),
    "benchmark.json": (Benchmark, "tinyml benchmark"),
}
Kind = TypeVar("Kind")


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


def told(refusal: str) -> str:
    """Return msgspec's refusal in the order of the other messages: the key first, then what is wrong with it."""
    what, _, where = refusal.partition(" - at `")
    key = where.rstrip("`").removeprefix("$").removeprefix(".")
    what = what[0].lower() + what[1:].replace("`", "'")
    return f"{key}: {what}" if key else what
