"""The steps of an export, put together: the network, its conversion, its C, the comparison, the budget, the firmware."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinyml.boards import Board
from tinyml.boards.budget import budget, planned_bytes
from tinyml.conversion.accuracy import Stage, compare, warnings
from tinyml.conversion.c_source import (
    Application,
    Golden,
    application_source,
    export_marker,
    firmware_name,
    layer_crcs,
    model_data_sources,
)
from tinyml.conversion.convert import PRECISIONS, convert
from tinyml.conversion.tflite import Ends, read_ends, run_onnx, run_tflite
from tinyml.conversion.tflm import measure_arena, run_tflm
from tinyml.data import Dataset, Sample, load_run_dataset, read_picture
from tinyml.errors import DataError, ModelError
from tinyml.files import read_json, replacing_folder, sha256, write_json, write_text
from tinyml.inference.metrics import evaluate, threshold_step
from tinyml.inference.preprocess import input_tables, prepare, quantize
from tinyml.progress import note, track

CALIBRATION_PICTURES = 128
GOLDEN_SEED = 0


@dataclass(frozen=True)
class Choice:
    """What an export is asked for."""

    runtime: str = "stream"  # the firmware's: "stream" (compiled C) or "tflm" (TFLite-Micro)
    precisions: tuple[str, ...] = PRECISIONS
    input_mode: str = "rows"  # of the compiled model: "rows" or "frame"
    ram_limit: int | None = None
    test_pictures: int = 500  # at most, evenly chosen; 0: all
    data: Path | None = None


def export_run(run: Path, board: Board, choice: Choice, out: Path, generated: Path) -> dict[str, Any]:
    """Export a run for a board into the folder `out`, which is whole or not there, and return what a person is told.

    `generated` is the folder in which the board's firmware build expects its files. The returned data hold
    `accuracy`, `budget` and `plan` as written (the last two with the precision "int8" only).
    """
    from tinyml.vision.config import read_config
    from tinyml.vision.onnx import export_onnx
    from tinyml.vision.predict import predict_float

    config = read_config(run / "config.toml")
    dataset = load_run_dataset(run, config.dataset, choice.data or config.data or None)
    prepared = Prepared(config)
    samples = evenly(dataset.test, choice.test_pictures or len(dataset.test))
    judge = judge_of(config, dataset, samples)
    with replacing_folder(out) as folder:
        note("network to ONNX")
        export_onnx(run, folder / "model.onnx")
        calibration = prepared.pictures(evenly(dataset.train, CALIBRATION_PICTURES), "calibration")
        note(f"ONNX to TFLite, calibrated on {len(calibration)} training pictures")
        models = convert(folder / "model.onnx", calibration, config.mean, config.std, folder)
        for precision in set(PRECISIONS) - set(choice.precisions):
            models.pop(precision).unlink()
        pictures = prepared.pictures(samples, "test pictures")
        normalised = prepared.normalised(pictures)
        stages = [
            Stage("float", predict_float(run, pictures)),
            Stage("onnx", run_onnx(folder / "model.onnx", normalised)),
        ]
        for precision in PRECISIONS[:2]:
            if precision in models:
                stages.append(
                    Stage(
                        f"tflite_{precision}",
                        run_tflite(models[precision], normalised, f"tflite {precision}"),
                    )
                )
        result: dict[str, Any] = {"run": str(run), "board": board.name, "folder": str(out)}
        if "int8" in models:
            result |= int8_part(run, board, choice, folder, prepared, pictures, stages, calibration[0])
        accuracy = {
            "task": config.task,
            "split": "test",
            "pictures": len(samples),
            "of_pictures": len(dataset.test),
            "data": str(dataset.folder),
            "synthetic": dataset.synthetic,
            "remark": dataset.remark,
            "tflm_arena_bytes": result.get("tflm", {}).get("arena_bytes"),
            "stages": compare(stages, judge),
        }
        accuracy["warnings"] = warnings(accuracy["stages"], config.task)
        inputs = {"weights": run / "model.safetensors", **models}
        write_json(folder / "accuracy.json", accuracy, inputs=inputs)
        result["accuracy"] = accuracy
    if "int8" in models:
        write_generated(run, board, choice.runtime, out, generated)
    return result


class Prepared:
    """Pictures as the run's network sees them."""

    def __init__(self, config: Any) -> None:
        self.config = config

    def pictures(self, samples: list[Sample], title: str) -> np.ndarray:
        """Return uint8 [N, size, size, channels]."""
        config = self.config
        return np.stack(
            [
                prepare(read_picture(sample.path), config.size, config.size, config.channels, config.fit)
                for sample in track(samples, title, len(samples))
            ]
        )

    def normalised(self, pictures: np.ndarray) -> np.ndarray:
        """Return float32 of the same shape: (v / 255 - mean) / std."""
        mean, std = np.float32(self.config.mean), np.float32(self.config.std)
        return ((pictures.astype(np.float32) / 255 - mean) / std).astype(np.float32)

    def tables(self, ends: Ends) -> np.ndarray:
        """Return the int8 input tables [channels, 256] of a converted model."""
        tables = input_tables(self.config.mean, self.config.std, ends.input_scale, ends.input_zero_point)
        return np.broadcast_to(tables, (self.config.channels, 256))


def evenly(samples: list[Sample], count: int) -> list[Sample]:
    """Return at most `count` samples, evenly spread over all."""
    if len(samples) <= count:
        return samples
    return [samples[index * len(samples) // count] for index in range(count)]


def judge_of(config: Any, dataset: Dataset, samples: list[Sample]) -> Any:
    """Return the function that judges a stage's probabilities by the run's task."""
    classes = list(dataset.classes_for(config.task))
    if classes != config.classes:
        raise DataError(
            f"the data set has the classes {', '.join(classes)}, the run was trained on {', '.join(config.classes)}",
            cure="give the run's own data set with --data, or train again",
        )
    return lambda probabilities: evaluate(
        config.task, probabilities, samples, classes, config.thresholds, config.fit
    )


def int8_part(
    run: Path,
    board: Board,
    choice: Choice,
    folder: Path,
    prepared: Prepared,
    pictures: np.ndarray,
    stages: list[Stage],
    golden_picture: np.ndarray,
) -> dict[str, Any]:
    """Compile the int8 model, run it in every way, append the stages, write C sources and budget.json."""
    from tinyml.compiler.check.host import HostModel
    from tinyml.compiler.pipeline import compile_model

    config, model = prepared.config, folder / "model_int8.tflite"
    ends = read_ends(model)
    if ends.output_scale != 1 / 256 or ends.output_zero_point != -128:
        raise ModelError(
            "the int8 model does not end in a softmax of scale 1/256", cure="train the run again"
        )
    tables = prepared.tables(ends)
    inputs = np.stack([quantize(picture, tables) for picture in pictures])
    stages.append(Stage("tflite_int8", run_tflite(model, inputs, "tflite int8")))
    stages.append(Stage("tflm", run_tflm(model, inputs)))
    note("int8 model to C")
    plan = compile_model(
        model,
        folder,
        input_mode=choice.input_mode,
        ram_limit=choice.ram_limit,
        kernels=board.compiler["kernels"],
        workers=board.compiler["workers"],
        labels=config.classes,
    )
    random_picture = np.random.default_rng(GOLDEN_SEED).integers(0, 256, pictures[0].shape, dtype=np.uint8)
    with HostModel(model, input_mode=choice.input_mode, ram_limit=choice.ram_limit) as host:
        shape = ends.output_shape[1:]
        outputs = [host.run(values).reshape(shape) for values in track(inputs, "generated C", len(inputs))]
        stages.append(Stage("c_host", np.stack(outputs)))
        goldens = [golden(host, picture, tables) for picture in (golden_picture, random_picture)]
    application = Application(
        name=firmware_name(run.resolve().name),
        model_sha256=sha256(model),
        task=config.task,
        fit=config.fit,
        labels=config.classes,
        thresholds=[threshold_step(threshold) for threshold in config.thresholds],
        input_tables=tables,
        output_scale=ends.output_scale,
        output_zero_point=ends.output_zero_point,
        goldens=goldens,
    )
    made_from = f"{model.name} of the run {application.name}, sha256 {application.model_sha256[:16]}"
    write_text(folder / "application.c", application_source(application, made_from))
    for name, text in model_data_sources(model.read_bytes(), made_from).items():
        write_text(folder / name, text)
    tflm = {**measure_arena(model), "constants_bytes": model.stat().st_size}
    needs = {
        "stream": (plan["ram_bytes"], plan["weights_bytes"]),
        "tflm": (tflm["arena_bytes"], tflm["constants_bytes"]),
    }
    budgets = {
        name: budget(board, planned_bytes(board, *sizes, input_bytes=pictures[0].nbytes), "plan")
        for name, sizes in needs.items()
    }
    chosen = {
        **budgets[choice.runtime],
        "runtime": choice.runtime,
        "runtimes": {
            name: {"ram_bytes": ram, "constants_bytes": constants, "ok": budgets[name]["ok"]}
            for name, (ram, constants) in needs.items()
        },
    }
    write_json(folder / "budget.json", chosen, inputs={"model": model})
    return {"plan": plan, "budget": chosen, "tflm": tflm}


def golden(host: Any, picture: np.ndarray, tables: np.ndarray) -> Golden:
    """Return a picture with the compiled model's output and the CRC of each of its layers."""
    traced: list[tuple[int, bytes]] = []
    output = host.run(
        quantize(picture, tables), lambda layer, row, data: traced.append((layer, data.tobytes()))
    )
    return Golden(picture, output, layer_crcs(traced, host.layer_count))


def write_generated(run: Path, board: Board, runtime: str, export: Path, generated: Path) -> None:
    """Put what the board's firmware build needs of an export into `generated`, whole or not at all."""
    names = ["model.h", "application.c"]
    names += ["model.c"] if runtime == "stream" else ["model_data.c", "model_data.h"]
    marker = export_marker(str(run.resolve()), board.name, sha256(export / "model_int8.tflite"), runtime)
    with replacing_folder(generated) as folder:
        for name in names:
            shutil.copyfile(export / name, folder / name)
        (folder / "export.json").write_text(marker)


def is_fresh(run: Path, export: Path) -> bool:
    """Tell whether an export folder is whole and was made from the run's present weights."""
    try:
        weights = read_json(export / "accuracy.json")["provenance"]["inputs"]["weights"]["sha256"]
    except Exception:  # missing, damaged or of another version: in each case not to be relied on
        return False
    return bool((export / "model.c").is_file() and weights == sha256(run / "model.safetensors"))


def fresh_exports(run: Path, target: str | None = None) -> list[Path]:
    """Return the folders of a run's exports (of the one for `target`), the latest first.

    Raises ModelError where there is none, or none that was made from the run's present weights.
    """
    found = sorted(
        (path.parent for path in run.glob(f"export/{target or '[!.]*'}/accuracy.json")),
        key=lambda folder: (folder / "accuracy.json").stat().st_mtime,
        reverse=True,
    )
    fresh = [folder for folder in found if is_fresh(run, folder)]
    if not fresh:
        what = "has been trained again since it was exported" if found else "has not been exported"
        raise ModelError(
            f"{run.name} {what}{f' for {target}' if target else ''}",
            cure=f"tinyml export {run.name} --target {target or 'esp32cam'}",
        )
    return fresh


def is_generated_from(run: Path, export: Path, generated: Path) -> bool:
    """Tell whether the build's folder holds this export's files."""
    try:
        marker = json.loads((generated / "export.json").read_text())
    except (OSError, ValueError):
        return False
    return bool(
        marker.get("run") == str(run.resolve())
        and marker.get("model_sha256") == sha256(export / "model_int8.tflite")
        and marker.get("runtime") == "stream"
        and (generated / "application.c").read_bytes() == (export / "application.c").read_bytes()
        and (generated / "model.c").read_bytes() == (export / "model.c").read_bytes()
    )
