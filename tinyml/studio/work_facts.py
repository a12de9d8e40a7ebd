"""What the page is told of runs, exports, checks and boards, as types; the scripts in static/js read these keys."""

from typing import NotRequired, Required, TypedDict

from tinyml.contracts import Benchmark, Budget, Metrics, Stage
from tinyml.contracts.board import PredictedCores
from tinyml.contracts.data import NearDuplicate, SuspectRow
from tinyml.contracts.presets import Found
from tinyml.contracts.run import RunRow, TrueBox


class Pace(TypedDict, total=False):
    """Seconds of training a picture and epoch, with the network's width and its size in pixels."""

    pace: float
    width: float
    size: int


class StudioRun(RunRow, Pace):
    """A run as `tinyml runs` lists it; `resumable`: it was interrupted."""

    resumable: bool


class RunList(TypedDict):
    """The runs, and the modules that training misses."""

    runs: list[StudioRun]
    missing: list[str]


class RunSettings(TypedDict):
    """Of a run's config.toml, what the page shows."""

    task: str
    classes: list[str]
    size: int
    width: float
    channels: int
    fit: str
    context: list[int]
    thresholds: list[float]
    dataset: str
    seed: int


class PredictedBrief(TypedDict):
    """A predicted latency without its layers."""

    board: str
    remark: str
    cores: list[PredictedCores]


class ExportFile(TypedDict):
    """A file of an export that may be taken elsewhere, and what it is for."""

    name: str
    words: str
    bytes: int


class ExportFacts(TypedDict):
    """One export; `stale`: why it cannot be relied on, "" where it can. `plan`: of plan.json, each single figure and word."""

    stale: str
    stages: dict[str, Stage]
    warnings: list[str]
    budget: Budget | None
    predicted: PredictedBrief | None
    plan: dict[str, int | str]
    benchmark: Benchmark | None
    files: list[ExportFile]


class LibraryRow(TypedDict):
    """A kind of library, in words, and whether one of the run as it is now has been made."""

    kind: str
    words: str
    made: bool


class RunFacts(TypedDict):
    """One run; `exports` by board, `troubles`: what is damaged."""

    name: str
    config: RunSettings
    epochs: int
    metrics: Metrics | None
    exports: dict[str, ExportFacts]
    libraries: list[LibraryRow]
    troubles: list[str]


class ShownPicture(TypedDict):
    """A test picture with its truth; width and height in pixels. `name` is "" where it does not lie in the studio's folder."""

    width: int
    height: int
    label: str | None
    boxes: list[TrueBox]
    name: str
    title: str


class RunOutputs(TypedDict, total=False):
    """What `tinyml.workflow.outputs` says of a run's test pictures, named as the page names them.

    `stale` alone: there is none of the run as it is now.
    """

    stale: Required[bool]
    task: str
    classes: list[str]
    thresholds: list[float]
    fit: str
    model_seconds: float
    folder: str
    metrics: Stage
    pictures: list[ShownPicture]
    shape: list[int]
    cells: str
    probabilities: list[list[float]]


class Suspected(TypedDict):
    """Of check.json, what the page is told about."""

    suspects: NotRequired[list[SuspectRow] | None]
    near_duplicates: list[NearDuplicate]


class SuspectShown(TypedDict):
    """A label to look at again; `box`: left, top, right, bottom as fractions."""

    name: str
    kind: str
    label: str
    suggested: str
    box: tuple[float, float, float, float]
    score: float


class Checked(TypedDict):
    """The last check of labels: how many near duplicates, and when it was, in seconds since 1970; both missing before the first."""

    suspects: list[SuspectShown]
    near_duplicates: NotRequired[int]
    seconds: NotRequired[float]


class BoardRow(TypedDict):
    """A board to choose."""

    name: str
    title: str
    chip: str
    emulated: bool


class PortRow(TypedDict):
    """A port at which a board may be."""

    port: str
    words: str


class OnBoard(TypedDict):
    """Whether a network fits a board, and its predicted latency; None where that is not known."""

    ok: bool | None
    latency_us: float | None


class PresetShown(TypedDict):
    """A preset with what it needs on the first board (see `tinyml presets`), and how it does on each."""

    name: str
    words: str
    settings: dict[str, object]
    epochs: int
    parameters: int | None
    macs: int | None
    f1: dict[str, Found] | None
    ram_bytes: int | None
    flash_bytes: int | None
    fits: bool | None
    latency_us: float | None
    boards: dict[str, OnBoard]


class NetworkRow(TypedDict):
    """A network of a width and size, as an estimate says it."""

    width: float
    size: int
    macs: int
    ram_bytes: int
    weights_bytes: int
    boards: dict[str, OnBoard]


class Networks(TypedDict):
    """networks.json"""

    remark: str
    networks: list[NetworkRow]


class Boards(Networks):
    """The boards, real and emulated, the ports, and what networks need."""

    boards: list[BoardRow]
    ports: list[PortRow]
    presets: list[PresetShown]


class FlashImage(TypedDict):
    """A part of a built firmware, with its address in flash."""

    name: str
    address: int


class FlashImages(TypedDict):
    """The parts of a built firmware."""

    images: list[FlashImage]
