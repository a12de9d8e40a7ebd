"""A search as data: everything that a worker on any machine must know, kept in the study itself."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, cast

from tinyml.data.archives import read_bytes
from tinyml.errors import TinymlError
from tinyml.tuning.space import Space

if TYPE_CHECKING:
    from tinyml.data.samples import Dataset

SAMPLERS = ("tpe", "nsga2", "random")
OBJECTIVES = {"latency_ms": "predicted ms", "ram_bytes": "RAM", "constants_bytes": "constants"}


@dataclass(frozen=True)
class Search:
    """What is searched, for which board, how much is trained, and when it is over."""

    dataset: str
    data_sha256: str  # of what is learned from: a worker with other data must not join
    board: str
    classes: tuple[str, ...]
    space: Space
    levels: tuple[int, ...] = (
        10,
        40,
    )  # epochs: a network that is poor after the first is not trained to the next
    folds: int = 1  # held-out parts that judge a network, of FOLDS parts of the training pictures
    trials: int = 40  # networks to train
    proposals: int = 2000  # at most, rejected ones included
    against: tuple[str, ...] = ("latency_ms", "ram_bytes")  # what has to be small
    limit_ms: float | None = None  # of predicted latency
    sampler: str = "tpe"
    seed: int = 0
    heartbeat_s: int = (
        10  # how often a worker says that it lives; six silent beats, and its trial is run again
    )
    settings: dict[str, object] = field(default_factory=dict)  # of TrainConfig, the same for every trial

    def as_dict(self) -> dict[str, object]:
        """Return plain data, as the study keeps it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, found: Mapping[str, object]) -> "Search":
        """Return the search that a study keeps; raises TinymlError where it is another version's."""
        table: Any = dict(found)
        try:
            space: Any = {
                key: tuple(value) if isinstance(value, list) else value
                for key, value in table.pop("space").items()
            }
            table = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
            return cls(space=Space(**space), **table)
        except (KeyError, TypeError) as error:
            raise TinymlError(
                f"the study was made by another version of tinyml: {error}",
                cure="start a new one with --study",
            ) from error

    def differences(self, other: "Search") -> list[str]:
        """Return the fields in which another search would not give comparable trials; how long it runs does not count."""
        free = {"trials", "proposals", "heartbeat_s", "sampler", "seed", "dataset"}
        return [
            one.name
            for one in fields(self)
            if one.name not in free and getattr(self, one.name) != getattr(other, one.name)
        ]

    def table(self, chosen: Mapping[str, object]) -> dict[str, object]:
        """Return the TrainConfig, as a table, that a choice of `Space.settings` makes of what all trials share."""
        own = {"task": self.space.task, "classes": list(self.classes), "seed": self.seed}
        merged = {**self.settings, **chosen, **own}
        if "augment" in chosen:
            shared, further = (
                cast(dict[str, object], table.get("augment", {})) for table in (self.settings, chosen)
            )
            merged["augment"] = shared | further
        return merged


def data_hash(dataset: "Dataset") -> str:
    """Return the SHA-256 of what training sees of a data set: names, bytes, labels and boxes of its training pictures."""
    total = hashlib.sha256(repr((dataset.classes, dataset.box_classes)).encode())
    for sample in sorted(dataset.train, key=lambda sample: sample.path.name):
        total.update(repr((sample.path.name, sample.label, sample.boxes)).encode())
        total.update(hashlib.sha256(read_bytes(sample.path)).digest())
    return total.hexdigest()
