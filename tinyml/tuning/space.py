"""What a search may choose from, and the settings that a choice stands for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tinyml.errors import TinymlError
from tinyml.vision.config import TrainConfig

if TYPE_CHECKING:
    import optuna

WIDTHS = (0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
SIZES = (
    48,
    64,
    80,
    96,
    112,
    128,
    160,
)  # each a multiple of 16: with every context, the coarsest map is whole
HEADS = (16, 32, 48, 64)
CUTS = {"detect": (5, 6, 7), "classify": (3, 4, 5, 6, 7, 9, 11, 14)}
CONTEXTS = {"detect": ("none", "9", "11", "14"), "classify": ("none",)}


@dataclass(frozen=True)
class Space:
    """The values that each setting may take; a setting with one value is not searched.

    `training`: also search the learning rate, the share of mosaics and, for detectors, the weight of objects.
    """

    task: str
    widths: tuple[float, ...] = WIDTHS
    sizes: tuple[int, ...] = SIZES
    cuts: tuple[int, ...] = ()
    contexts: tuple[str, ...] = ()
    heads: tuple[int, ...] = HEADS
    channels: tuple[int, ...] = (3,)
    training: bool = False

    @classmethod
    def of(cls, task: str, **chosen: Any) -> "Space":
        """Return the space of a task with its own cuts and contexts; raises TinymlError for an empty choice."""
        given = {key: tuple(value) if isinstance(value, list) else value for key, value in chosen.items()}
        values: Any = {"cuts": CUTS[task], "contexts": CONTEXTS[task]}
        values |= {key: value for key, value in given.items() if value is not None}
        space = cls(task, **values)
        if empty := [name for name, values in space.choices().items() if not values]:
            raise TinymlError(f"nothing to choose from for {empty[0]}", cure="give at least one value")
        return space

    def choices(self) -> dict[str, tuple[Any, ...]]:
        """Return the values of each setting of the architecture."""
        return {
            "width": self.widths,
            "size": self.sizes,
            "cut": self.cuts,
            "context": self.contexts,
            "head": self.heads,
            "channels": self.channels,
        }

    @property
    def count(self) -> int:
        """How many architectures there are."""
        count = 1
        for values in self.choices().values():
            count *= len(values)
        return count

    def default(self) -> dict[str, object]:
        """Return the parameters of the network that training without options makes; {} where the space lacks it."""
        config = TrainConfig()
        context = ",".join(map(str, config.context)) or "none"
        wanted = {name: getattr(config, name) for name in self.choices()} | {"context": context}
        if self.training or any(wanted[name] not in values for name, values in self.choices().items()):
            return {}
        return {name: wanted[name] for name, values in self.choices().items() if len(values) > 1}

    def suggest(self, trial: "optuna.Trial") -> None:
        """Let a trial choose: each setting with more than one value becomes one of its parameters."""
        for name, values in self.choices().items():
            if len(values) > 1:
                trial.suggest_categorical(name, values)
        if self.training:
            trial.suggest_float("learning_rate", 1e-3, 1e-2, log=True)
            trial.suggest_float("mosaic", 0.0, 1.0, step=0.25)
            if self.task == "detect":
                trial.suggest_float("object_weight", 1.0, 8.0, log=True)

    def settings(self, params: Mapping[str, object]) -> dict[str, object]:
        """Return the table of a TrainConfig that a trial's parameters, and the settings not searched, stand for."""
        chosen = {**{name: values[0] for name, values in self.choices().items()}, **params}
        context = str(chosen.pop("context"))
        table: dict[str, object] = {"context": [] if context == "none" else [int(context)]}
        if rate := chosen.pop("learning_rate", None):
            table["phases"] = [{"learning_rate": rate}]
        if (mosaic := chosen.pop("mosaic", None)) is not None:
            table["augment"] = {"mosaic": mosaic}
        return table | chosen
