"""A board judged on test pictures, and its file benchmark.json."""

from pathlib import Path

import numpy as np

from tinyml.contracts import Benchmark
from tinyml.contracts.board import FirstDifference, Measured
from tinyml.conversion.accuracy import REFERENCE, Stage, add_stage, compare
from tinyml.conversion.tflite import read_ends, run_tflite
from tinyml.device.benchmark import Difference, collect_outputs, compare_outputs
from tinyml.files import read_json, write_json
from tinyml.reference import MicroModel
from tinyml.workflow.attached import Attached
from tinyml.workflow.model import Model, edges_of, tables_of, taken_bytes
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
    taken, given = edges_of(model, board.export.plan)
    shape = (limit or NOISE_PICTURES, *board.info.input)
    pictures = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    micro = MicroModel(board.export.files.int8)
    tables = tables_of(model, taken, board.info.input[2])
    expected = []
    for picture in pictures:
        codes = taken_bytes(picture, tables).view(taken["dtype"]).reshape(micro.inputs[0]["shape"])
        if micro.inputs[0]["dtype"] == np.float32:  # it begins with a QUANTIZE, which the firmware leaves out
            codes = (codes.astype(np.float32) - taken["zero_point"]) * np.float32(taken["scale"])
        output = micro.run(codes)[0]
        if output.dtype == np.float32:  # likewise at its end
            output = np.rint(output / np.float32(given["scale"]) + given["zero_point"]).astype(given["dtype"])
        expected.append(output.view(np.int8).reshape(-1))
    got = collect_outputs(
        board.device, [picture.tobytes() for picture in pictures], silence_s=board.silence_s
    )
    difference = compare_outputs(got, np.stack(expected))
    found: Measured = {
        "pictures": len(pictures),
        "of_pictures": len(pictures),
        "bit_exact": difference is None,
    }
    if difference:
        found["difference"] = told(difference, "noise")
    return found


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
