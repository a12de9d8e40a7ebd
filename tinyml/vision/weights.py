"""Weights from elsewhere: torchvision's .pth, .safetensors, Keras-named .npz; and making their normalization trainable."""

import re
import zipfile
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from tinyml.errors import ModelError
from tinyml.files import open_regular
from tinyml.vision.checkpoint import require_finite
from tinyml.vision.config import TrainConfig
from tinyml.vision.model import TinyNet, first_conv

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
KERAS_MEAN, KERAS_STD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
KERAS_EPSILON = 1e-3  # of its BatchNormalization layers; torchvision's have 1e-5
# torch, zipfile, numpy and safetensors report a damaged file through all of these.
UNREADABLE = (
    OSError,
    ValueError,
    RuntimeError,
    EOFError,
    LookupError,
    zipfile.BadZipFile,
    UnpicklingError,
    safetensors.SafetensorError,
)
CURE = "give a .pth of torchvision's mobilenet_v2, a .safetensors, a Keras-named .npz, 'imagenet' or 'none'"


def imagenet_file() -> Path:
    """Return where torchvision keeps its ImageNet weights of MobileNetV2, whether or not they are there yet."""
    from torchvision.models import MobileNet_V2_Weights

    return Path(torch.hub.get_dir()) / "checkpoints" / Path(MobileNet_V2_Weights.DEFAULT.url).name


def choose_weights(config: TrainConfig) -> str:
    """Return what `weights = "auto"` means here: ImageNet's where they are on disk and fit, else "none"."""
    if config.weights != "auto":
        return config.weights
    fit = config.width == 1.0 and not config.blocks
    return "imagenet" if fit and imagenet_file().is_file() else "none"


def padding_of(weights: str) -> str:
    """Return how the stride-2 layers must be padded for these weights: "same" for Keras's, else "symmetric"."""
    return "same" if weights.endswith(".npz") else "symmetric"


def load_weights(model: TinyNet, weights: str, config: TrainConfig) -> None:
    """Load the trunk's weights (the whole network's from a tinyml .safetensors) into `model`.

    The first layer is adapted to the configuration's normalization and to gray pictures.
    Raises ModelError where the file is missing, damaged or of another network.
    """
    if weights == "none":
        return
    if weights == "imagenet":
        from torchvision.models import MobileNet_V2_Weights

        try:
            state = MobileNet_V2_Weights.DEFAULT.get_state_dict(progress=False, check_hash=True)
        except (OSError, RuntimeError) as error:
            raise ModelError(
                f"torchvision's ImageNet weights could not be fetched: {error}", cure=CURE
            ) from error
    else:
        state = read_weights(Path(weights))
    if any(name.startswith("trunk.") for name in state):  # another run of tinyml: nothing needs adapting
        same_classes = len(state.get("classifier.weight", ())) == model.classifier.out_channels
        fitting = {
            name: value for name, value in state.items() if same_classes or not name.startswith("classifier.")
        }
        _load(model, fitting, weights, strict=same_classes)
        return
    depth = sum(block.repeat for block in config.blocks) or [config.cut, *config.context][-1]
    layers = {
        name.removeprefix("features."): value
        for name, value in state.items()
        if re.match(r"features\.\d+\.", name) and int(name.split(".")[1]) < depth
    }
    if not layers:
        raise ModelError(f"{weights} holds no weights of a MobileNetV2", cure=CURE)
    keras = weights.endswith(".npz")
    mean, std = (KERAS_MEAN, KERAS_STD) if keras else (IMAGENET_MEAN, IMAGENET_STD)
    _adapt_stem(layers, mean, std, config)
    if first_conv(model.trunk).stride == (1, 1):
        layers["0.0.weight"] = _without_stride(layers["0.0.weight"])
    _load(nn.Sequential(*(layer for level in model.backbone for layer in level)), layers, weights)


def _load(module: nn.Module, state: dict[str, Tensor], source: str, strict: bool = True) -> None:
    try:
        module.load_state_dict(state, strict=strict)
    except RuntimeError as error:
        first = str(error).splitlines()[1:2]
        raise ModelError(
            f"{source} does not fit this network: {first[0].strip() if first else error}",
            cure="check --width, --cut and --context against the weights",
        ) from error


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a weights file as tensors under torchvision's names; raises ModelError where it is missing or damaged."""
    readers = {
        ".pth": _read_pth,
        ".pt": _read_pth,
        ".safetensors": _read_safetensors,
        ".npz": _read_keras_npz,
    }
    if path.suffix not in readers:
        raise ModelError(f"{path} is not a kind of file that tinyml reads", cure=CURE)
    if not path.is_file():
        raise ModelError(f"{path} does not exist", cure=CURE)
    try:
        with open_regular(path):
            state = readers[path.suffix](path)
    except UNREADABLE as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ModelError(
            f"{path} is not a readable weights file: {reason}", cure="fetch or copy it again"
        ) from error
    require_finite(path, state, "fetch or copy it again")
    return state


def _read_pth(path: Path) -> dict[str, Tensor]:
    state: Any = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ValueError("expected a dictionary of tensors")
    return state


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    return safetensors.torch.load_file(path)


def _read_keras_npz(path: Path) -> dict[str, Tensor]:
    state = {}
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            layer, _, kind = name.partition("/")
            place = _torchvision_place(layer)
            if place is None:  # layers behind the last block
                continue
            value = torch.from_numpy(archive[name].astype(np.float32))
            if kind == "kernel":  # [H, W, in, out], depthwise [H, W, channels, 1] -> [out, in / groups, H, W]
                value = value.permute(2, 3, 0, 1) if "depthwise" in layer else value.permute(3, 2, 0, 1)
                state[f"{place}.weight"] = value.contiguous()
            elif kind == "moving_variance":  # torch adds 1e-5 to it where Keras adds 1e-3
                state[f"{place}.running_var"] = value + (KERAS_EPSILON - 1e-5)
            else:
                state[place + {"gamma": ".weight", "beta": ".bias", "moving_mean": ".running_mean"}[kind]] = (
                    value
                )
    for place in [name.removesuffix(".running_mean") for name in state if name.endswith(".running_mean")]:
        state[f"{place}.num_batches_tracked"] = torch.tensor(0)
    return state


def _torchvision_place(layer: str) -> str | None:
    """Return the prefix in torchvision's state that a Keras layer's variables go to, None for the last layers."""
    if layer in ("Conv1", "bn_Conv1"):
        return f"features.0.{int(layer == 'bn_Conv1')}"
    match = re.fullmatch(r"(expanded_conv|block_(\d+))_(expand|depthwise|project)(_BN)?", layer)
    if match is None:
        return None
    number = int(match[2] or 0)
    first = number == 0  # the first block has no expansion
    normalization = match[4] is not None
    if match[3] == "project":
        return f"features.{number + 1}.conv.{(1 if first else 2) + normalization}"
    step = 0 if match[3] == "expand" or first else 1
    return f"features.{number + 1}.conv.{step}.{int(normalization)}"


def _adapt_stem(
    trunk: dict[str, Tensor], mean: tuple[float, ...], std: tuple[float, ...], config: TrainConfig
) -> None:
    """Rewrite the first convolution and its normalization for pictures normalized with the configuration's mean and std.

    Trained on y = (p - mean) / std, it now meets x = (p - m) / s, and y = x * (s / std) + (m - mean) / std. The constant goes
    into the normalization's mean (exact but for the picture's edge, where the padding is now m instead of mean), so that
    the network's input bytes can stay pixel - 128. A gray picture stands for three equal channels.
    """
    weight = trunk["0.0.weight"]  # [out, 3, 3, 3]
    new_mean = torch.tensor((config.mean * 3)[:3]).view(1, 3, 1, 1)
    new_std = torch.tensor((config.std * 3)[:3]).view(1, 3, 1, 1)
    old_mean, old_std = (torch.tensor(values).view(1, 3, 1, 1) for values in (mean, std))
    constant = (weight * ((new_mean - old_mean) / old_std)).sum((1, 2, 3))  # [out]
    weight = weight * (new_std / old_std)
    trunk["0.1.running_mean"] = trunk["0.1.running_mean"] - constant
    trunk["0.0.weight"] = weight.sum(1, keepdim=True) if config.channels == 1 else weight


def _without_stride(weight: Tensor) -> Tensor:
    """Return the stem's weights [out, in, 3, 3] for stride 1: what stride 2 sees of the picture enlarged twice, bilinearly.

    So weights learned on large pictures serve a 32x32 picture at the price of 64x64 features and no enlarging.
    """
    # Row y of the small picture gives to the enlarged rows 2y - 1, 2y, 2y + 1 that the strided kernel sees:
    share = torch.tensor([[0.75, 0.25, 0.0], [0.25, 0.75, 0.75], [0.0, 0.0, 0.25]])  # [small, enlarged]
    return torch.einsum("ya,xb,oiab->oiyx", share, share, weight)


@torch.no_grad()
def settle_batchnorm(model: nn.Module, x: Tensor) -> None:
    """Give each BatchNorm the statistics of `x` [N, C, H, W] while the network's function stays what it is.

    Weights with folded normalization carry mean 0 and variance 1, which are not their layers' statistics: training on
    from them would throw the pictures' real scale in at once. Here mean and variance become the real ones, and scale
    and offset take up the difference.
    """

    def settle(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(layer, nn.BatchNorm2d) and layer.running_mean is not None
        assert layer.running_var is not None
        scale = layer.weight / torch.sqrt(layer.running_var + layer.eps)
        offset = layer.bias - layer.running_mean * scale
        variance, mean = torch.var_mean(inputs[0], (0, 2, 3), correction=0)
        layer.running_mean.copy_(mean)
        layer.running_var.copy_(variance)
        layer.weight.copy_(scale * torch.sqrt(variance + layer.eps))
        layer.bias.copy_(offset + mean * scale)

    hooks = [
        layer.register_forward_pre_hook(settle)
        for layer in model.modules()
        if isinstance(layer, nn.BatchNorm2d)
    ]
    training = model.training
    model.eval()(x)
    model.train(training)
    for hook in hooks:
        hook.remove()
