"""The plan of a compiled network's memory, as data."""

import numpy as np

from tinyml.compiler.ops.base import Layer
from tinyml.compiler.planning.external import External, traffic_of
from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import INPUT, Streams
from tinyml.contracts import Plan
from tinyml.contracts.plan import Buffer as PlannedBuffer
from tinyml.contracts.plan import Edge, Psram

STATE_BYTES = 16  # four pointers of 32 bits; then two bytes for each counter
TEAM_BYTES = 8  # of a model for two workers besides
POINTER_BYTES = 4  # of a second arena besides


def state_bytes_of(streams: Streams, workers: int, two_arenas: bool = False) -> int:
    """Return the bytes of the state struct on a 32-bit target."""
    counters = len(streams.layers) + len(streams.graph.inputs)
    counters += sum(layer.style.counts_input for layer in streams.layers)
    own_bytes = STATE_BYTES + TEAM_BYTES * (workers > 1) + POINTER_BYTES * two_arenas
    return own_bytes + -(-2 * counters // 4) * 4


# Longer than 60 lines: plan.json from top to bottom, one key after the other.
def plan_of(
    layers: list[Layer],
    streams: Streams,
    schedule: Schedule,
    workers: int,
    external: External | None = None,
) -> Plan:
    """Return the content of plan.json; `external`: where the arenas are two.

    `ram_bytes` is the internal arena and the state struct on a 32-bit target. `ram_bytes_layerwise` is the least arena of an
    engine that keeps whole maps. `bound_bytes`: no cut into segments can have less alive; `optimal` where it is met.
    """
    state_bytes = state_bytes_of(streams, workers, external is not None)
    live = np.zeros(schedule.step_count, np.int64)
    for buffer in schedule.buffers:
        live[buffer.first_step : buffer.end_step] += buffer.high - buffer.low
    return {
        "macs": sum(layer.macs for layer in layers),
        "weights_bytes": sum(constant.bytes for layer in layers for constant in layer.constants),
        "ram_bytes": schedule.arena_bytes + state_bytes,
        "arena_bytes": schedule.arena_bytes,
        "state_bytes": state_bytes,
        "ram_bytes_layerwise": schedule.layerwise_bytes,
        "bound_bytes": schedule.bound_bytes,
        "optimal": schedule.exhaustive
        and not schedule.external_bytes
        and schedule.arena_bytes <= -(-schedule.bound_bytes // 16) * 16,
        "inputs": _edges(streams, streams.graph.given, streams.graph.input_names),
        "outputs": _edges(streams, streams.graph.taken, streams.graph.output_names),
        "states": [
            {"name": state.name, "bytes": streams.tensors[tensor].bytes}
            for state, tensor, _ in streams.graph.kept
        ],
        "layers": [
            {
                "name": layer.name,
                "op": layer.node.op,
                "output_shape": list(streams.tensors[layer.output].shape[1:]),
                "macs": layer.macs,
                "weights_bytes": sum(constant.bytes for constant in layer.constants),
                "tensor": layer.output,
            }
            for layer in layers
        ],
        "strips": [
            {"layers": [layers[index].name, layers[index + 1].name], "columns": strip.columns}
            for index, strip in sorted(streams.strips.items())
            if any(segment.first <= index < segment.last - 1 for segment in schedule.segments)
        ],
        "segments": [
            {
                "layers": [layers[index].name for index in range(segment.first, segment.last)],
                "line_buffers": [
                    {"name": buffer.name, "rows": buffer.depth, "bytes": buffer.bytes}
                    for buffer in segment.buffers
                    if buffer.kind == "line buffer"
                ],
                "bytes": segment.peak_bytes,
                "first_step": first_step,
                "last_step": first_step + len(segment.steps) - 1,
            }
            for segment, first_step in zip(schedule.segments, schedule.first_steps, strict=True)
        ],
        "buffers": _buffers(schedule),
        "timeline": {
            "live_bytes": live.tolist(),
            "layer": [
                "input" if who == INPUT else layers[who].name
                for segment in schedule.segments
                for who in segment.steps
            ],
        },
    }


def _buffers(schedule: Schedule) -> list[PlannedBuffer]:
    return [
        {
            "name": buffer.name,
            "kind": buffer.kind,
            "offset": offset - schedule.arena_bytes * (offset >= schedule.arena_bytes),
            "bytes": buffer.bytes,
            "first_step": buffer.first_step,
            "last_step": buffer.end_step - 1,
            "place": "internal" if offset < schedule.arena_bytes else "psram",
        }
        for buffer, offset in zip(schedule.buffers, schedule.offsets, strict=True)
    ]


def psram_of(streams: Streams, schedule: Schedule, external: External) -> Psram:
    """Return what the second arena holds, what an inference moves through the cache for it, and what that costs.

    Each row that a kernel reads is taken for fetched again, and each row written for fetched and written back: nothing is
    taken to stay in the cache from one row to the next.
    """
    traffic = traffic_of(streams, schedule) if schedule.external_bytes else []
    outside = [one for one, offset in zip(traffic, schedule.offsets) if offset >= schedule.arena_bytes]
    read_bytes, written_bytes = (
        sum(one.read_bytes for one in outside),
        sum(one.written_bytes for one in outside),
    )
    fetched = (read_bytes + written_bytes) / external.line_bytes
    waited_us = fetched * external.read_us + written_bytes / external.line_bytes * external.write_us
    low, high = external.percent
    return {
        "bytes": schedule.external_bytes,
        "read_bytes": read_bytes,
        "written_bytes": written_bytes,
        "predicted_us": round(waited_us),
        "predicted_range_us": [round(waited_us * (1 + percent / 100)) for percent in (low, high)],
        "evidence": external.evidence,
    }


def _edges(streams: Streams, tensors: list[int], names: list[str]) -> list[Edge]:
    return [
        {
            "name": name,
            "shape": list(streams.tensors[index].shape),
            "dtype": streams.tensors[index].dtype,
            "scale": float(streams.tensors[index].scale) if len(streams.tensors[index].scales) else 0.0,
            "zero_point": streams.tensors[index].zero_point if len(streams.tensors[index].scales) else 0,
            "by_rows": index == streams.pushed,
        }
        for index, name in zip(tensors, names, strict=True)
    ]
