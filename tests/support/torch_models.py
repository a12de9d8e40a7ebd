"""Networks of PyTorch users with random weights, through ONNX and onnx2tf to full int8.

python tests/support/torch_models.py detector FOLDER
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch import nn

from tinyml.conversion.convert import convert

SIZE = 96
CLASSES, ANCHORS = 3, 2


class Detector(nn.Module):
    """A small detector as YOLO has it: maps of two strides, joined on the way down, and one list of boxes.

    [N, 3, H, W] -> [N, boxes, 5 + classes]: for each anchor of each cell a box, whether there is one, and its classes,
    all through the sigmoid.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(self.block(3, 8, 2), self.block(8, 16, 2), self.block(16, 16, 1))
        self.down = nn.Sequential(self.block(16, 32, 2), self.block(32, 32, 1))
        self.narrow = nn.Conv2d(32, 16, 1)
        self.joined = self.block(32, 24, 1)
        self.heads = nn.ModuleList(nn.Conv2d(width, ANCHORS * (5 + CLASSES), 1) for width in (24, 32))

    @staticmethod
    def block(inputs: int, outputs: int, stride: int) -> nn.Sequential:
        """Return a convolution with its normalization and SiLU."""
        convolution = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.SiLU())

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the boxes."""
        fine = self.stem(pictures)
        coarse = self.down(fine)
        up = nn.functional.interpolate(self.narrow(coarse), scale_factor=2.0, mode="nearest")
        fine = self.joined(torch.cat([fine, up], dim=1))
        lists = []
        for head, features in zip(self.heads, (fine, coarse), strict=True):
            made = head(features)
            height, width = made.shape[2:]
            boxes = made.reshape(1, ANCHORS, 5 + CLASSES, height * width).permute(0, 1, 3, 2)
            lists.append(boxes.reshape(1, ANCHORS * height * width, 5 + CLASSES))
        return torch.sigmoid(torch.cat(lists, dim=1))


def classifier() -> nn.Module:
    """Return torchvision's MobileNetV3-small with ten classes."""
    return nn.Sequential(torchvision.models.mobilenet_v3_small(weights=None, num_classes=10), nn.Softmax(1))


NETWORKS = {"classifier": classifier, "detector": Detector}


def torch_model(name: str, folder: Path) -> Path:
    """Write a network as ONNX and TFLite into `folder`; return the full-int8 file."""
    torch.manual_seed(0)
    model = NETWORKS[name]()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 1.0
    pictures = np.random.default_rng(0).integers(0, 256, (8, SIZE, SIZE, 3), dtype=np.uint8)
    values = torch.from_numpy(pictures.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1)
    with torch.no_grad():
        if name == "classifier":  # its statistics, so that signals neither vanish nor explode
            model.train()(values)
        else:
            for stage in (model.stem, model.down):
                stage.train()
            model.down(model.stem(values))
    model.eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (values[:1],),
            folder / "model.onnx",
            input_names=["image"],
            output_names=["probabilities"],
            opset_version=17,
            dynamo=False,
        )
    return convert(folder / "model.onnx", pictures, [0.5] * 3, [0.5] * 3, folder)["int8"]


if __name__ == "__main__":
    torch_model(sys.argv[1], Path(sys.argv[2]))
