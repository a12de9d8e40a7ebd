"""What reaches a terminal: never a control character that came from a name."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.table import Table
from rich.text import Text
from support.example_run import write_example_run

from tinyml.cli import app
from tinyml.console import HELD, PlainConsole
from tinyml.terminal.benchmark import benchmark_view
from tinyml.terminal.export import export_view
from tinyml.workflow.run import Run

HOSTILE = "a\x1b[2Jb\x1b]0;owned\x07c\x9b31md\x7f"


def test_control_characters_are_shown_not_obeyed() -> None:
    out = io.StringIO()
    table = Table(title=HOSTILE)
    table.add_column(HOSTILE)
    table.add_row(HOSTILE)
    console = PlainConsole(file=out, force_terminal=True, width=200)
    console.print(HOSTILE, table, sep="\n")
    said = out.getvalue()
    assert "owned" in said and "\x1b]0" not in said and "\x1b[2J" not in said
    assert not set(said) & {"\x07", "\x9b", "\x7f"}


def test_colours_stay() -> None:
    out = io.StringIO()
    PlainConsole(file=out, force_terminal=True, color_system="standard").print("[bold red]error:[/] what")
    assert "\x1b[1;31merror:" in out.getvalue()


def test_a_locale_without_the_letters() -> None:
    raw = io.BytesIO()
    terminal = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    PlainConsole(file=terminal).print("äpfel \udcff")
    assert raw.getvalue().startswith(b"\\xe4pfel")


COMMANDS = (
    "boards",
    "doctor --port none",
    "data list",
    "presets",
    "recipes",
    "runs",
    "compare fruit another-run-with-a-name-of-several-words",
    "runs rm --yes fruit",
)


@pytest.fixture(autouse=True)
def no_width_of_this_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TINYML_RUNS", str(tmp_path))
    write_example_run(tmp_path, "fruit")
    write_example_run(tmp_path, "another-run-with-a-name-of-several-words")
    return tmp_path


def said(view: list[Any], width: int | None) -> str:
    """Return what is printed of a view on a terminal of this width, or with None into a pipe."""
    out = io.StringIO()
    PlainConsole(file=out, force_terminal=width is not None, width=width, color_system=None).say(*view)
    return out.getvalue()


def check(view: list[Any]) -> None:
    """Compare what terminals show with what a pipe gets: the same words, whole, and no line that is too wide."""
    piped = said(view, None)
    values = [value for value in re.findall(r"\S+(?: \S+)?", piped) if HELD.search(value)]
    words = {word for word in piped.split() if re.search(r"\w", word)}
    headers = [str(column.header) for part in view if isinstance(part, Table) for column in part.columns]
    words -= {word for header in headers for word in header.split()}  # a list leaves empty cells out
    for width in (60, 80, 120):
        shown = said(view, width)
        for line in shown.splitlines():
            assert len(line) <= width or " " not in line.strip(), f"{width} columns: {line}"
        assert words <= set(shown.replace(":", " ").split()) | set(shown.split()), width
        assert all(value in shown for value in values), width


@pytest.mark.parametrize("command", COMMANDS)
def test_no_terminal_breaks_a_word_or_a_value(command: str, runs: Path) -> None:
    result = CliRunner().invoke(app, command.split(), standalone_mode=False, obj={})
    assert result.exception is None, result.exception
    check(result.return_value.view)


def test_tables_of_a_run_fit_a_terminal(runs: Path) -> None:
    export = Run(runs / "fruit").export("esp32cam")
    assert export.budget and export.benchmark and export.plan
    budget = {**export.budget, "runtime": "stream", "runtimes": {}}
    found: Any = {"accuracy": export.accuracy, "plan": export.plan, "budget": budget, "folder": str(runs)}
    check(export_view(found))
    check(benchmark_view(export.benchmark))


def test_a_path_stays_whole_and_a_finding_is_one_line_in_a_pipe() -> None:
    path = "/a/folder/" + "name-of-a-folder/" * 12
    message = f"the export is in {path} and takes 12,345 B of flash, " + "word " * 30
    assert said([message], None).count("\n") == 1
    shown = said([message], 80)
    assert path in shown and "12,345 B" in shown.replace("\n12,345", "12,345")
    assert len(shown.splitlines()) > 3


def test_names_are_no_markup() -> None:
    table = Table(title="[red]run")
    table.add_column("[bold]")
    table.add_row("[/]")
    for part in ("[red]run", "[bold]", "[/]", "[green]"):
        assert part in said([table, "[green]", Text("[/]")], 80)
