"""A board judged on test pictures, and its file benchmark.json."""

from pathlib import Path

from tinyml.contracts import Benchmark
from tinyml.contracts.board import Measured
from tinyml.conversion.accuracy import REFERENCE, Stage, add_stage, compare
from tinyml.conversion.tflite import read_ends, run_tflite
from tinyml.device.benchmark import compare_outputs
from tinyml.files import read_json, write_json
from tinyml.workflow.attached import Attached
from tinyml.workflow.pictures import Preparation, dataset_of, evenly, judge_of
from tinyml.workflow.run import Run


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
        found["difference"] = {
            "picture": difference.picture,
            "element": difference.element,
            "expected": difference.expected,
            "got": difference.got,
            "pictures": difference.pictures,
            "file": samples[difference.picture].path.name,
        }
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
