"""What a reader hands back: samples by split, and what it had to skip."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tinyml.data.samples import Sample
from tinyml.errors import DataError


@dataclass
class Found:
    """Samples by split as a reader found them; their labels index `classes` and `box_classes`."""

    classes: tuple[str, ...]
    box_classes: tuple[str, ...] = ()
    samples: dict[str, list[Sample]] = field(default_factory=lambda: {"train": [], "test": []})
    skipped: list[str] = field(default_factory=list)

    @contextmanager
    def skipping(self, skip_bad: bool) -> Iterator[None]:
        """Let a DataError through, or note it in `skipped` where `skip_bad` is set."""
        try:
            yield
        except DataError as error:
            if not skip_bad:
                raise
            self.skipped.append(error.what)


def unknown_class(name: str, path: Path, classes: tuple[str, ...]) -> DataError:
    """Return the error for a class that the data set does not have."""
    return DataError(
        f"{path} is of class '{name}', which the data set does not have (it has {', '.join(classes) or 'none'})",
        cure="correct the name, add the class to the training pictures, or remove it",
    )
