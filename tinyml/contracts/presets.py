"""What presets.json and `tinyml presets --json` say: networks of several sizes, what each costs and finds."""

from typing import NotRequired, TypedDict

from tinyml.contracts.values import Count, Share


class Found(TypedDict):
    """F1 by one kind of labels, over several seeds."""

    mean: Share
    seeds: list[dict[str, float]]


class OnChip(TypedDict, total=False):
    """What a preset costs on the boards with a chip; the latency is predicted, for one core and for more."""

    ram_bytes: Count | None
    flash_bytes: Count | None
    fits: bool | None
    latency_us: list[float] | None


class MeasuredPreset(TypedDict, total=False):
    """What a preset costs and finds; `chips` by their names, `f1` by kind of labels."""

    parameters: Count
    macs: Count
    f1: dict[str, Found]
    chips: dict[str, OnChip]


class MeasuredPresets(TypedDict):
    """presets.json"""

    presets: dict[str, MeasuredPreset]


class PresetRow(TypedDict):
    """One preset on a board; None where it is not known."""

    name: str
    words: str
    settings: dict[str, object]
    epochs: Count
    parameters: NotRequired[Count | None]
    macs: Count | None
    f1: dict[str, Found] | None
    ram_bytes: Count | None
    flash_bytes: Count | None
    fits: bool | None
    latency_us: list[float] | None
