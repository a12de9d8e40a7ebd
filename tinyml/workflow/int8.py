"""The int8 part of an export: compiled to C, run in every way, and what the firmware needs written beside it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinyml.boards import Board
from tinyml.compiler.check.host import HostModel
from tinyml.compiler.pipeline import compile_model
from tinyml.conversion.accuracy import REFERENCE, Stage
from tinyml.conversion.c_source import (
    Application,
    Golden,
    Value,
    application_source,
    firmware_name,
    model_data_sources,
)
from tinyml.conversion.convert import PRECISIONS
from tinyml.conversion.tflite import read_ends, run_tflite
from tinyml.conversion.tflm import measure_arena, run_tflm
from tinyml.device.memory import external_of, memory_of, needs_of
from tinyml.errors import ModelError
from tinyml.files import sha256, write_text
from tinyml.inference.metrics import threshold_step
from tinyml.inference.preprocess import quantize
from tinyml.paths import ExportFiles
from tinyml.progress import note, track
from tinyml.workflow.goldens import golden, values_of, write_budget
from tinyml.workflow.pictures import Preparation
from tinyml.workflow.run import Run

GOLDEN_SEED = 0


@dataclass(frozen=True)
class Choice:
    """What an export is asked for."""

    runtime: str = "stream"  # the firmware's: "stream" (compiled C) or "tflm" (TFLite-Micro)
    precisions: tuple[str, ...] = PRECISIONS
    input_mode: str = "rows"  # of the compiled model: "rows" or "frame"
    ram_limit: int | None = None  # bytes of arena
    psram: bool = False  # what does not fit in the board's internal RAM goes into PSRAM
    test_pictures: int = 500  # at most, evenly chosen; 0: all
    data: Path | None = None
    reserve_heap_bytes: int = 0  # of static RAM, besides what the board's file reserves


@dataclass(frozen=True)
class Int8Outcome:
    """What the int8 model's runs gave: one stage each, and the arena that TFLite-Micro needs."""

    stages: list[Stage]
    tflm_arena_bytes: int


def compile_int8(
    run: Run,
    board: Board,
    choice: Choice,
    files: ExportFiles,
    pictures: npt.NDArray[np.uint8],
    golden_picture: npt.NDArray[np.uint8],
) -> Int8Outcome:
    """Compile the int8 model, run it on `pictures` in every way, and write its C sources and budget.json.

    `pictures` and `golden_picture`: uint8 [N, size, size, channels] and one such picture, as the network sees them.
    Raises ModelError where the model cannot be compiled.
    """
    preparation, ends = Preparation(run.config), read_ends(files.int8)
    if ends.output_scale != 1 / 256 or ends.output_zero_point != -128:
        raise ModelError(
            "the int8 model does not end in a softmax of scale 1/256", cure="train the run again"
        )
    inputs, tables = preparation.quantized(pictures, ends), preparation.tables(ends)
    stages = [
        Stage(REFERENCE, run_tflite(files.int8, inputs, "tflite int8")),
        Stage("tflm", run_tflm(files.int8, inputs)),
    ]
    note("int8 model to C")
    stream = choice.runtime == "stream"
    plan = compile_model(
        files.int8,
        files.folder,
        input_mode=choice.input_mode,
        ram_limit=choice.ram_limit,
        kernels=board.compiler["kernels"],
        workers=board.compiler["workers"],
        labels=run.config.classes,
        memory=memory_of(board, pictures[0].nbytes, choice.reserve_heap_bytes) if stream else None,
        external=external_of(board, pictures[0].nbytes, choice.psram),
    )
    random_picture = np.random.default_rng(GOLDEN_SEED).integers(0, 256, pictures[0].shape, dtype=np.uint8)
    # The same strips; this computer's kernels need other scratch, so that a limit of bytes would say something else here.
    columns = min((strip["columns"] for strip in plan.get("strips", ())), default=0)
    with HostModel(files.int8, input_mode=choice.input_mode, strips=columns) as host:
        shape = ends.output_shape[1:]
        outputs = [host.run(values).reshape(shape) for values in track(inputs, "generated C", len(inputs))]
        goldens = [
            golden(host, picture, quantize(picture, tables)) for picture in (golden_picture, random_picture)
        ]
        edges = values_of(host.inputs), values_of(host.outputs)
    stages.append(Stage("c_host", np.stack(outputs)))
    write_sources(application_of(run, files, edges, tables, goldens), files)
    arena_bytes = measure_arena(files.int8)["arena_bytes"]
    needs = {
        "stream": needs_of(plan, pictures[0].nbytes),
        "tflm": {"arena_bytes": arena_bytes, "constants_bytes": files.int8.stat().st_size},
    }
    write_budget(board, choice.runtime, needs, pictures[0].nbytes, files)
    return Int8Outcome(stages, arena_bytes)


def application_of(
    run: Run,
    files: ExportFiles,
    edges: tuple[list[Value], list[Value]],
    tables: npt.NDArray[np.int8],
    goldens: list[Golden],
) -> Application:
    """Return what the firmware must know about a run."""
    config = run.config
    return Application(
        name=firmware_name(run.name),
        model_sha256=sha256(files.int8),
        task=config.task,
        fit=config.fit,
        labels=config.classes,
        thresholds=[threshold_step(threshold) for threshold in config.thresholds],
        input_tables=tables,
        inputs=edges[0],
        outputs=edges[1],
        goldens=goldens,
    )


def write_sources(application: Application, files: ExportFiles) -> None:
    """Write application.c, and the int8 file as a C array for TFLite-Micro."""
    made_from = f"{files.int8.name} of the run {application.name}, sha256 {application.model_sha256[:16]}"
    write_text(files.application, application_source(application, made_from))
    for name, text in model_data_sources(files.int8.read_bytes(), made_from).items():
        write_text(files.folder / name, text)
