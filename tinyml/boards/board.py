"""What a board's TOML file holds, as types; a test holds docs/files.md to them."""

from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from tinyml.errors import TinymlError


class Compiler(TypedDict):
    """How the compiler writes for the board."""

    kernels: Literal["portable", "lx6", "cortex_m4"]
    workers: Literal[1, 2]


class Flash(TypedDict):
    """What PlatformIO is told of the flash chip, and of the upload to it."""

    mode: str
    clock_hz: int
    partitions: str
    upload_baud: int
    memory_type: NotRequired[str]


class Psram(TypedDict):
    """How external RAM is waited for: the cache's line, read and written back, and by how many percent that may be wrong."""

    line_bytes: Annotated[int, Meta(ge=1)]
    read_us: Annotated[float, Meta(ge=0)]
    write_us: Annotated[float, Meta(ge=0)]
    percent: Annotated[list[int | float], Meta(min_length=2, max_length=2)]
    evidence: str


class Camera(TypedDict):
    """Frames of the camera's driver."""

    frame_size: str
    frames: Annotated[int, Meta(ge=1)]
    memory: Literal["psram", "dram"]


class Pins(TypedDict, total=False):
    """Numbers of the chip's pins; -1: not connected."""

    camera: dict[str, int]
    flash_led: int
    status_led: int


class Emulator(TypedDict):
    """The program that stands for the board."""

    command: list[str]
    serial: str


class Assumption(TypedDict):
    """A parameter of a prediction: its value, by how many percent the truth may be lower or higher, and why."""

    evidence: str
    value: NotRequired[int | float]
    line_us: NotRequired[int | float]
    percent: NotRequired[Annotated[list[int | float], Meta(min_length=2, max_length=2)]]


class Latency(TypedDict, total=False):
    """What a predicted latency rests on, or the board whose latency is predicted instead; see tinyml/device/latency.py."""

    core: str
    stands_for: str
    parameters: dict[str, Assumption]
    flash_modes: dict[str, Assumption]


@dataclass(frozen=True)
class Region:
    """One memory region: `limit_bytes` is what the linker, or where `heap` is true the heap's largest block, offers.

    `holds` says what is put here; each of these has one region a board, but where it is absent: "arena", "input" (the
    picture that `db` loads), "static" (the program's own variables), "constants" and "code" (flash), "fast_code",
    "fast_constants" (those that inference reads often), "fast_words" (those of them read only as aligned 32-bit words),
    "frame" (the camera's), "external" (the second arena of a model that was compiled for PSRAM), "heap_request" (the largest other block that the application asks the heap for).
    """

    name: str
    limit_bytes: int
    purpose: str
    holds: tuple[str, ...] = ()
    heap: bool = False  # taken from the heap at start-up: no section of the ELF lies here
    reserve_heap_bytes: int = 0  # of a static region, what a build must leave: it becomes heap at run time
    linker: tuple[str, ...] = ()  # what the linker script calls it, for the linker's own words on an overflow
    sections: tuple[str, ...] = ()  # ELF output sections summed into it by the budget step
    addresses: tuple[tuple[int, int], ...] = ()  # [start, end) of the region in the chip's address map

    @property
    def usable_bytes(self) -> int:
        """What a build may take of the region."""
        return self.limit_bytes - self.reserve_heap_bytes


PORTABLE: Compiler = {"kernels": "portable", "workers": 1}


def _none() -> Any:
    """Return the empty table of a board that needs none: what needs one is not built for such a board."""
    return {}


@dataclass(frozen=True)
class Board:
    """A microcontroller board: memory, clock, pins, how its firmware is built and how the compiler writes for it."""

    name: str
    title: str
    chip: str
    clock_hz: int
    regions: tuple[Region, ...]
    extends: str = ""  # the file in chips/; of a real board also its section of platformio.ini
    emulated: bool = False
    serial: Literal["uart", "usb"] = "uart"  # "usb": the chip's own USB Serial/JTAG
    base_bytes: dict[str, int] = field(
        default_factory=dict
    )  # per region, what the firmware needs without a model
    compiler: Compiler = field(default_factory=lambda: PORTABLE)
    flash: Flash = field(default_factory=_none)
    camera: Camera = field(default_factory=_none)
    pins: Pins = field(default_factory=_none)
    emulator: Emulator = field(default_factory=_none)
    latency: Latency = field(default_factory=_none)
    psram: Psram = field(default_factory=_none)

    @property
    def environment(self) -> str:
        """The environment of platformio.ini that builds for this board."""
        return self.name

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return asdict(self)

    @property
    def has_psram(self) -> bool:
        """Whether a model's second arena has a place."""
        return bool(self.psram) and any("external" in region.holds for region in self.regions)

    def region_for(self, what: str) -> Region:
        """Return the region that holds `what`; raises TinymlError where the board's file names none."""
        for region in self.regions:
            if what in region.holds:
                return region
        raise TinymlError(
            f"board '{self.name}' has no region that holds '{what}'", cure=f"add it to {self.name}.toml"
        )

    def free_bytes(self, what: str) -> int:
        """Return what the firmware without a model leaves of the region that holds `what`; raises TinymlError."""
        region = self.region_for(what)
        return region.usable_bytes - self.base_bytes.get(region.name, 0)
