"""From a run to ONNX: the network and its softmax, for one picture."""

import warnings
from pathlib import Path

import torch
from torch import nn

from tinyml.files import replacing
from tinyml.paths import RunFiles
from tinyml.vision.checkpoint import load_run
from tinyml.vision.config import read_config

OPSET = 17


def export_onnx(run: Path, path: Path) -> None:
    """Write the run's network as ONNX, whole or not at all.

    Input `image`: float32 [1, C, H, W], normalized. Output `probabilities`: float32 [1, classes], or
    [1, 1 + classes, H/8, W/8] for the task "detect".
    """
    config = read_config(RunFiles(run).config)
    model = nn.Sequential(load_run(run), nn.Softmax(dim=1)).eval()
    picture = torch.zeros(1, config.channels, config.size, config.size)
    with replacing(path) as temporary, warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the tracing exporter is deprecated, and the one that needs no more packages
        torch.onnx.export(
            model,
            (picture,),
            temporary,
            input_names=["image"],
            output_names=["probabilities"],
            opset_version=OPSET,
            dynamo=False,
        )
