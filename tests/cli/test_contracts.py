"""Files that were tampered with: one message that names the file and the key, for each file and each key."""

import json
import re
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import msgspec.inspect
import pytest

from tinyml.boards import board
from tinyml.contracts import FILES, read_checked, typed
from tinyml.data import description
from tinyml.errors import TinymlError
from tinyml.vision import config

DOCS = Path(__file__).parents[2] / "docs" / "files.md"
TABLES = {  # of what people write: the sections of docs/files.md with their types
    "config.toml": config.TrainConfig,
    "config.toml/[[phases]]": config.Phase,
    "config.toml/[[blocks]]": config.Block,
    "config.toml/[augment]": config.Augment,
    "dataset.toml": description.Description,
    "dataset.toml/[[copies]]": description.Copy,
    "dataset.toml/[fetch]": description.Fetch,
    "A board's TOML": board.Board,
    "A board's TOML/[[regions]]": board.Region,
    "A board's TOML/[compiler]": board.Compiler,
    "A board's TOML/[flash]": board.Flash,
    "A board's TOML/[camera]": board.Camera,
    "A board's TOML/[pins]": board.Pins,
    "A board's TOML/[emulator]": board.Emulator,
    "A board's TOML/[latency]": board.Latency,
}


def whole(name: str) -> dict[str, Any]:
    """Return a content of every key of a file, as small as its type allows."""
    stage = {"pictures": 5, "accuracy": 0.5, "f1": 0.5}
    return {
        "metrics.json": {
            "task": "classify",
            "test": stage,
            "parameters": 9,
            "data": {"title": "Fruit", "remark": ""},
            "best_epoch": 1,
            "train_seconds": 1.5,
        },
        "predictions.json": {"split": "test", "stage": "float", "pictures": [{"file": "a.jpg"}]},
        "accuracy.json": {
            "task": "classify",
            "split": "test",
            "pictures": 5,
            "of_pictures": 5,
            "data": "",
            "synthetic": False,
            "remark": "",
            "tflm_arena_bytes": None,
            "stages": {"float": stage},
            "warnings": [],
        },
        "plan.json": {"layers": [], "segments": [], "macs": 1, "ram_bytes": 1},
        "budget.json": {"board": "host", "source": "plan", "ok": True, "regions": []},
        "benchmark.json": {"model_sha256": "0", "runtime": "stream", "latency_us": {"median": 1.5}},
        "check.json": {
            **dict.fromkeys(("name", "title", "format", "task", "remark"), ""),
            **{key: [] for key in ("notices", "skipped", "sizes", "near_duplicates")},
            "left_out": {},
            "counts": {},
            "boxes": None,
            "suspects": None,
            "different_sizes": 0,
            "balance": 1.0,
            "unbalanced": False,
        },
        "results.json": {"runs": []},
        "export.json": {"run": "r", "board": "host", "model_sha256": "0", "runtime": "stream"},
        "tuning.json": {
            "study": "s",
            "number": 1,
            "metric": "f1",
            "score": 0.5,
            "board": "host",
            "levels": [1],
            "limit_ms": None,
            "counts": {},
            "rejected": {},
            "networks": [],
        },
    }[name]


@pytest.mark.parametrize("name", FILES)
def test_each_key_of_another_type_is_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(json.dumps(whole(name)))
    assert read_checked(path, FILES[name][0]) == whole(name)
    for key in whole(name):
        for value in ({"no": "such"}, "text", -1):
            path.write_text(json.dumps(whole(name) | {key: value}))
            try:
                read_checked(path, FILES[name][0])
            except TinymlError as error:
                assert name in error.what and key in error.what and FILES[name][1] in error.cure
                break
        else:
            pytest.fail(f"{name}: nothing is wrong for {key}")


@pytest.mark.parametrize("name", FILES)
def test_each_required_key_that_is_missing_is_named(name: str, tmp_path: Path) -> None:
    kind = FILES[name][0]
    assert kind.__required_keys__
    for key in kind.__required_keys__:
        (tmp_path / name).write_text(json.dumps({k: v for k, v in whole(name).items() if k != key}))
        with pytest.raises(TinymlError, match=rf"{re.escape(name)}.*{key}"):
            read_checked(tmp_path / name, kind)


def test_a_count_that_nothing_can_draw_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(whole("plan.json") | {"macs": 10**30}))
    with pytest.raises(TinymlError, match=r"plan\.json: macs: expected 'int' <= 9007199254740992"):
        read_checked(path, FILES["plan.json"][0])


def test_newer_keys_are_kept(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(whole("plan.json") | {"later": [1]}))
    assert read_checked(tmp_path / "plan.json", FILES["plan.json"][0])["later"] == [1]


def section(title: str) -> str:
    """Return a part of docs/files.md, given as "heading" or "heading/subheading", up to the next heading."""
    outer, _, inner = title.partition("/")
    found = DOCS.read_text().split(f"\n## {outer}\n")[1].split("\n## ")[0]
    if inner:
        found = found.split(f"\n### `{inner}`\n")[1]
    return found.split("\n### ")[0]


def rows(text: str) -> dict[str, str]:
    """Return the keys that the table in a text lists, each with the rest of its row."""
    listed = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.*)$", text, flags=re.M)
    return {key: rest for keys, rest in listed for key in re.findall(r"\w+", keys)}


@pytest.mark.parametrize("name", FILES)
def test_the_page_lists_every_file_and_key(name: str) -> None:
    assert sorted(rows(section(name))) == sorted(get_type_hints(FILES[name][0])), name


@pytest.mark.parametrize("title", TABLES)
def test_the_page_lists_every_key_that_people_write(title: str) -> None:
    kind = TABLES[title]
    fields = {item.name: item.required for item in msgspec.inspect.type_info(kind).fields}
    fields.pop("name", None) if kind in (board.Board, description.Description) else None
    listed = rows(section(title))
    assert sorted(listed) == sorted(fields)
    assert {key for key, rest in listed.items() if "(required)" in rest} == {
        key for key, required in fields.items() if required
    }


@pytest.mark.parametrize(
    ("kind", "table", "what", "cure"),
    [
        (config.TrainConfig, {"widht": 1.0}, "file: unknown key 'widht'", "width"),
        (config.TrainConfig, {"size": "96"}, "file: size: expected 'int', got 'str'", "see"),
        (config.TrainConfig, {"batch": 0}, "file: batch: expected 'int' >= 1", "see"),
        (config.TrainConfig, {"phases": [{}, {"rate": 1}]}, "file: phases[1]: unknown key 'rate'", "epochs"),
        (config.TrainConfig, {"augment": {"area": [0.5]}}, "file: augment.area: expected 'array' of len", "see"),
        (description.Description, {"title": "A"}, "file: format is missing", "see"),
        (description.Description, {"title": "A", "format": "voc", "copies": [{"remark": ""}]}, "copies[0].path", ""),
        (board.Board, {"pins": {"camera": {"xclk": "4"}}, "regions": []}, "file: ", ""),
        (board.Board, {"compiler": {"kernels": "lx7"}}, "file: compiler.kernels is 'lx7'", "lx6"),
        (board.Board, {"flash": {"speed": 1}}, "file: flash: unknown key 'speed'", "clock_hz"),
        (board.Board, {"regions": 5}, "file: ", ""),
    ],
)  # fmt: skip
def test_what_people_write_is_refused_by_file_and_key(kind: type, table: dict, what: str, cure: str) -> None:
    given = {"name": "x"} if kind is not config.TrainConfig else {}
    with pytest.raises(TinymlError) as refusal:
        typed(table, kind, "file", cure="see", **given)
    assert what in refusal.value.what and "\n" not in refusal.value.what
    assert cure in refusal.value.cure


def test_what_the_program_knows_cannot_be_written() -> None:
    with pytest.raises(TinymlError, match="unknown key 'name'"):
        typed({"name": "a", "title": "A", "format": "voc"}, description.Description, "file", name="b")
