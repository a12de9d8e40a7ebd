"""What a configuration's network is made of, without PyTorch: its layers as rows of a table, and whether they fit together.

A trunk is a table of blocks in every case: MobileNetV2's own rows are written down here, as its paper prints them.
`tinyml.vision.model` builds the network that learns, `tinyml.vision.sketch` the int8 graph that it will become.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from tinyml.errors import ModelError
from tinyml.vision.config import Block, TrainConfig

KINDS = ("conv", "pointwise", "separable", "inverted")
STRIDE = 8  # pixels of a detector's cells
STRIDED = (7, 14)  # MobileNetV2's layers of stride 2 behind the usual trunk
MOBILENET_V2 = (  # expand, channels, repeat, stride: table 2 of Sandler et al. (2018)
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
# More than any microcontroller runs, and little enough to build: what is over it is a slip, or a damaged file.
LARGEST_SIZE, MOST_CHANNELS, MOST_LAYERS = 4096, 16_384, 1000
MOBILENET_V2_LAYERS = 1 + sum(repeat for _, _, repeat, _ in MOBILENET_V2)


@dataclass(frozen=True)
class Step:
    """One layer of a trunk with its input's channels; `block.repeat` is 1."""

    block: Block
    channels: int

    @property
    def hidden(self) -> int:
        """Channels of the depthwise convolution of an inverted block."""
        return self.block.hidden or self.channels * self.block.expand

    @property
    def residual(self) -> bool:
        """Whether the input is added."""
        return self.block.residual and self.block.stride == 1 and self.channels == self.block.channels


def scaled(channels: int, width: float) -> int:
    """Return MobileNetV2's channels at a width: a multiple of 8, not more than 10 % below channels * width."""
    rounded = max(8, int(channels * width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels * width else rounded


def mobilenet_v2_blocks(width: float) -> list[Block]:
    """Return MobileNetV2's layers, one row each, in torchvision's order: `features[:-1]`."""
    rows = [Block("conv", scaled(32, width), stride=2)]
    for expand, channels, repeat, stride in MOBILENET_V2:
        for number in range(repeat):
            rows.append(
                Block(
                    "inverted",
                    scaled(channels, width),
                    stride=1 if number else stride,
                    expand=expand,
                    residual=True,
                )
            )
    return rows


def steps_of(blocks: list[Block], channels: int) -> list[Step]:
    """Return a table's layers, repeated ones apart; `channels`: of the picture. Raises ModelError for a row without sense."""
    steps: list[Step] = []
    for number, block in enumerate(blocks, 1):
        if block.kind not in KINDS:
            raise ModelError(
                f"row {number} of the blocks has the unknown kind '{block.kind}'",
                cure=f"kinds: {', '.join(KINDS)}",
            )
        if block.stride not in (1, 2) or min(block.channels, block.repeat, block.expand) < 1:
            raise ModelError(
                f"row {number} of the blocks: stride {block.stride}, channels {block.channels}, repeat {block.repeat}, "
                f"expand {block.expand}",
                cure="give a stride of 1 or 2, and 1 or more of the others",
            )
        if len(steps) + block.repeat > MOST_LAYERS:
            raise ModelError(
                f"the table of blocks has more than {MOST_LAYERS} layers", cure="repeat blocks less often"
            )
        for repeat in range(block.repeat):
            values = vars(block) | {"repeat": 1, "stride": 1 if repeat else block.stride}
            steps.append(Step(Block(**values), channels))
            channels = block.channels
    return steps


def levels_of(config: TrainConfig) -> list[list[Step]]:
    """Return the trunk's layers, and each level's of the context; raises ModelError where a choice is wrong."""
    if config.size % 8 or not 16 <= config.size <= LARGEST_SIZE:
        raise ModelError(
            f"size {config.size} is not a multiple of 8 from 16 to {LARGEST_SIZE}",
            cure="choose 96, for example",
        )
    if config.context:
        check_context(config)
    if config.blocks:
        levels = [steps_of(config.blocks, config.channels)]
    else:
        cuts = [config.cut, *config.context]
        if not 1 <= cuts[-1] <= MOBILENET_V2_LAYERS:
            raise ModelError(
                f"cut {cuts[-1]} is outside MobileNetV2",
                cure=f"choose 1 to {MOBILENET_V2_LAYERS}; 7 keeps stride 8",
            )
        steps = steps_of(mobilenet_v2_blocks(config.width), config.channels)
        levels = [steps[start:end] for start, end in pairwise([0, *cuts])]
    steps = [step for level in levels for step in level]
    trunk = [step.block.channels for step in steps]
    trunk += [step.hidden for step in steps if step.block.kind == "inverted"]
    for what, channels in {"head": config.head, "dense layer": config.hidden, "trunk": max(trunk)}.items():
        if channels > MOST_CHANNELS:
            raise ModelError(
                f"the {what} has {channels:,} channels, more than {MOST_CHANNELS:,}", cure="choose fewer"
            )
    stride = math.prod(step.block.stride for step in levels[0])
    if config.task == "detect" and stride != STRIDE:
        raise ModelError(
            f"the trunk's stride is {stride}, and cells of {STRIDE} pixels are what a detector tells apart",
            cure="cut MobileNetV2 at 5, 6 or 7, or choose blocks whose strides multiply to 8",
        )
    return levels


def check_context(config: TrainConfig) -> None:
    """Raise ModelError where the configuration's context is none that its network can have."""
    cuts = [config.cut, *config.context]
    if config.task != "detect" or config.blocks or not config.head:
        raise ModelError(
            "context belongs to detectors with a MobileNetV2 trunk and a head: elsewhere it would see nothing new",
            cure="train with --task detect, a head and no table of blocks, or without --context",
        )
    if any(later <= earlier for earlier, later in pairwise(cuts)):
        raise ModelError(
            f"context {config.context} behind cut {config.cut}: each must lie behind the one before",
            cure="choose 14 (stride 16), or 14,17 (strides 16 and 32)",
        )
    stride = 8 * 2 ** sum(config.cut <= layer < cuts[-1] for layer in STRIDED)
    if config.size % stride:
        raise ModelError(
            f"size {config.size} is not a multiple of {stride}, the stride of the coarsest context",
            cure=f"choose {max(1, round(config.size / stride)) * stride}",
        )
