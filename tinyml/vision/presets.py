"""Presets: networks of three sizes with their training as data, and what each costs and finds, as it was measured."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinyml.errors import TinymlError
from tinyml.files import read_json
from tinyml.paths import read_toml
from tinyml.vision.config import TrainConfig, from_table

FILE = Path(__file__).parent / "presets.toml"
MEASURED = FILE.with_suffix(".json")  # tools/measure_presets.py writes it


@dataclass(frozen=True)
class Preset:
    """A preset: its name, what it is, and the settings of its runs as a TOML table.

    `measured` has what it costs and finds: `parameters`, `macs`, `chips` (RAM, flash, predicted time and whether it fits,
    on the boards with a chip) and `f1` (of each kind of labels); empty where nothing was measured yet.
    """

    name: str
    words: str
    table: dict[str, Any]
    epochs: int
    measured: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> TrainConfig:
        """The configuration that a run of this preset starts from."""
        return from_table(
            {**self.table, "task": "detect", "phases": [{"epochs": self.epochs}]}, f"preset {self.name}"
        )


def load_presets() -> list[Preset]:
    """Return all presets, from the fastest to the one that finds most."""
    measured = read_json(MEASURED)["presets"] if MEASURED.is_file() else {}
    found = []
    for name, table in read_toml(FILE).items():
        words, epochs = table.pop("words"), table.pop("epochs")
        found.append(Preset(name, words, table, epochs, measured.get(name, {})))
    return found


def load_preset(name: str) -> Preset:
    """Return a preset by its name; raises TinymlError where there is none."""
    presets = {preset.name: preset for preset in load_presets()}
    if name not in presets:
        raise TinymlError(f"no preset called '{name}'", cure=f"presets: {', '.join(presets)}")
    return presets[name]
