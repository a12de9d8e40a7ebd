"""What the shell offers to complete a word: runs, boards, data sets, presets. Nothing heavy is imported for it."""

from typing import Any

from tinyml.boards import board_names
from tinyml.paths import run_names


def runs(context: Any, parameter: Any, incomplete: str) -> list[str]:
    """Return the runs whose names begin with the word typed so far."""
    return [name for name in run_names() if name.startswith(incomplete)]


def boards(context: Any, parameter: Any, incomplete: str) -> list[str]:
    """Return the boards whose names begin with the word typed so far."""
    return [name for name in board_names() if name.startswith(incomplete)]


def datasets(context: Any, parameter: Any, incomplete: str) -> list[str]:
    """Return the data sets whose names begin with the word typed so far."""
    from tinyml.data.description import dataset_names

    return [name for name in dataset_names() if name.startswith(incomplete)]


def presets(context: Any, parameter: Any, incomplete: str) -> list[str]:
    """Return the presets whose names begin with the word typed so far."""
    from tinyml.vision.presets import load_presets

    return [
        name for name in (*(preset.name for preset in load_presets()), "auto") if name.startswith(incomplete)
    ]
