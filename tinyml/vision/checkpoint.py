"""The state of an unfinished training in one file that is whole or absent, and the finished network."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from tinyml.contracts.run import Epoch
from tinyml.errors import ModelError
from tinyml.files import open_regular, replacing
from tinyml.paths import RunFiles
from tinyml.vision.config import read_config
from tinyml.vision.model import TinyNet, build_model


@dataclass
class Progress:
    """How far a training has come. All random numbers follow from the seed and the epoch, so no generator is stored."""

    epoch: int = 0  # epochs done
    best_epoch: int = 0  # the one whose weights are kept
    best_score: list[float] = field(default_factory=list)  # the largest of all epochs
    seconds: float = 0.0
    history: list[Epoch] = field(default_factory=list)

    def keeps(self, epoch: int, score: list[float], error: float) -> bool:
        """Note an epoch's score (larger is better, from left to right); return whether its weights are to be kept.

        Of epochs whose scores differ by less than the standard error the last is kept: its learning rate was the lowest.
        """
        kept = [score[0] + error, *score[1:]] >= self.best_score
        if kept:
            self.best_epoch = epoch
        self.best_score = max(self.best_score, score)
        return kept


def save_checkpoint(
    path: Path, progress: Progress, networks: dict[str, nn.Module], optimizer: torch.optim.Optimizer
) -> None:
    """Write everything that the next epoch starts from."""
    tensors = {
        f"{name}/{key}": value for name, net in networks.items() for key, value in net.state_dict().items()
    }
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{key}": value for key, value in state.items() if value is not None}
    save_tensors(path, tensors, {"progress": json.dumps(vars(progress))})


def load_checkpoint(
    path: Path, networks: dict[str, nn.Module], optimizer_at: Callable[[int], torch.optim.Optimizer]
) -> tuple[Progress, torch.optim.Optimizer]:
    """Read a checkpoint into `networks` and into the optimizer of the last epoch, which it returns."""
    cure = "train again without --resume"
    tensors, metadata = read_tensors(path, cure)
    try:
        progress = msgspec.json.decode(metadata["progress"], type=Progress)
        for name, network in networks.items():
            network.load_state_dict(_under(name, tensors))
        optimizer = optimizer_at(progress.epoch - 1)
        table = optimizer.state_dict()
        table["state"] = {}
        for key, value in _under("optimizer", tensors).items():
            index, _, name = key.partition("/")
            table["state"].setdefault(int(index), {})[name] = value
        optimizer.load_state_dict(table)
    except (ValueError, KeyError, IndexError, RuntimeError) as error:
        raise ModelError(f"{path} is not a checkpoint of this run: {error}", cure=cure) from error
    return progress, optimizer


def read_tensors(path: Path, cure: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return a .safetensors file's tensors and metadata; raises ModelError if it is damaged or a value is not finite."""
    try:
        with open_regular(path), safetensors.safe_open(path, "pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        raise ModelError(f"{path} cannot be read: {error}", cure=cure) from error
    require_finite(path, tensors, cure)
    return tensors, metadata


def require_finite(path: Path, tensors: dict[str, Tensor], cure: str) -> None:
    """Raise ModelError if a value is not a finite number: a network with one answers nothing but NaN."""
    for key, value in tensors.items():
        if not torch.isfinite(value).all():
            raise ModelError(f"{path}: {key} holds values that are not finite numbers", cure=cure)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key.partition("/")[2]: value for key, value in tensors.items() if key.startswith(f"{prefix}/")}


def save_tensors(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write a .safetensors file, whole or not at all."""
    with replacing(path) as temporary:
        held = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
        temporary.write_bytes(
            safetensors.torch.save(held, metadata)
        )  # its own writer hides what the disk says


def load_run(run: Path) -> TinyNet:
    """Return the trained network of a run, ready to predict; raises ModelError where the run is unfinished."""
    files = RunFiles(run)
    path = files.model
    if not path.is_file():
        raise ModelError(f"{run} holds no trained network yet", cure="finish it: tinyml train --resume")
    model = build_model(read_config(files.config))
    tensors, _ = read_tensors(path, cure="train the run again")
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise ModelError(
            f"{path} does not fit its config.toml: {error}", cure="train the run again"
        ) from error
    return model.eval()
