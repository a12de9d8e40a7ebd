"""`tinyml estimate`: a network's cost before it is trained, with neither data nor PyTorch."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tinyml import progress
from tinyml.commands.estimate import command
from tinyml.errors import ModelError
from tinyml.workflow.estimate import estimate
from tinyml.workflow.train import tell_cost

SMALL = {"width": 0.1, "size": 32, "cut": 5}


def run(*arguments: str) -> Any:
    """Return the handler's result."""
    return CliRunner().invoke(command, arguments, standalone_mode=False, catch_exceptions=False).return_value


def test_it_tells_memory_work_and_latency() -> None:
    result = run("--width", "0.1", "--size", "32", "--cut", "5")
    data = json.loads(json.dumps(result.data))
    assert result.exit_code == 0 and data["fits"] and data["board"] == "esp32cam"
    assert data["ram_bytes"] > 0 and data["macs"] > 100_000 and data["latency_ms"] > 0
    assert data["flash_bytes"] > data["constants_bytes"] > 0
    assert {row["region"] for row in data["budget"]["regions"]} >= {"dram", "heap_block", "flash"}


def test_what_does_not_fit_ends_with_its_own_exit_code() -> None:
    result = run("--size", "176", "--width", "1.4", "--cut", "5", "--input", "frame")
    assert result.exit_code == 3 and not result.data["fits"]


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (SMALL, SMALL | {"width": 0.5}),
        (SMALL, SMALL | {"size": 48}),
        (SMALL | {"channels": 1}, SMALL),
        (SMALL | {"head": 8}, SMALL),
        (SMALL, SMALL | {"classes": 60}),
    ],
)
def test_more_of_anything_costs_more(less: dict[str, Any], more: dict[str, Any]) -> None:
    small, large = estimate(**less), estimate(**more)
    assert small.plan["macs"] < large.plan["macs"]
    assert (small.latency_ms or 0) < (large.latency_ms or 0)


def test_recipes_and_files_are_starting_points(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('task = "classify"\nsize = 32\nwidth = 0.1\nclasses = ["a", "b"]\n')
    found = estimate(config_file=path, cut=4)
    assert found.config.task == "classify" and found.config.cut == 4 and found.config.classes == ["a", "b"]


def test_a_board_without_a_latency_has_none() -> None:
    assert estimate("host", **SMALL).latency_ms is None


def test_a_network_that_cannot_be_is_one_message() -> None:
    with pytest.raises(ModelError, match="multiple of 8"):
        estimate(size=33)


def test_training_says_it_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("tinyml.workflow.train.note", said.append)
    tell_cost(estimate(**SMALL).config, "esp32cam")
    assert said == [f"before training, {estimate(**SMALL)}"] and "ms predicted, not measured" in said[0]
    assert progress._console is None
