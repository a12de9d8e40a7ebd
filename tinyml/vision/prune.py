"""Structured pruning: whole channels are removed, and the rest is again a table of blocks, which all else accepts."""

import copy
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision.models.mobilenetv2 import InvertedResidual

from tinyml.errors import ModelError, ToolchainError
from tinyml.paths import RunFiles
from tinyml.vision.blocks import Conv, Inverted, Separable
from tinyml.vision.checkpoint import load_run, save_tensors
from tinyml.vision.complexity import measure
from tinyml.vision.config import Block, TrainConfig, read_config
from tinyml.vision.model import TinyNet, build_model

PRUNED = "pruned.safetensors"
STEPS = 50  # the channels go in this many small portions, so that the wanted cost is met closely
ROUND_TO = 8  # channels: what kernels compute at a time


def prune_run(run: Path, share: float, folder: Path) -> TrainConfig:
    """Remove about `share` of a trained run's multiply-accumulates; returns the configuration that trains on from there.

    Writes the smaller network's weights into `folder`. The channels that go are those of the smallest weights, each
    together with everything in other layers that belongs to it. Raises ModelError where the run cannot be pruned so far.
    """
    config = read_config(RunFiles(run).config)
    if config.padding != "symmetric":
        raise ModelError(
            f"{run} pads as TensorFlow does, which a table of blocks cannot express",
            cure="prune a run without weights from a Keras-named .npz",
        )
    network = load_run(run)
    x = torch.zeros(1, config.channels, config.size, config.size)
    prune(network, x, share)
    config = copy.deepcopy(config)
    config.blocks = table_of(network.trunk)
    config.head = network.head.out_channels if network.head is not None else 0
    config.hidden = network.hidden.out_channels if network.hidden is not None else 0
    build_model(config).load_state_dict(network.state_dict())  # the table must say the same network
    save_tensors(folder / PRUNED, network.state_dict())
    config.weights = str((folder / PRUNED).resolve())
    config.thresholds = []
    return config


def prune(network: TinyNet, x: torch.Tensor, share: float) -> None:
    """Remove channels from `network` until it takes at most 1 - `share` of its multiply-accumulates for `x` [1, C, H, W]."""
    try:
        import torch_pruning
    except ImportError as error:
        raise ToolchainError("pruning needs torch-pruning", cure="pip install 'tinyml[prune]'") from error
    if not 0 < share < 1:
        raise ModelError(
            f"{share} is not a share of a network that can be pruned",
            cure="give one between 0 and 1, such as 0.5",
        )
    wanted = (1 - share) * measure(network, x).macs
    pruner = torch_pruning.pruner.MagnitudePruner(
        network,
        x,
        importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
        global_pruning=True,
        isomorphic=True,  # channels compete with channels of layers of the same kind
        pruning_ratio=0.95,
        max_pruning_ratio=0.9,
        iterative_steps=STEPS,
        round_to=ROUND_TO,
        ignored_layers=[network.classifier],
    )
    for _ in range(STEPS):
        if measure(network, x).macs <= wanted:
            return
        pruner.step()
    raise ModelError(f"no network is left when {share:.0%} of it goes", cure="prune a smaller share")


def table_of(trunk: nn.Module) -> list[Block]:
    """Return the rows of blocks that describe a trunk, one row per block."""
    return [_row(layer) for layer in trunk.children()]


def _row(layer: Any) -> Block:
    if isinstance(layer, Separable):
        depthwise, pointwise = layer.depthwise[0], layer.pointwise[0]
        return Block("separable", pointwise.out_channels, 1, depthwise.stride[0], residual=layer.residual)
    if isinstance(layer, Inverted | InvertedResidual):
        convolutions = [part for part in layer.modules() if isinstance(part, nn.Conv2d)]
        *expand, depthwise, project = convolutions
        return Block(
            "inverted",
            project.out_channels,
            stride=depthwise.stride[0],
            expand=6 if expand else 1,
            hidden=depthwise.out_channels,
            residual=layer.residual if isinstance(layer, Inverted) else layer.use_res_connect,
        )
    conv = layer[0]  # Conv, or torchvision's stem
    kind = "conv" if conv.kernel_size == (3, 3) else "pointwise"
    residual = isinstance(layer, Conv) and layer.residual
    return Block(kind, conv.out_channels, stride=conv.stride[0], residual=residual)
