"""Presets: networks of three sizes with their training as data, and what each costs and finds, as it was measured."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from tinyml.contracts import held_to, read_checked
from tinyml.contracts.presets import MeasuredPreset, MeasuredPresets
from tinyml.errors import TinymlError
from tinyml.paths import read_toml
from tinyml.vision.config import TrainConfig, from_table

FILE = Path(__file__).parent / "presets.toml"
MEASURED = FILE.with_suffix(".json")  # tools/measure_presets.py writes it


class Written(TypedDict):
    """What presets.toml says of a preset beside its settings."""

    words: str
    epochs: int


@dataclass(frozen=True)
class Preset:
    """A preset: its name, what it is, and the settings of its runs as a TOML table.

    `measured` has what it costs and finds: `parameters`, `macs`, `chips` (RAM, flash, predicted time and whether it fits,
    on the boards with a chip) and `f1` (of each kind of labels); empty where nothing was measured yet.
    """

    name: str
    words: str
    table: dict[str, object]
    epochs: int
    measured: MeasuredPreset = field(default_factory=lambda: MeasuredPreset())

    @property
    def config(self) -> TrainConfig:
        """The configuration that a run of this preset starts from."""
        return from_table(
            {**self.table, "task": "detect", "phases": [{"epochs": self.epochs}]}, f"preset {self.name}"
        )


def load_presets() -> list[Preset]:
    """Return all presets, from the fastest to the one that finds most."""
    measured = read_checked(MEASURED, MeasuredPresets)["presets"] if MEASURED.is_file() else {}
    found = []
    for name, table in held_to(read_toml(FILE), dict[str, Written], FILE).items():
        settings = {key: value for key, value in table.items() if key not in Written.__annotations__}
        found.append(
            Preset(name, table["words"], settings, table["epochs"], measured.get(name, MeasuredPreset()))
        )
    return found


def load_preset(name: str) -> Preset:
    """Return a preset by its name; raises TinymlError where there is none."""
    presets = {preset.name: preset for preset in load_presets()}
    if name not in presets:
        raise TinymlError(f"no preset called '{name}'", cure=f"presets: {', '.join(presets)}")
    return presets[name]
