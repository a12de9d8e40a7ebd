"""What files hold, as types, and the functions that hold a file to them: one TinymlError that names the file and the key.

tinyml's own JSON files have their types in this package; keys that are not listed are passed over, so that an older
tinyml reads what a newer one wrote. What people write as TOML has its types beside what uses it: boards in
tinyml/boards, data sets in tinyml/data/description.py, runs in tinyml/vision/config.py; there an unknown key is
refused, for it would be a setting without effect. docs/files.md says what each key means.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
import msgspec.inspect

from tinyml.contracts.board import Benchmark, Budget, Marker, Predicted
from tinyml.contracts.data import Check
from tinyml.contracts.plan import Plan
from tinyml.contracts.recipes import Results
from tinyml.contracts.run import Accuracy, Metrics, Predictions, Stage, TrainedAs
from tinyml.contracts.tuning import Tuning
from tinyml.contracts.values import Amount, Count, Factor, Positive, Share
from tinyml.errors import TinymlError
from tinyml.files import read_json
from tinyml.paths import read_toml

__all__ = [
    "Accuracy",
    "Amount",
    "Benchmark",
    "Budget",
    "Count",
    "Factor",
    "Marker",
    "Metrics",
    "Plan",
    "Positive",
    "Predicted",
    "Predictions",
    "Share",
    "Stage",
    "TrainedAs",
    "Tuning",
    "held_to",
    "read_checked",
    "read_trained_as",
    "typed",
]

# Each file with its type and the command that writes it.
FILES: dict[str, tuple[Any, str]] = {
    "metrics.json": (Metrics, "tinyml train"),
    "predictions.json": (Predictions, "tinyml evaluate"),
    "accuracy.json": (Accuracy, "tinyml export"),
    "plan.json": (Plan, "tinyml export"),
    "budget.json": (Budget, "tinyml build"),
    "benchmark.json": (Benchmark, "tinyml benchmark"),
    "export.json": (Marker, "tinyml export"),
    "tuning.json": (Tuning, "tinyml tune take"),
    "check.json": (Check, "tinyml data check"),
    "results.json": (Results, "tinyml recipes --record"),
}
Kind = TypeVar("Kind")
MISSING = re.compile(r"Object missing required field `(\w+)`")


@cache
def writer_of(name: str) -> str:
    """Return the command that writes a file."""
    return FILES[name][1] if name in FILES else "the command that wrote it"


def read_checked(path: Path, kind: type[Kind]) -> Kind:
    """Read a JSON file that holds what `kind` says, other keys included; raises TinymlError that names file and key."""
    return held_to(read_json(path), kind, path, f"delete it and make it again: {writer_of(path.name)}")


def held_to(
    table: object,
    kind: type[Kind],
    source: Path | str,
    cure: str = "",
    error: type[TinymlError] = TinymlError,
) -> Kind:
    """Return a table that holds what `kind`, a TypedDict, says, other keys included; raises `error` as `typed` does."""
    _converted(table, kind, source, cure, error)
    return cast(Kind, table)


def read_trained_as(path: Path) -> TrainedAs:
    """Read the part of a run's config.toml that is shown; raises TinymlError that names file and key."""
    return held_to(read_toml(path), TrainedAs, path, "train the run again")


def typed(
    table: object,
    kind: type[Kind],
    source: Path | str,
    *,
    cure: str = "",
    error: type[TinymlError] = TinymlError,
    **given: Any,
) -> Kind:
    """Return a table that a person wrote as `kind`, a dataclass; raises `error` that names the source and the key.

    `given`: fields that the program knows, and that the table therefore may not hold. `cure`: what to do about a key
    that is missing or of another type; unknown keys and values are told with those that are known.
    """
    if not isinstance(table, dict):
        raise error(f"{source} is {table!r}, not a table", cure=cure)
    if found := _unknown(table, msgspec.inspect.type_info(kind), "", frozenset(given)):
        raise error(f"{source}: {found[0]}", cure=found[1])
    return _converted({**table, **given}, kind, source, cure, error)


def _converted(
    table: object, kind: type[Kind], source: Path | str, cure: str, error: type[TinymlError]
) -> Kind:
    """Return what msgspec makes of a table; raises `error` that names the source and the key."""
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as refusal:
        raise error(f"{source}: {told(str(refusal))}", cure=cure) from refusal


def _unknown(value: Any, kind: Any, at: str, given: frozenset[str] = frozenset()) -> tuple[str, str] | None:
    """Return the first key or choice that `kind`, msgspec's description of a type, does not know, and the known ones."""
    if isinstance(kind, msgspec.inspect.LiteralType) and value not in kind.values:
        return f"{at} is {value!r}", f"choose one of {', '.join(map(str, kind.values))}"
    if isinstance(value, dict):
        if isinstance(kind, msgspec.inspect.DictType):
            inner = dict.fromkeys(value, kind.value_type)
        elif isinstance(kind, msgspec.inspect.DataclassType | msgspec.inspect.TypedDictType):
            inner = {item.name: item.type for item in kind.fields if item.name not in given}
        else:
            return None
        for key, content in value.items():
            if key not in inner:
                return f"{at}: unknown key '{key}'".removeprefix(": "), f"known keys: {', '.join(inner)}"
            if found := _unknown(content, inner[key], f"{at}.{key}".removeprefix(".")):
                return found
    if isinstance(value, list | tuple) and (item_kind := getattr(kind, "item_type", None)):
        for number, content in enumerate(value):
            if found := _unknown(content, item_kind, f"{at}[{number}]"):
                return found
    return None


def told(refusal: str) -> str:
    """Return msgspec's refusal in the order of the other messages: the key first, then what is wrong with it."""
    what, _, where = refusal.partition(" - at `")
    key = where.rstrip("`").removeprefix("$").removeprefix(".")
    if missing := MISSING.fullmatch(what):
        return f"{key}.{missing[1]} is missing".removeprefix(".")
    what = what[0].lower() + what[1:].replace("`", "'")
    return f"{key}: {what}" if key else what
