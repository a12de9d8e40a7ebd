"""A board judged on test pictures, and its file benchmark.json."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinyml.compiler.check.verify import as_taken
from tinyml.contracts import Benchmark
from tinyml.contracts.board import FirstDifference, Measured
from tinyml.contracts.plan import Edge
from tinyml.conversion.accuracy import REFERENCE, Stage, add_stage, compare
from tinyml.conversion.tflite import read_ends, run_tflite
from tinyml.device.benchmark import Difference, collect_outputs, compare_outputs
from tinyml.files import read_json, write_json
from tinyml.reference import MicroModel
from tinyml.workflow.attached import Attached
from tinyml.workflow.goldens import noise_of, planned_values
from tinyml.workflow.model import Model, pixels_of, taken_bytes
from tinyml.workflow.pictures import Preparation, dataset_of, evenly, judge_of
from tinyml.workflow.run import Run

NOISE_PICTURES = 10


def judge(run: Run, board: Attached, data: Path | None, limit: int | None) -> Measured:
    """Send test pictures to a board and return what benchmark.json says of them; the stage goes into accuracy.json.

    `limit`: at most this many pictures, evenly spaced. Gives `accuracy` (the task's metrics), `bit_exact` (every output
    byte is TensorFlow Lite's), and where it is not, the first `difference`.
    """
    assert board.export is not None
    config, dataset, files = run.config, dataset_of(run, data), board.export.files
    samples = evenly(dataset.test, limit or 0)
    preparation, ends = Preparation(config), read_ends(files.int8)
    pictures = preparation.pictures([sample.path for sample in samples], "test pictures")
    expected = run_tflite(files.int8, preparation.quantized(pictures, ends), "tflite int8")
    got = board.outputs(pictures)
    stages = [
        Stage(name, outputs, ends.output_scale, ends.output_zero_point)
        for name, outputs in ((REFERENCE, expected), (board.board.name, got))
    ]
    row = compare(stages, judge_of(config, dataset, samples))[board.board.name]
    add_stage(files.accuracy, board.board.name, row)
    metrics = row.copy()
    metrics.pop("max_abs_difference", None)
    metrics.pop("bit_exact", None)
    found: Measured = {
        "accuracy": metrics,
        "pictures": len(samples),
        "of_pictures": len(dataset.test),
        "data": str(dataset.folder),
        "synthetic": dataset.synthetic,
        "remark": dataset.remark,
        "bit_exact": row["bit_exact"],
    }
    if difference := compare_outputs(got, expected):
        found["difference"] = told(difference, samples[difference.picture].path.name)
    return found


def told(difference: Difference, file: str) -> FirstDifference:
    """Return a difference as benchmark.json holds it."""
    return {
        "picture": difference.picture,
        "element": difference.element,
        "expected": difference.expected,
        "got": difference.got,
        "pictures": difference.pictures,
        "file": file,
    }


def compare_noise(model: Model, board: Attached, limit: int | None) -> Measured:
    """Send noise to a board that runs a .tflite file and hold every output byte against TFLite-Micro's.

    Gives `bit_exact`, `pictures`, and where bytes differ the first `difference`.
    """
    assert board.export is not None and board.export.plan is not None
    inputs, outputs = board.export.plan.get("inputs", []), board.export.plan.get("outputs", [])
    tables = pixels_of(model, inputs)
    micro = MicroModel(board.export.files.int8, len(inputs), len(outputs))
    samples = [noise_of(planned_values(inputs), seed) for seed in range(1, (limit or NOISE_PICTURES) + 1)]
    expected = []
    for sample in samples:
        codes = taken_bytes(sample if tables is None else sample.reshape(board.info.input), tables)
        given = micro.run(*as_taken(split(codes, inputs), inputs, micro.inputs))
        parts = [output_bytes(one, edge) for one, edge in zip(given, outputs, strict=True)]
        expected.append(np.concatenate(parts))
    sent = [sample.tobytes() for sample in samples]
    got = collect_outputs(board.device, board.info, sent, silence_s=board.silence_s)
    difference = compare_outputs(got, np.stack(expected))
    found: Measured = {
        "pictures": len(samples),
        "of_pictures": len(samples),
        "bit_exact": difference is None,
    }
    if difference:
        found["difference"] = told(difference, "noise")
    return found


def split(codes: npt.NDArray[np.int8], inputs: Sequence[Edge]) -> list[npt.NDArray[Any]]:
    """Return each input's values out of the bytes of all."""
    sizes = [value.bytes for value in planned_values(inputs)]
    parts = np.split(codes.reshape(-1), np.cumsum(sizes)[:-1])
    return [part.view(edge["dtype"]) for part, edge in zip(parts, inputs, strict=True)]


def output_bytes(values: npt.NDArray[Any], edge: Edge) -> npt.NDArray[np.int8]:
    """Return the bytes of an output as the firmware gives it: codes, where the file ends with a DEQUANTIZE."""
    if values.dtype == np.float32 and edge["dtype"] != "float32":
        values = np.rint(values / np.float32(edge["scale"]) + edge["zero_point"]).astype(edge["dtype"])
    return np.ascontiguousarray(values).reshape(-1).view(np.int8)


def identity(board: Attached) -> Benchmark:
    """Return what begins benchmark.json: which board answered, running what."""
    return {
        "board": board.board.name,
        "protocol": "MLPerf Tiny",
        "model_sha256": board.info.model_sha256,
        "runtime": board.info.runtime,
        "arena_bytes": board.info.arena_bytes,
    }


def record(board: Attached, report: Benchmark) -> None:
    """Write benchmark.json; what it held of the same model from another mode stays in it."""
    assert board.export is not None
    files, before = board.export.files, {}
    if files.benchmark.is_file():
        before = read_json(files.benchmark)
        before.pop("provenance", None)
        if any(before.get(key) != report[key] for key in ("model_sha256", "runtime")):
            before = {}
        if "bit_exact" in report:
            before.pop("difference", None)
    write_json(files.benchmark, before | report, inputs={"model": files.int8})
