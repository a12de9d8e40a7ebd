"""From a `.tflite` file to C: the steps in order."""

import contextlib
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tinyml.compiler import targets
from tinyml.compiler.emit.drawing import draw
from tinyml.compiler.emit.header import Origin, header_of
from tinyml.compiler.emit.names import check_name
from tinyml.compiler.emit.source import source_of
from tinyml.compiler.frontend.graph import Graph, Node, Tensor, bad, verify_map
from tinyml.compiler.frontend.passes import run_passes
from tinyml.compiler.frontend.reader import about, parse_model, read_model
from tinyml.compiler.ops import INTERNAL, OPERATORS
from tinyml.compiler.ops.base import Layer
from tinyml.compiler.planning.external import External, split
from tinyml.compiler.planning.placement import FLASH, Memory, bytes_by_place, checks_of, reads_of
from tinyml.compiler.planning.plan import plan_of, psram_of, state_bytes_of
from tinyml.compiler.planning.schedule import DoesNotFit, Schedule, Scheduler
from tinyml.compiler.planning.stream import Streams
from tinyml.compiler.targets import cost
from tinyml.compiler.targets.base import Packed
from tinyml.compiler.targets.saving import Form, Saver, use
from tinyml.contracts import Plan
from tinyml.contracts.plan import Cycles, PlannedLayer
from tinyml.errors import ModelError, TinymlError
from tinyml.files import sha256, write_json, write_text
from tinyml.paths import ExportFiles

NARROWER_STRIPS = (8, 4)  # columns
LARGEST_EXTENT = 2**15 - 1  # of an axis: the kernels' descriptions hold them in 16 bits
INPUT_MODES = ("frame", "rows")


@dataclass
class Compiled:
    """A network after scheduling: everything that the C files and the plan need."""

    layers: list[Layer]
    tensors: list[Tensor]
    streams: Streams
    schedule: Schedule
    packings: dict[str, Packed]
    ram_limit: int | None = None  # bytes of arena that were asked for


def layers_of(graph: Graph) -> list[Layer]:
    """Make the layers of a graph that has been through the passes; raises ModelError that names the node."""
    changed = graph.changed
    for number, index in enumerate(graph.outputs):
        if index in graph.inputs and index not in changed:  # one copy, so that the two have a place each
            graph.tensors.append(replace(graph.tensors[index]))
            graph.outputs[number] = len(graph.tensors) - 1
            graph.nodes.append(Node("RESHAPE", [index], [len(graph.tensors) - 1]))
    for index in {*graph.inputs, *(index for node in graph.nodes for index in node.outputs)}:
        tensor = graph.tensors[index]
        if max(tensor.extents) > LARGEST_EXTENT:
            raise ModelError(
                f"tensor '{tensor.name}' of shape {list(tensor.shape)} has an axis above {LARGEST_EXTENT:,}",
                cure="export the model with smaller shapes",
            )
    for node in graph.nodes:
        if not node.inputs or node.inputs[0] == -1 or len(node.outputs) != 1:
            raise bad(f"{node} has no input, or not one output")
        if not (OPERATORS | INTERNAL)[node.op].any_shape:
            verify_map(graph.tensors[node.outputs[0]], str(node))
    with np.errstate(
        all="ignore"
    ):  # scales that are too far apart are rejected where they become multipliers
        return [
            (OPERATORS | INTERNAL)[node.op].build(graph, node, f"{node.op.lower()}_{index}")
            for index, node in enumerate(graph.nodes)
        ]


def pack_for(kernels: str, workers: int, layers: list[Layer], tensors: list[Tensor]) -> dict[str, Packed]:
    """Give the layers what the variant `kernels` needs: other weights, scratch for each worker; returns it by layer."""
    packings = {}
    for index, layer in enumerate(layers):
        if packed := targets.pack(kernels, layer):
            packings[layer.name] = packed
            layers[index] = use(layer, packed, layer.style.columns(layer, tensors), workers)
    return packings


def schedule_graph(
    graph: Graph,
    *,
    input_mode: str = "frame",
    ram_limit: int | None = None,
    kernels: str = "portable",
    workers: int = 1,
    strips: int = 0,
    memory: Memory | None = None,
) -> Compiled:
    """Run passes, make layers and schedule them; see `compile_model`. Raises ModelError."""
    graph = run_passes(graph)
    layers = layers_of(graph)
    packings = pack_for(kernels, workers, layers, graph.tensors)

    def scheduled(strips: int, limit_bytes: int | None) -> Compiled:
        streams = Streams(layers, graph, rows=input_mode == "rows", strips=strips)
        return Compiled(
            layers, graph.tensors, streams, Scheduler(streams).search(limit_bytes), packings, ram_limit
        )

    narrower = [columns for columns in NARROWER_STRIPS if columns < (strips or sys.maxsize)]
    if ram_limit is not None:
        for columns in (strips, *narrower):
            try:
                return scheduled(columns, ram_limit)
            except DoesNotFit as error:
                refusal = error
        raise refusal
    least = scheduled(strips, None)
    if memory is None or memory.heap_bytes is None:
        return least
    room_bytes = memory.heap_bytes - state_bytes_of(least.streams, workers)
    if least.schedule.arena_bytes <= room_bytes:
        return least
    for columns in narrower:
        with contextlib.suppress(DoesNotFit):
            return scheduled(columns, room_bytes)
    return least  # too large for the board: that is for the budget to say


def form_of(compiled: Compiled, memory: Memory, workers: int) -> Form:
    """Return the form of the scheduled layers that is fastest with the board's RAM for constants."""
    state_bytes = state_bytes_of(compiled.streams, workers)
    saver = Saver(compiled.streams, compiled.packings, memory, workers, state_bytes, compiled.ram_limit)
    return saver.best(compiled.schedule)


def compile_bytes(
    data: bytes, *, input_mode: str = "frame", ram_limit: int | None = None, strips: int = 0
) -> Compiled:
    """Return the scheduled network of a `.tflite` file's bytes; whatever they are, raises nothing but ModelError."""
    return schedule_graph(parse_model(data), input_mode=input_mode, ram_limit=ram_limit, strips=strips)


def predicted_cycles(
    form: Form, board: str, layers: list[PlannedLayer]
) -> tuple[dict[str, Cycles], list[str]]:
    """Return `cycles` of plan.json, and enter each layer's; {} and which layers they are where a cost is not known."""
    streams, schedule = form.streams, form.schedule
    totals, unpredicted = [0, 0], []
    for index, (layer, row) in enumerate(zip(streams.layers, layers, strict=True)):
        calls, checks = reads_of(index, streams, schedule), checks_of(index, streams, schedule)
        cycles = [cost.predict(layer, streams.tensors, calls, checks, workers) for workers in (1, 2)]
        if cycles[0] is None or cycles[1] is None:
            unpredicted.append(layer.name)
            continue
        row["cycles"] = cycles[0]
        half = -(-cycles[0] // 2)  # no worker does less, whatever a fit says of so few columns
        totals = [totals[0] + cycles[0], totals[1] + max(cycles[1], half)]
    if unpredicted:
        return {}, unpredicted
    found: Cycles = {"one_core": totals[0], "two_cores": totals[1], "fetched_bytes": form.fetched_bytes}
    return {board: found}, []


def plan_compiled(
    compiled: Compiled, kernels: str, workers: int, memory: Memory | None, external: External | None = None
) -> tuple[Form, Plan]:
    """Return the form that a network takes, and plan.json's figures: memory, constants and, where known, cycles."""
    form = form_of(compiled, memory or Memory(), workers)
    if external:
        state_bytes = state_bytes_of(form.streams, workers, two_arenas=True)
        form = replace(form, schedule=split(form.streams, form.schedule, external, state_bytes))
    plan = plan_of(form.streams.layers, form.streams, form.schedule, workers, external)
    if external:
        plan["psram"] = psram_of(form.streams, form.schedule, external)
    plan["constants"] = [row.as_dict() for row in form.placed]
    plan["constants_bytes"] = bytes_by_place(form.placed)
    if memory and kernels == "lx6":
        cycles, unpredicted = predicted_cycles(form, memory.board, plan["layers"])
        if cycles:
            plan["cycles"] = cycles
        else:
            plan["unpredicted"] = unpredicted
    return form, plan


def _refuse_unknown(input_mode: str, kernels: str, workers: int) -> None:
    """Raise TinymlError where `compile_model` was given what it does not know."""
    if input_mode not in INPUT_MODES:
        raise TinymlError(f"unknown input mode '{input_mode}'", cure=f"modes: {', '.join(INPUT_MODES)}")
    if kernels not in targets.KERNELS:
        raise TinymlError(f"unknown kernels '{kernels}'", cure=f"kernels: {', '.join(targets.KERNELS)}")
    if workers not in (1, 2):
        raise TinymlError(f"{workers} workers are not supported", cure="choose one or two")


def compile_model(
    path: str | Path,
    out_dir: str | Path,
    *,
    name: str = "model",
    input_mode: str = "frame",
    ram_limit: int | None = None,
    kernels: str = "portable",
    workers: int = 1,
    strips: int = 0,
    labels: tuple[str, ...] | list[str] = (),
    memory: Memory | None = None,
    external: External | None = None,
) -> Plan:
    """Write `<name>.c`, `<name>.h`, `plan.json` and `plan.svg` into `out_dir`; return the plan.

    `input_mode`: "frame" (the whole picture lies in the arena) or "rows" (pushed row by row). `ram_limit`: bytes of
    arena; the fastest schedule that fits. `kernels`: the variant that the C file is to be built with (-DTM_KERNELS).
    `workers`: how many cores may share a row (1 or 2), each with scratch of its own. `strips`: pairs of layers run
    together on strips of this many columns, for less RAM and more calls (0: whole rows); with a limit, strips get narrower
    until it fits. `memory`: the RAM that the board has for constants; None: all of them stay where the linker puts them.
    `external`: two arenas, of which the second, in external RAM, takes what the first has no room for.
    Raises ModelError for a model that cannot be compiled, TinymlError for wrong arguments.
    """
    check_name(name)
    _refuse_unknown(input_mode, kernels, workers)
    path, folder = Path(path), Path(out_dir)
    with about(path):
        compiled = schedule_graph(
            read_model(path),
            input_mode=input_mode,
            ram_limit=ram_limit,
            kernels=kernels,
            workers=workers,
            strips=strips,
            memory=memory,
        )
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    origin = Origin(path.name, sha256(path), command, tuple(labels))
    form, figures = plan_compiled(compiled, kernels, workers, memory, external)
    streams, schedule, placed = form.streams, form.schedule, form.placed
    for layer in streams.layers:
        layer.places = {row.constant.name: row.place for row in placed if row.place != FLASH}
    write_text(
        folder / f"{name}.h",
        header_of(name, streams, schedule, origin, kernels, workers),
    )
    write_text(
        folder / f"{name}.c",
        source_of(name, streams, schedule, workers, targets.refuse_other_kernels(kernels)),
    )
    plan: Plan = {**figures, "name": name, "input_mode": input_mode, "kernels": kernels, "workers": workers}
    files = ExportFiles(folder)
    write_text(files.plan_drawing, draw(schedule, f"{path.name}: {plan['arena_bytes']:,} bytes of arena"))
    write_json(files.plan, plan, inputs={"model": path})
    return plan
