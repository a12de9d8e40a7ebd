"""What a trained network says about its test pictures, as numbers, before any threshold."""

import base64
from pathlib import Path
from typing import NotRequired, TypedDict

from tinyml.contracts import Stage
from tinyml.contracts.run import Picture
from tinyml.inference.metrics import quantized
from tinyml.layers import require
from tinyml.workflow.pictures import Preparation, dataset_of, judge_of
from tinyml.workflow.run import Run, load_run


class Outputs(TypedDict):
    """What `outputs_of` returns; `shape` and `cells` for detection, `probabilities` for classification."""

    task: str
    classes: list[str]
    thresholds: list[float]
    fit: str
    model_seconds: float
    folder: str
    metrics: Stage
    pictures: list[Picture]
    shape: NotRequired[list[int]]
    cells: NotRequired[str]
    probabilities: NotRequired[list[list[float]]]


def outputs_of(run: Run | Path | str, data: Path | None = None) -> Outputs:
    """Return the float network's outputs for the test pictures, with their truth and the figures at the run's thresholds.

    `pictures`: file, size, and class or boxes (fractions of what the network sees) each. Detection: `shape` [N, rows, columns,
    1 + classes] and `cells`, that many probabilities in 1/256 as base64 bytes, the background's first. Classification:
    `probabilities`, a list of shares for each picture. Raises DataError for other data than the run's.
    """
    require("train", "evaluation")
    from tinyml.vision.predict import predict_float
    from tinyml.vision.run import describe_truth

    run = load_run(run)
    config, dataset = run.config, dataset_of(run, data)
    samples = dataset.test
    judge = judge_of(config, dataset, samples)
    views = Preparation(config).pictures([sample.path for sample in samples], "test pictures")
    found = predict_float(run.folder, views)
    said: Outputs = {
        "task": config.task,
        "classes": config.classes,
        "thresholds": config.thresholds,
        "fit": config.fit,
        "model_seconds": run.files.model.stat().st_mtime,
        "folder": str(dataset.folder),
        "metrics": judge(found),
        "pictures": [describe_truth(sample, config) for sample in samples],
    }
    if config.task == "detect":
        cells = quantized(found)
        said["shape"] = list(cells.shape)
        said["cells"] = base64.b64encode(cells.tobytes()).decode()
    else:
        said["probabilities"] = [[round(float(share), 6) for share in row] for row in found]
    return said
