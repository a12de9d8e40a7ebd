"""Segments of a schedule made anew, with their layers in other forms, in an arena that does not grow."""

import itertools
from collections.abc import Sequence

from tinyml.compiler.planning.memory import Allocator, aligned
from tinyml.compiler.planning.schedule import Schedule, first_steps_of, joined
from tinyml.compiler.planning.stream import Segment, Streams


def again(
    before: Schedule, segment: Segment, streams: Streams, cuts: Sequence[int] = ()
) -> list[Segment] | None:
    """Return a segment with the layers of `streams`, cut before the layers `cuts`; None where it alone overfills the arena."""
    points = [segment.first, *cuts, segment.last]
    segments = [streams.segment(first, last) for first, last in itertools.pairwise(points)]
    if max(one.peak_bytes for one in segments) > before.arena_bytes:
        return None
    buffers = joined(segments, first_steps_of(segments))
    arena, _ = Allocator(buffers).search(before.arena_bytes)
    return segments if aligned(arena) <= before.arena_bytes else None


def together(before: Schedule, segments: list[Segment]) -> Schedule | None:
    """Return the schedule of all segments; None where they were not fitted into the arena of `before`."""
    first_steps = first_steps_of(segments)
    buffers = joined(segments, first_steps)
    arena, offsets = Allocator(buffers).search(before.arena_bytes)
    if aligned(arena) > before.arena_bytes:
        return None
    return Schedule(
        segments,
        first_steps,
        buffers,
        offsets,
        aligned(arena),
        before.bound_bytes,
        before.exhaustive,
        before.layerwise_bytes,
    )
