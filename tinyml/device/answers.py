"""What a board may say: the JSON objects of its answers as types, each bounded, and the one place that reads them.

A board is not trusted: its firmware may be another's, its line may lose bytes. An answer that is not of its type, a number
out of its range, a name with control characters in it (a terminal would obey them) is one DeviceError.
"""

from typing import Annotated, Literal, TypeVar

import msgspec

from tinyml.errors import DeviceError

MAX_AXIS = 32_767  # the kernels' own limit
MAX_INPUT_BYTES = 16 << 20
MAX_PICTURE_AXIS = 4096  # of a camera's frame
MAX_LAYERS = 4096
MAX_OBJECTS = 64  # in one answer to `detect`

Text = Annotated[str, msgspec.Meta(max_length=512, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Crc32 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}$")]
Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Axis = Annotated[int, msgspec.Meta(ge=1, le=MAX_AXIS)]
Extent = Annotated[int, msgspec.Meta(ge=1, le=MAX_INPUT_BYTES)]
PictureAxis = Annotated[int, msgspec.Meta(ge=1, le=MAX_PICTURE_AXIS)]


class Answer(msgspec.Struct, frozen=True):
    """An object of a board's answer; members that this version does not know are ignored."""


class EdgeInfo(Answer, frozen=True):
    """An input or output of the model that a board runs."""

    name: Text
    type: Literal["int8", "uint8", "int16", "int32", "float32"]
    shape: tuple[Axis, Axis, Axis]  # height, width, channels
    bytes: Annotated[int, msgspec.Meta(ge=1, le=MAX_INPUT_BYTES)]


Edges = Annotated[tuple[EdgeInfo, ...], msgspec.Meta(max_length=64)]


class Info(Answer, frozen=True):
    """The answer to `info`: which firmware runs which model, and what is left of the board's memory."""

    version: Text
    board: Text
    runtime: Text
    model: Text
    model_sha256: Sha256
    input: tuple[Axis, Axis, Extent]  # height, width, channels; of several inputs 1, 1 and all their bytes
    output_bytes: Annotated[int, msgspec.Meta(ge=1, le=MAX_INPUT_BYTES)]
    arena_bytes: Count
    tick_hz: Annotated[int, msgspec.Meta(ge=1, le=10**10)]
    inputs: Edges = ()
    outputs: Edges = ()
    labels: Annotated[tuple[Text, ...], msgspec.Meta(max_length=1024)] = ()
    task: Text = ""
    reset_cause: Text = ""
    free_internal_bytes: Count | None = None
    largest_internal_block_bytes: Count | None = None
    free_psram_bytes: Count | None = None

    def __post_init__(self) -> None:
        if self.input_bytes > MAX_INPUT_BYTES:
            raise ValueError(f"an input of {' x '.join(map(str, self.input))} bytes")
        given = sum(edge.bytes for edge in self.outputs)
        if self.outputs and given != self.output_bytes:
            raise ValueError(f"outputs of {given} bytes, not the {self.output_bytes} of all")

    @property
    def input_bytes(self) -> int:
        """How many bytes all inputs have."""
        height, width, channels = self.input
        return sum(edge.bytes for edge in self.inputs) or height * width * channels


class LayerTicks(Answer, frozen=True):
    """The time that one layer took, in ticks of the board's clock."""

    name: Text
    ticks: Count


class Layers(Answer, frozen=True):
    """The answer to `layers`: the time of one inference and of each of its layers."""

    tick_hz: Annotated[int, msgspec.Meta(ge=1, le=10**10)]
    ticks: Count
    layers: Annotated[tuple[LayerTicks, ...], msgspec.Meta(max_length=MAX_LAYERS)]


class NamedCycles(Answer, frozen=True):
    """The cycles of a sequence of instructions, or of a layer."""

    name: Text
    cycles: Count


class WalkCycles(Answer, frozen=True):
    """The cycles of so many loads from one kind of memory."""

    name: Text
    loads: Annotated[int, msgspec.Meta(ge=1, le=2**32)]
    cycles: Count


class Cycles(Answer, frozen=True):
    """The answer to `cycles`: what the core itself counts; without a counter, why not."""

    available: bool
    why: Text = ""
    clock_hz: Annotated[int, msgspec.Meta(ge=0, le=10**10)] = 0
    sequences: Annotated[tuple[NamedCycles, ...], msgspec.Meta(max_length=MAX_LAYERS)] = ()
    walks: Annotated[tuple[WalkCycles, ...], msgspec.Meta(max_length=64)] = ()
    ran: bool = True  # whether the inferences succeeded
    all_cores: Count | None = None
    one_core: Count | None = None
    layers: Annotated[tuple[NamedCycles, ...], msgspec.Meta(max_length=MAX_LAYERS)] = ()


class SelfTest(Answer, frozen=True, rename={"passed": "pass"}):
    """The answer to `selftest`: whether every layer's bytes are the PC's, and which is the first that is not."""

    passed: bool
    model: bool
    colours: bool
    colours_differ: Text = ""
    name: Text = "the output"


class FoundObject(Answer, frozen=True):
    """An object that the board sees: its centre as fractions of what the network sees."""

    label: Text
    x: Fraction
    y: Fraction
    score: Fraction
    cells: Count


class Look(Answer, frozen=True):
    """The answer to `detect`: a class or objects, and the clock's ticks from the first row to the answer."""

    ticks: Count
    label: Text = ""
    probability: Fraction = 0.0
    objects: Annotated[tuple[FoundObject, ...], msgspec.Meta(max_length=MAX_OBJECTS)] = ()


class LoadedInput(Answer, frozen=True):
    """The answer to `input`: what has been loaded so far."""

    bytes: Count
    crc32: Crc32


class Output(Answer, frozen=True):
    """The answer to `output`: the model's output bytes in hex."""

    bytes: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{2})*$")]


class CaptureHead(Answer, frozen=True):
    """The first object of `capture`: the size of the frame and how its pixels lie."""

    width: PictureAxis
    height: PictureAxis
    format: Literal["rgb888", "gray8", "rgb565_big", "rgb565_little"]


class CaptureRow(Answer, frozen=True):
    """One row of a captured frame: its number from the top, its bytes in base64."""

    y: Annotated[int, msgspec.Meta(ge=0, le=MAX_PICTURE_AXIS)]
    pixels: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class Captured(Answer, frozen=True):
    """The last object of `capture`: the CRC-32 of all rows."""

    crc32: Crc32


Kind = TypeVar("Kind")


def read_answer(line: str, name: str, kind: type[Kind], command: str) -> Kind:
    """Return the object under `name` in one line of an answer to `command`; raises DeviceError where it is not a `kind`."""
    try:
        found = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        return msgspec.json.decode(found[name], type=kind)
    except msgspec.ValidationError as error:
        raise DeviceError(
            f"the answer to '{command}' is not what tinyml's firmware sends: {error}",
            cure="flash the firmware of this version of tinyml: tinyml flash RUN --target BOARD",
        ) from error
    except (msgspec.DecodeError, KeyError, RecursionError) as error:
        raise DeviceError(
            f"the answer to '{command}' was damaged on the way: {error}",
            cure="try again; if it happens often, use a shorter cable",
        ) from error
