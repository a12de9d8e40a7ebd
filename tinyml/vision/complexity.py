"""What a network costs, counted on the network itself: parameters, multiply-accumulates, FLOPs, memory."""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from tinyml.vision.config import TrainConfig
from tinyml.vision.model import build_model, parameter_count
from tinyml.vision.optimizer import set_training

NORMALIZATION_FLOPS = 5  # per element: subtract the mean, take the variance, divide, scale, shift


@dataclass
class Complexity:
    """The cost of one picture through a network."""

    parameters: int  # trainable numbers
    macs: int  # multiply-accumulates of convolutions and dense layers
    flops: int  # macs + 5 per normalized element: fvcore's count of a network in training mode
    weights_bytes: int  # as float32
    activation_bytes: int  # as float32: the largest input and output of one layer together

    def as_dict(self) -> dict[str, int]:
        """Return the figures by their names."""
        return asdict(self)


def complexity(config: TrainConfig) -> Complexity:
    """Return what the network of `config` costs, for one picture of the configured size."""
    model = build_model(config)
    return measure(model, torch.zeros(1, config.channels, config.size, config.size))


@torch.no_grad()
def measure(model: nn.Module, x: Tensor) -> Complexity:
    """Return what `model` costs for one picture `x` [1, C, H, W]."""
    macs = normalized = largest = 0

    def count(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal macs, normalized, largest
        largest = max(largest, inputs[0].numel() + output.numel())
        if isinstance(layer, nn.Conv2d):
            macs += output.numel() * layer.in_channels // layer.groups * math.prod(layer.kernel_size)
        elif isinstance(layer, nn.Linear):
            macs += output.numel() * layer.in_features
        elif isinstance(layer, nn.BatchNorm2d):
            normalized += output.numel()

    leaves = [layer for layer in model.modules() if not list(layer.children())]
    hooks = [layer.register_forward_hook(count) for layer in leaves]
    training = model.training
    model.eval()(x)
    model.train(training)
    for hook in hooks:
        hook.remove()
    parameters = parameter_count(model)
    return Complexity(parameters, macs, macs + NORMALIZATION_FLOPS * normalized, 4 * parameters, 4 * largest)


def training_bytes(config: TrainConfig) -> int:
    """Return the bytes of everything that training keeps as float32: weights, statistics, the optimizer's moments.

    This is what a file of Keras holds: the moments are of what learns in the last phase, two for Adam, one for SGD.
    """
    model = build_model(config)
    phase = config.phases[-1]
    set_training(model, phase)
    learning = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    state = sum(value.numel() for value in model.state_dict().values() if value.is_floating_point())
    return 4 * (state + learning * (1 if phase.optimizer == "sgd" else 2))
