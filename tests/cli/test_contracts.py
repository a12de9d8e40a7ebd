"""Files that were tampered with: one message that names the file and the key, for each file and each key."""

import json
import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from tinyml.contracts import FILES, read_checked
from tinyml.errors import TinymlError

DOCS = Path(__file__).parents[2] / "docs" / "files.md"


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


def test_newer_keys_are_kept(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(whole("plan.json") | {"later": [1]}))
    assert read_checked(tmp_path / "plan.json", FILES["plan.json"][0])["later"] == [1]


@pytest.mark.parametrize("name", FILES)
def test_the_page_lists_every_file_and_key(name: str) -> None:
    page = DOCS.read_text()
    section = page[page.index(f"## {name}") :].split("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \|", section, flags=re.M)
    assert sorted(listed) == sorted(get_type_hints(FILES[name][0])), name
