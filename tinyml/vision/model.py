"""The network: a MobileNetV2 trunk cut at stride 8, a 1x1 head, and a classifier over the picture or over each cell.

A detector may see more of the picture around each cell: the trunk's next layers (`context`) go on to coarser maps, whose
1x1 projections are enlarged to the grid and added to the head's, as in the feature pyramids of Lin et al. (2017).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import mobilenet_v2

from tinyml.vision.architecture import levels_of
from tinyml.vision.blocks import build_trunk
from tinyml.vision.config import TrainConfig


class SamePaddedConv2d(nn.Conv2d):
    """A 3x3 stride-2 convolution padded as TensorFlow does on even sizes: one row below, one column at the right."""

    def forward(self, x: Tensor) -> Tensor:
        if torch.onnx.is_in_onnx_export():
            return OnnxSameConv.apply(x, self.weight, self.groups)
        return super().forward(F.pad(x, (0, 1, 0, 1)))


class OnnxSameConv(torch.autograd.Function):
    """The same as one ONNX node: torch would write the padding as a dozen, which onnx2tf takes apart wrongly."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, groups: int) -> Tensor:
        return F.conv2d(F.pad(x, (0, 1, 0, 1)), weight, stride=2, groups=groups)

    @staticmethod
    def symbolic(graph: Any, x: Any, weight: Any, groups: int) -> Any:
        shape = {"kernel_shape_i": [3, 3], "strides_i": [2, 2], "dilations_i": [1, 1]}
        return graph.op("Conv", x, weight, group_i=groups, pads_i=[0, 0, 1, 1], **shape)


def mobilenet_v2_trunk(width: float, cut: int, channels: int, padding: str) -> nn.Sequential:
    """Return MobileNetV2's `features[:cut]` for pictures of `channels` channels, with random weights.

    `padding` is "symmetric" (torchvision's weights) or "same" (weights trained with TensorFlow).
    """
    trunk = mobilenet_v2(width_mult=width).features[:cut]
    if channels != 3:
        stem = nn.Conv2d(channels, trunk[0][0].out_channels, 3, stride=2, padding=1, bias=False)
        nn.init.kaiming_normal_(stem.weight, mode="fan_out")
        trunk[0][0] = stem
    if padding == "same":
        for parent in list(trunk.modules()):
            for name, conv in list(parent.named_children()):
                if isinstance(conv, nn.Conv2d) and conv.stride == (2, 2):
                    same = SamePaddedConv2d(
                        conv.in_channels, conv.out_channels, 3, stride=2, groups=conv.groups, bias=False
                    )
                    same.weight = conv.weight
                    parent.add_module(name, same)
    return trunk


class TinyNet(nn.Module):
    """Trunk, head and classifier.

    Takes normalized pictures [N, C, H, W] and gives logits: [N, classes] for the task "classify",
    [N, 1 + classes, H/8, W/8] (class 0 is the background) for "detect". `context`: layers that go on from the trunk,
    one level behind the other; the head sees each level's map beside the trunk's.
    """

    def __init__(
        self,
        trunk: nn.Module,
        task: str,
        classes: int,
        head: int,
        dropout: float,
        hidden: int = 0,
        context: Sequence[nn.Module] = (),
    ) -> None:
        super().__init__()
        self.task = task
        self.trunk = trunk
        self.context = nn.ModuleList(context)
        with torch.no_grad():
            maps = self.eval().maps(torch.zeros(1, first_conv(trunk).in_channels, 64, 64))
        self.train()
        channels, *coarser = [x.shape[1] for x in maps]
        self.head = pointwise(channels, head) if head else None
        self.joins = nn.ModuleList(pointwise(count, head) for count in coarser)
        self.hidden = pointwise(head or channels, hidden) if hidden else None
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Conv2d(hidden or head or channels, classes + (task == "detect"), 1)

    @property
    def backbone(self) -> nn.ModuleList:
        """The trunk and the context: the layers that come with weights from elsewhere."""
        return nn.ModuleList([self.trunk, *self.context])

    def maps(self, x: Tensor) -> list[Tensor]:
        """Return the trunk's map [N, C, H/8, W/8] and each level's of the context: H/16, then H/32."""
        maps = [self.trunk(x)]
        for level in self.context:
            maps.append(level(maps[-1]))
        return maps

    def forward(self, x: Tensor) -> Tensor:
        x, *coarser = self.maps(x)
        if self.head is not None:
            x = self.head(x)  # [N, head, H/8, W/8]
            # A convolution over all maps at once would say the same; projected first, a coarse map is cheap to enlarge.
            for join, level in zip(self.joins, coarser, strict=True):
                scale = int(x.shape[2]) // int(level.shape[2])
                x = x + F.interpolate(join(level), scale_factor=scale, mode="nearest")
            x = F.relu(x)
        if self.task == "detect":
            return self.classifier(self.dropout(x))  # [N, 1 + classes, H/8, W/8]
        x = F.adaptive_avg_pool2d(self.dropout(x), 1)  # [N, head, 1, 1]
        if self.hidden is not None:
            x = self.dropout(F.relu(self.hidden(x)))  # [N, hidden, 1, 1]
        return self.classifier(x).flatten(1)  # [N, classes]


def pointwise(channels: int, out_channels: int) -> nn.Conv2d:
    """Return a 1x1 convolution for a ReLU behind it, with He's random weights."""
    layer = nn.Conv2d(channels, out_channels, 1)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return layer


def first_conv(module: nn.Module) -> nn.Conv2d:
    """Return the first convolution of a network, the one that sees the picture."""
    return next(layer for layer in module.modules() if isinstance(layer, nn.Conv2d))


def build_model(config: TrainConfig) -> TinyNet:
    """Return the network that `config` describes, with random weights; raises ModelError where a choice is wrong."""
    levels_of(config)  # refuses what no network can be
    if config.blocks:
        levels = [build_trunk(config.blocks, config.channels)]
    else:
        cuts = [config.cut, *config.context]
        layers = mobilenet_v2_trunk(config.width, cuts[-1], config.channels, config.padding)
        levels = [layers[start:end] for start, end in pairwise([0, *cuts])]
    trunk, *context = levels
    return TinyNet(
        trunk, config.task, len(config.classes), config.head, config.dropout, config.hidden, context
    )


def receptive_field(trunk: nn.Module) -> int:
    """Return how many pixels across one cell of a trunk of convolutions in a row sees."""
    pixels, stride = 1, 1
    for layer in trunk.modules():
        if isinstance(layer, nn.Conv2d):
            pixels += (layer.kernel_size[0] - 1) * stride
            stride *= layer.stride[0]
    return pixels


def parameter_count(module: nn.Module) -> int:
    """Return how many trainable numbers a module holds."""
    return sum(parameter.numel() for parameter in module.parameters())
