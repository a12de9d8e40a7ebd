"""A run as files for a board: the network, its conversion, its C, the comparison of every stage, the memory budget."""

from pathlib import Path

from tinyml.boards import Board, load_board
from tinyml.conversion.accuracy import Stage, compare, warnings
from tinyml.conversion.convert import PRECISIONS, convert
from tinyml.conversion.tflite import run_onnx, run_tflite
from tinyml.device.project import interface
from tinyml.files import replacing_folder, write_json
from tinyml.layers import require
from tinyml.locks import sole_writer
from tinyml.paths import ExportFiles
from tinyml.progress import note
from tinyml.workflow.generated import generated_folder, write_generated
from tinyml.workflow.int8 import Choice, compile_int8
from tinyml.workflow.pictures import Preparation, dataset_of, evenly, judge_of
from tinyml.workflow.run import Export, Run, load_run

CALIBRATION_PICTURES = 128


def export(
    run: Run | Path | str,
    board: Board | str = "esp32cam",
    *,
    runtime: str = "stream",
    precisions: tuple[str, ...] = PRECISIONS,
    input_mode: str = "rows",
    ram_limit: int | None = None,
    psram: bool = False,
    test_pictures: int = 500,
    data: Path | None = None,
    out: Path | None = None,
    reserve_heap_bytes: int = 0,
) -> Export:
    """Export a run for a board and compare every stage, from the trained network to the generated C.

    `runtime`: "stream" or "tflm", which the firmware will use. `precisions`: the TFLite files to keep. `input_mode`:
    "rows" or "frame". `ram_limit`: bytes of arena. `psram`: what does not fit in internal RAM goes into PSRAM. `test_pictures`: compare on at most this many; 0: all.
    `reserve_heap_bytes`: of static RAM that constants leave to the heap, besides what the board's file reserves.
    Raises ModelError where the network cannot be converted or compiled, DataError for other data than the run's,
    TinymlError while another command trains, exports or removes the run.
    """
    require("train", "export")
    run = load_run(run)
    board = load_board(board) if isinstance(board, str) else board
    choice = Choice(
        runtime, precisions, input_mode, ram_limit, psram, test_pictures, data, reserve_heap_bytes
    )
    with sole_writer(run.folder.resolve(), cure="wait for it"):
        return export_run(
            run, board, choice, out or run.export(board.name).folder, generated_folder(board, runtime)
        )


def export_run(run: Run, board: Board, choice: Choice, out: Path, generated: Path) -> Export:
    """Export a run for a board into the folder `out`, which is complete or absent.

    `generated` is the folder in which the board's firmware build expects its files.
    """
    require("train", "export")
    from tinyml.vision.onnx import export_onnx
    from tinyml.vision.predict import predict_float

    config, dataset = run.config, dataset_of(run, choice.data)
    preparation = Preparation(config)
    samples = evenly(dataset.test, choice.test_pictures)
    judge = judge_of(config, dataset, samples)
    with replacing_folder(out) as folder:
        files = ExportFiles(folder)
        note("network to ONNX")
        export_onnx(run.folder, files.onnx)
        examples = [sample.path for sample in evenly(dataset.train, CALIBRATION_PICTURES)]
        calibration = preparation.pictures(examples, "calibration")
        note(f"ONNX to TFLite, calibrated on {len(calibration)} training pictures")
        models = convert(files.onnx, calibration, config.mean, config.std, folder)
        for precision in set(PRECISIONS) - set(choice.precisions):
            models.pop(precision).unlink()
        pictures = preparation.pictures([sample.path for sample in samples], "test pictures")
        normalized = preparation.normalized(pictures)
        stages = [
            Stage("float", predict_float(run.folder, pictures)),
            Stage("onnx", run_onnx(files.onnx, normalized)),
        ]
        for precision in PRECISIONS[:2]:
            if precision in models:
                outputs = run_tflite(models[precision], normalized, f"tflite {precision}")
                stages.append(Stage(f"tflite_{precision}", outputs))
        arena_bytes = None
        if "int8" in models:
            outcome = compile_int8(run, board, choice, files, pictures, calibration[0])
            stages += outcome.stages
            arena_bytes = outcome.tflm_arena_bytes
        rows = compare(stages, judge)
        accuracy = {
            "task": config.task,
            "split": "test",
            "pictures": len(samples),
            "of_pictures": len(dataset.test),
            "data": str(dataset.folder),
            "synthetic": dataset.synthetic,
            "remark": dataset.remark,
            "tflm_arena_bytes": arena_bytes,
            "firmware_interface": interface(),
            "thresholds": config.thresholds,
            "stages": rows,
            "warnings": warnings(rows, config.task),
        }
        write_json(files.accuracy, accuracy, inputs={"weights": run.files.model, **models})
    if "int8" in models:
        write_generated(run, board, choice.runtime, ExportFiles(out), generated)
    return Export(run, out)
