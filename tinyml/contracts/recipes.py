"""What results.json and `tinyml recipes --json` say: published setups, and what was reproduced of them."""

from typing import NotRequired, TypedDict

from tinyml.contracts.values import Count, Share


class Figures(TypedDict):
    """What a run of a recipe reached."""

    accuracy: Share
    loss: float
    parameters: Count
    training_bytes: NotRequired[Count]


class PrecisionRow(TypedDict):
    """The size of a file and its accuracy on the pictures that the export compared."""

    bytes: Count
    accuracy: Share | None


class ExportedRow(TypedDict):
    """What an export of a run made for a board."""

    board: str
    pictures: Count
    float_accuracy: Share | None
    float32_bytes: NotRequired[Count]
    float32_accuracy: NotRequired[Share | None]
    float16_bytes: NotRequired[Count]
    float16_accuracy: NotRequired[Share | None]
    int8_bytes: NotRequired[Count]
    int8_accuracy: NotRequired[Share | None]
    ram_bytes: NotRequired[Count]
    macs: NotRequired[Count]
    ok: NotRequired[bool]
    instructions: NotRequired[dict[str, Count]]


class Reproduced(TypedDict):
    """One run of a recipe."""

    run: str
    recipe: str
    figures: Figures
    test_pictures: Count
    data: str
    remark: str
    epochs: Count
    subset: Count
    seed: int
    train_seconds: float
    device: str
    note: str
    exports: list[ExportedRow]
    weights: NotRequired[str]
    teacher: NotRequired[str]
    changed: NotRequired[dict[str, object]]


class Results(TypedDict):
    """results.json"""

    runs: list[Reproduced]


class RecipeRow(TypedDict):
    """One recipe, its cost for one picture, and its runs."""

    name: str
    title: str
    differs: str
    precision: str
    published: dict[str, float]
    epochs: Count
    size: Count
    cost: dict[str, int]
    reproduced: list[Reproduced]


def precision_of(row: ExportedRow, precision: str) -> PrecisionRow | None:
    """Return a precision's file in an export, None where it was not kept."""
    found = {
        "float32": (row.get("float32_bytes"), row.get("float32_accuracy")),
        "float16": (row.get("float16_bytes"), row.get("float16_accuracy")),
        "int8": (row.get("int8_bytes"), row.get("int8_accuracy")),
    }[precision]
    return None if found[0] is None else {"bytes": found[0], "accuracy": found[1]}
