"""The command line as a person or a script meets it."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.example_run import write_example_run

from tinyml.cli import COMMANDS, app
from tinyml.commands import boards


def tinyml(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "tinyml.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_row_has_a_handler_with_help(name: str) -> None:
    command = importlib.import_module(f"tinyml.commands.{name}").command
    assert command.name == name
    assert command.help and len(command.help) > 40
    for parameter in command.params:
        assert parameter.param_type_name == "argument" or parameter.help, (
            f"{name}: {parameter.name} has no help"
        )


def test_help_lists_every_command() -> None:
    result = tinyml("--help")
    assert result.returncode == 0
    assert all(name in result.stdout for name in COMMANDS)


def test_unknown_command_is_a_usage_error() -> None:
    result = tinyml("trian")
    assert result.returncode == 2
    assert "trian" in result.stderr


def test_boards_show_whole_names_in_80_columns() -> None:
    result = tinyml("boards", env={**os.environ, "COLUMNS": "80"})
    assert result.returncode == 0 and "cortex_m4_emulated" in result.stdout and "4,194,304 B" in result.stdout
    assert "static data: the model's arena, buffers, the stack" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_compile_names_the_file_that_is_no_model(tmp_path: Path) -> None:
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"no model at all")
    result = tinyml("compile", str(picture), "--out", str(tmp_path))
    assert result.returncode == 1 and "picture.jpg: not a .tflite file" in " ".join(result.stderr.split())


def test_boards_as_json() -> None:
    result = tinyml("boards", "--json")
    assert result.returncode == 0, result.stderr
    names = {board["name"] for board in json.loads(result.stdout)["boards"]}
    assert {"esp32cam", "host"} <= names


def test_what_the_system_refuses_is_one_message_with_its_brackets(tmp_path: Path) -> None:
    run = write_example_run(tmp_path, "run")
    result = tinyml("report", str(run), "--out", "/proc/[red]nowhere/report.html")
    assert result.returncode == 1
    assert "error: /proc/[red]nowhere" in result.stderr and "try: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_slip_of_the_finger_is_answered_with_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tinyml.cli", "trian", "fruit"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and "Did you mean 'train'?" in done.stderr


def test_a_handler_runs_by_itself_after_the_command_line_has_shown_it() -> None:
    """`--json` is added to the handler's own parameters, whose callback must not count on the settings of `main`."""
    CliRunner().invoke(app, ["boards", "--help"])
    assert CliRunner().invoke(boards.command, [], standalone_mode=False).exception is None
