"""Everything that makes a run, as data: one `TrainConfig`, which is the run's config.toml."""

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tomli_w

from tinyml.contracts import Amount, Count, Factor, Positive, Share, typed
from tinyml.data.samples import LABELS
from tinyml.errors import TinymlError
from tinyml.files import write_text
from tinyml.paths import read_toml


@dataclass
class Phase:
    """A part of training with one optimizer and one schedule; a run is a list of phases."""

    epochs: Count = 60
    optimizer: str = "adamw"  # "adamw", "adam" or "sgd" (with momentum 0.9)
    learning_rate: Amount = 3e-3  # the highest the schedule reaches, for head and classifier
    trunk_rate: Amount = 1.0  # the trunk learns at this share of learning_rate
    schedule: str = "one-cycle"  # "one-cycle", "cosine", "exponential", "plateau" or "constant"
    decay: Factor = (
        0.94  # "exponential": multiplies the rate each epoch; "plateau": after 2 epochs without a better loss
    )
    weight_decay: Amount = 0.05
    frozen: str = (
        ""  # what keeps its weights: "" nothing, "trunk" all of the trunk, "batchnorm" its normalization
    )
    last_layers: Count = (
        0  # "trunk": this many of its last layers (convolutions and normalizations) learn all the same
    )


@dataclass
class Block:
    """One row of a table of blocks, as papers print them; `tinyml.vision.blocks` builds the trunk from the rows."""

    kind: str = "conv"  # "conv" 3x3, "separable" (depthwise, pointwise), "inverted" (expand, depthwise, project), "pointwise"
    channels: int = 32
    repeat: int = 1
    stride: int = 1  # of the first of the repeated blocks; the others have 1
    expand: int = (
        6  # "inverted": the depthwise layer has this many times the input's channels; 1: no expanding layer
    )
    hidden: int = (
        0  # "inverted": the depthwise layer's channels where they are given outright, as pruning leaves them
    )
    residual: bool = False  # add the input, where shape allows


@dataclass
class Augment:
    """How training pictures are varied; a range of (0, 0) or a probability of 0 switches one off."""

    area: tuple[float, float] = (0.3, 1.0)  # of the picture that a random crop shows; above 1 zooms out
    aspect: Factor = 1.5  # the crop's width over height lies in [1/aspect, aspect]
    flip: bool = True  # left-right
    rotate: Amount = 15.0  # degrees, to either side
    brightness: Amount = 0.3
    contrast: Amount = 0.3
    saturation: Amount = 0.4
    hue: Amount = 0.03  # turns, to either side
    shift: Count = 0  # whole pixels of the network's picture, to any side
    mixup: Amount = 0.0  # alpha of the Beta distribution (classify)
    cutmix: Amount = 0.0  # alpha of the Beta distribution (classify)
    mosaic: Share = (
        0.5  # probability that a picture becomes four of half the size (classify: where `mixed` is named)
    )


@dataclass
class TrainConfig:
    """One run: data, network, training. Written to and read from config.toml, key by key."""

    recipe: str = ""  # the recipe that this run follows; "" none
    dataset: str = "fruit"
    data: str = ""  # the folder of the data set where it was given
    labels: str = "original"  # of boxes: "original", or "audited" where the data set has corrections
    task: str = "detect"  # "classify" or "detect"
    classes: list[str] = field(default_factory=list)
    mixed: str = ""  # classify: the class of pictures that show several of the others; "" none
    size: Positive = 96  # pixels, height and width
    channels: int = 3  # 3 for RGB, 1 for gray
    fit: str = "squash"  # "squash" the whole picture, or "crop" its largest centred square
    mean: list[float] = field(default_factory=lambda: [0.5])  # the network sees (pixel / 255 - mean) / std
    std: list[Factor] = field(default_factory=lambda: [0.5])
    width: Factor = 1.0
    cut: Count = 7
    context: list[int] = field(
        default_factory=list
    )  # detect: further cuts, whose coarser maps the head sees too; [14] adds stride 16
    blocks: list[Block] = field(default_factory=list)  # the trunk as a table, instead of width and cut
    head: Count = 32  # channels of the 1x1 convolution behind the trunk; 0: none
    hidden: Count = 0  # classify: a dense layer of this many units between pooling and classifier; 0: none
    dropout: Share = 0.1
    padding: str = "symmetric"  # of stride-2 layers: "symmetric", or "same" for weights from TensorFlow
    weights: str = "auto"
    cache: Factor = (
        1.5  # training pictures are kept this much larger than the network sees them, for crops to cut from
    )
    seed: Count = 0
    batch: Positive = 16
    validation: Share = 0.15  # share of the training set that is kept aside to stop and to choose by
    patience: Count = 40  # epochs without a better validation score until training stops; 0: it never does
    label_smoothing: Share = 0.1
    cover: Share = (
        0.25  # detect: a box's inner share whose cells are the object; 0: the centroid's cell alone
    )
    rim: Share = 0.5  # detect: from `cover` to this share cells do not count; outside it is background
    object_weight: Amount = (
        4.0  # detect: an object's cell counts this much more in the loss than a background cell
    )
    soft_f1: Amount = 0.0  # detect: weight of 1 - soft F1 in the loss
    ema: Share = 0.99  # decay of the moving average of the weights; 0: the weights themselves
    teacher: str = ""  # a run whose network this one also learns from; "" none
    teacher_share: Share = 0.5  # of the loss that is agreement with the teacher
    temperature: Factor = 2.0  # both networks' logits are divided by this before they are compared
    subset: Count = 0  # train on this many pictures only, for a quick look; 0: all
    thresholds: list[Share] = field(default_factory=list)  # detect: per class, chosen on validation pictures
    phases: list[Phase] = field(default_factory=lambda: [Phase()])
    augment: Augment = field(default_factory=Augment)

    @property
    def epochs(self) -> int:
        """Epochs of all phases together."""
        return sum(phase.epochs for phase in self.phases)

    def phase_at(self, epoch: int) -> tuple[Phase, int]:
        """Return the phase that `epoch` belongs to and the epoch's number within it."""
        for phase in self.phases:
            if epoch < phase.epochs:
                return phase, epoch
            epoch -= phase.epochs
        raise IndexError("epoch beyond the last phase")


def from_table(table: Mapping[str, object], source: str = "config.toml") -> TrainConfig:
    """Return the configuration in a parsed TOML table; raises TinymlError that names a key that is unknown or wrong."""
    config = typed(table, TrainConfig, source, cure="docs/files.md says what each key holds")
    for name, choices in {
        "task": ("classify", "detect"),
        "labels": LABELS,
        "fit": ("squash", "crop"),
        "padding": ("symmetric", "same"),
        "channels": (1, 3),
    }.items():
        if getattr(config, name) not in choices:
            raise TinymlError(
                f"{source}: {name} is '{getattr(config, name)}'",
                cure=f"choose one of {', '.join(map(str, choices))}",
            )
    for name in ("mean", "std"):
        if (count := len(getattr(config, name))) not in (1, config.channels):
            raise TinymlError(
                f"{source}: {name} has {count} values for {config.channels} channels", cure="give one value"
            )
    if config.thresholds and config.classes and len(config.thresholds) != len(config.classes):
        raise TinymlError(
            f"{source}: {len(config.thresholds)} thresholds for {len(config.classes)} classes",
            cure="give one for each class, or none",
        )
    return config


def read_config(path: Path) -> TrainConfig:
    """Read the config.toml of a run."""
    return from_table(read_toml(path), str(path))


def write_config(path: Path, config: TrainConfig) -> None:
    """Write a configuration as TOML, whole or not at all."""
    text = tomli_w.dumps(dataclasses.asdict(config))
    assert from_table(tomllib.loads(text)) == config, "a configuration must survive its file"
    write_text(path, text)
