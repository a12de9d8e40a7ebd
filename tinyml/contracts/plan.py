"""What plan.json holds: a compiled model's layers, its memory, and the cycles predicted for a board."""

from typing import NotRequired, TypedDict

from tinyml.contracts.values import Count


class PlannedLayer(TypedDict):
    """One layer, in the order in which they run."""

    name: str
    output_shape: list[Count]
    macs: Count
    weights_bytes: Count
    op: NotRequired[str]
    tensor: NotRequired[Count]
    cycles: NotRequired[Count | None]


class LineBuffer(TypedDict):
    """The last rows of a map."""

    name: str
    rows: Count
    bytes: Count


class Segment(TypedDict):
    """Layers that run together, row by row."""

    layers: list[str]
    line_buffers: NotRequired[list[LineBuffer]]
    bytes: NotRequired[Count]
    first_step: NotRequired[Count]
    last_step: NotRequired[Count]


class Strip(TypedDict):
    """A pair of layers that run together on strips of this many columns."""

    layers: list[str]
    columns: Count


class Buffer(TypedDict):
    """Bytes of an arena, and the steps of the schedule between which they are needed."""

    name: str
    kind: str
    offset: Count
    bytes: Count
    first_step: Count
    last_step: Count
    place: NotRequired[str]


class Psram(TypedDict):
    """The second arena, what an inference moves in and out of it, and how long it is predicted to wait for that."""

    bytes: Count
    read_bytes: Count
    written_bytes: Count
    predicted_us: Count
    predicted_range_us: list[Count]
    evidence: str


class Edge(TypedDict):
    """An input or output of the model."""

    name: str
    shape: list[int]
    dtype: str
    scale: float
    zero_point: int
    by_rows: bool


class PlacedConstant(TypedDict):
    """Where a constant lies, and what an inference fetches of it from flash."""

    layer: str
    name: str
    bytes: Count
    place: str
    reads: Count
    fetched_bytes: Count


class Timeline(TypedDict):
    """For each step of the schedule the bytes alive and the layer that runs."""

    live_bytes: list[Count]
    layer: list[str]


class Cycles(TypedDict):
    """Predicted for one inference; bytes that it fetches from flash."""

    one_core: Count
    two_cores: Count
    fetched_bytes: Count


class KeptState(TypedDict):
    """A map that stays from one run to the next."""

    name: str
    bytes: Count


class Plan(TypedDict):
    """plan.json"""

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
    inputs: NotRequired[list[Edge]]
    outputs: NotRequired[list[Edge]]
    states: NotRequired[list[KeptState]]
    strips: NotRequired[list[Strip]]
    buffers: NotRequired[list[Buffer]]
    timeline: NotRequired[Timeline]
    constants: NotRequired[list[PlacedConstant]]
    constants_bytes: NotRequired[dict[str, Count]]
    cycles: NotRequired[dict[str, Cycles]]
    unpredicted: NotRequired[list[str]]
    psram: NotRequired[Psram]
