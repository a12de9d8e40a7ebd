"""Where each constant lies: in RAM where inference reads it often and room is left, else in flash, behind a cache.

A row kernel reads its layer's constants once for each output row. In flash that costs a wait for every line of the
cache, unless all that a segment reads there fits in the cache: then it is fetched once. RAM costs nothing, so what is
read most often goes there first. What is not even read once more than it must be, stays in flash.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tinyml.compiler.ops.base import COPIED, Constant, Layer
from tinyml.compiler.planning.memory import aligned
from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import Streams
from tinyml.contracts.plan import PlacedConstant

FLASH = "flash"


@dataclass(frozen=True)
class Place:
    """Internal RAM that constants may take.

    name: "iram" and "dram" are filled when the program is loaded, "heap" by `<name>_copy_constants`; the arena comes out
    of the heap's bytes first. words_only: it can only be read as aligned 32-bit words.
    """

    name: str
    bytes: int
    words_only: bool = False


@dataclass(frozen=True)
class Memory:
    """What a board offers to constants: places by preference, and how much of its flash the cache holds.

    fetch_cycles: what a byte costs that comes from flash.
    """

    board: str = ""
    places: tuple[Place, ...] = ()
    cache_bytes: int = 0
    fetch_cycles: float = 0

    @property
    def heap_bytes(self) -> int | None:
        """The largest block of the heap, for arena and state; None where it is not known."""
        return next((place.bytes for place in self.places if place.name == COPIED), None)


@dataclass(frozen=True)
class Placed:
    """One constant's place. reads: how often one inference goes through it; fetched_bytes: what that takes from flash."""

    layer: str
    constant: Constant
    place: str
    reads: int
    fetched_bytes: int

    def as_dict(self) -> PlacedConstant:
        """Return its entry in plan.json."""
        return {
            "layer": self.layer,
            "name": self.constant.name,
            "bytes": self.constant.bytes,
            "place": self.place,
            "reads": self.reads,
            "fetched_bytes": self.fetched_bytes,
        }


def reads_of(index: int, streams: Streams, schedule: Schedule) -> int:
    """Return how often one inference goes through the constants of layer `index`: once for each call of its kernel."""
    rows = len(streams.events[index].needs)
    for segment in schedule.segments:
        if not segment.first <= index < segment.last:
            continue
        for first, strip in streams.strips.items():
            if index in (first, first + 1) and segment.first <= first < segment.last - 1:
                return rows * -(-strip.width // strip.columns)
    return rows


def checks_of(index: int, streams: Streams, schedule: Schedule) -> int:
    """Return how often one inference finds a layer of the same segment not ready, before layer `index` has its turn."""
    for segment in schedule.segments:
        if segment.first <= index < segment.last:
            return segment.steps.count(index) * (segment.last - 1 - index)
    return 0


def place_constants(
    layers: Sequence[Layer], streams: Streams, schedule: Schedule, memory: Memory, state_bytes: int = 0
) -> list[Placed]:
    """Return where each constant of each layer lies, in the layers' order.

    Only what a target packed as int32 is read as words for certain, so nothing else goes where only words can be read;
    and only packed constants are reached through pointers that a copy can replace. state_bytes: of the state struct, which a
    plan counts beside the arena.
    """
    free = {
        place.name: place.bytes - (aligned(schedule.arena_bytes + state_bytes) if place.name == COPIED else 0)
        for place in memory.places
    }
    chosen: dict[str, str] = {}
    reads = {layer.name: reads_of(index, streams, schedule) for index, layer in enumerate(layers)}
    candidates = [(layer, constant) for layer in layers for constant in layer.constants]
    # Of constants read equally often the large ones first: small ones fill the gaps.
    for layer, constant in sorted(candidates, key=lambda pair: (-reads[pair[0].name], -pair[1].bytes)):
        packed = any(constant is other for other in layer.packed_constants)
        words = packed and constant.ctype == "int32_t"
        for place in memory.places:
            allowed = words if place.words_only else packed or place.name != COPIED
            if allowed and aligned(constant.bytes) <= free[place.name]:
                chosen[constant.name] = place.name
                free[place.name] -= aligned(constant.bytes)
                break
    cached = {
        layer.name
        for segment in schedule.segments
        for layer in layers[segment.first : segment.last]
        if sum(
            constant.bytes
            for other in layers[segment.first : segment.last]
            for constant in other.constants
            if constant.name not in chosen
        )
        <= memory.cache_bytes
    }
    placed = []
    for layer, constant in candidates:
        name = chosen.get(constant.name, FLASH)
        times = 0 if name != FLASH else 1 if layer.name in cached else reads[layer.name]
        placed.append(Placed(layer.name, constant, name, reads[layer.name], times * constant.bytes))
    return placed


def bytes_by_place(placed: Sequence[Placed]) -> dict[str, int]:
    """Return what the constants take of each place, each aligned as it lies there."""
    taken: dict[str, int] = {}
    for row in placed:
        taken[row.place] = taken.get(row.place, 0) + aligned(row.constant.bytes)
    return taken
