"""What is said of a model on a board: budget.json, benchmark.json, a predicted latency, export.json."""

from typing import NotRequired, TypedDict

from tinyml.contracts.run import Stage
from tinyml.contracts.values import Count, Positive


class UsedRegion(TypedDict):
    """A memory region, what is used of it, and what may be."""

    region: str
    used_bytes: Count
    limit_bytes: Positive
    ok: bool


class RuntimeNeeds(TypedDict):
    """What a model takes under a runtime."""

    ram_bytes: Count
    constants_bytes: Count
    ok: bool


class Symbol(TypedDict):
    """A symbol of a linked firmware."""

    name: str
    size_bytes: Count
    section: str
    region: str


class Budget(TypedDict):
    """budget.json"""

    board: str
    source: str
    ok: bool
    regions: list[UsedRegion]
    runtime: NotRequired[str]
    runtimes: NotRequired[dict[str, RuntimeNeeds]]
    symbols: NotRequired[list[Symbol]]
    largest: NotRequired[dict[str, list[Symbol]]]
    unplaced: NotRequired[list[dict[str, object]]]


class Latency(TypedDict):
    """Microseconds of one inference."""

    median: float
    p95: NotRequired[float]
    windows: NotRequired[list[float]]


class CountedLayer(TypedDict):
    """Instructions of one layer on an emulated board."""

    index: Count
    name: str
    instructions: Count


class PredictedCores(TypedDict):
    """The predicted latency with this many cores."""

    cores: Count
    cycles: Count
    psram_us: NotRequired[float]
    flash_us: float
    latency_us: float
    low_us: float
    high_us: float


class PredictedLayer(TypedDict):
    """One layer's predicted cycles, and their time without any waiting."""

    name: str
    cycles: Count
    us: float


class Predicted(TypedDict):
    """The predicted latency of a real board, and what it rests on."""

    board: str
    remark: str
    flash_mode: str
    fetched_bytes: Count
    calibrated: bool
    cores: list[PredictedCores]
    layers: list[PredictedLayer]
    assumptions: dict[str, object]


class FirstDifference(TypedDict):
    """The first byte in which a board's outputs differ from TensorFlow Lite's."""

    picture: Count
    element: Count
    expected: int
    got: int
    pictures: Count
    file: str


class Calibration(TypedDict, total=False):
    """What a measurement replaces of a board's assumptions."""

    flash_modes: dict[str, dict[str, object]]
    compute: dict[str, object]


class ComparedCycles(TypedDict):
    """Cycles by the model of the core, and by the core's own count; null where one is not known."""

    name: str
    predicted: Count | None
    measured: Count | None


class CycleReport(TypedDict):
    """What a board counts of itself, beside what is predicted: sequences of instructions, layers, an inference.

    walks: cycles a load, by memory.
    """

    clock_hz: Count
    sequences: list[ComparedCycles]
    walks: dict[str, float]
    layers: list[ComparedCycles]
    one_core: ComparedCycles
    all_cores: ComparedCycles
    calibration: NotRequired[Calibration]
    kept_in: NotRequired[str]


class Measured(TypedDict, total=False):
    """What one of a benchmark's steps finds."""

    macs: Count
    ram_bytes: Count
    flash_bytes: Count
    footprint_source: str
    latency_us: Latency
    inferences_per_second: float
    runs_per_window: Count
    instructions_per_inference: Count
    instructions_per_mac: float
    windows: list[Count]
    layers: list[CountedLayer]
    predicted: Predicted
    cycles: CycleReport
    accuracy: Stage
    bit_exact: bool
    difference: FirstDifference
    pictures: Count
    of_pictures: Count
    data: str
    synthetic: bool
    remark: str


class Benchmark(Measured):
    """benchmark.json"""

    model_sha256: str
    runtime: str
    board: NotRequired[str]
    protocol: NotRequired[str]
    arena_bytes: NotRequired[Count]


class Marker(TypedDict):
    """export.json"""

    run: str
    board: str
    model_sha256: str
    runtime: str
    firmware_interface: NotRequired[str]
