"""A trunk from a table of blocks: a row of the table is a row of a paper's table, so no network needs code of its own."""

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import Conv2dNormActivation

from tinyml.vision.architecture import Step, steps_of
from tinyml.vision.config import Block


class Conv(Conv2dNormActivation):
    """A full convolution with normalization and ReLU6; the residual joins before the ReLU6."""

    def __init__(self, step: Step) -> None:
        block = step.block
        kernel = 1 if block.kind == "pointwise" else 3
        super().__init__(step.channels, block.channels, kernel, block.stride, activation_layer=None)
        self.residual = step.residual

    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x)
        return F.relu6(x + y if self.residual else y)


class Separable(nn.Module):
    """MobileNetV1's block: depthwise and pointwise, each with normalization and ReLU; the residual joins before the last."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        block, channels = step.block, step.channels
        self.depthwise = Conv2dNormActivation(channels, channels, 3, block.stride, groups=channels)
        self.pointwise = Conv2dNormActivation(channels, block.channels, 1, activation_layer=None)
        self.residual = step.residual

    def forward(self, x: Tensor) -> Tensor:
        y = self.pointwise(self.depthwise(x))
        return F.relu(x + y if self.residual else y)


class Inverted(nn.Module):
    """MobileNetV2's block: expand, depthwise, project; its layers named as torchvision names them, so that its weights fit."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        block, hidden = step.block, step.hidden
        expand = [Conv2dNormActivation(step.channels, hidden, 1, activation_layer=nn.ReLU6)]
        self.conv = nn.Sequential(
            *(expand if block.expand > 1 else []),
            Conv2dNormActivation(hidden, hidden, 3, block.stride, groups=hidden, activation_layer=nn.ReLU6),
            nn.Conv2d(hidden, block.channels, 1, bias=False),
            nn.BatchNorm2d(block.channels),
        )
        self.residual = step.residual

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.residual else self.conv(x)


MODULES: dict[str, Callable[[Step], nn.Module]] = {
    "conv": Conv,
    "pointwise": Conv,
    "separable": Separable,
    "inverted": Inverted,
}


def build_trunk(blocks: list[Block], channels: int) -> nn.Sequential:
    """Return the trunk for pictures of `channels` channels, one layer per block, with He's random weights.

    Takes [N, channels, H, W]; gives [N, last row's channels, H / strides, W / strides]. Raises ModelError where a row
    of the table makes no sense.
    """
    layers = [MODULES[step.block.kind](step) for step in steps_of(blocks, channels)]
    for layer in nn.Sequential(*layers).modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out")
    return nn.Sequential(*layers)
