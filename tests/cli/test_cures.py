"""Every cure in the code: an option that it names is an option of some command."""

import ast
import importlib
import re
from pathlib import Path

import click

from tinyml.cli import COMMANDS

PACKAGE = Path(__file__).parents[2] / "tinyml"
OF_OTHERS = {"--upgrade"}  # pip's


def options() -> set[str]:
    """Return the options of all commands."""
    found = {"--json", "--help", "--version"}
    for name in COMMANDS:
        command = importlib.import_module(f"tinyml.commands.{name}").command
        for leaf in command.commands.values() if isinstance(command, click.Group) else [command]:
            found |= {word for one in leaf.params for word in (*one.opts, *one.secondary_opts)}
    return found


def cures() -> dict[str, str]:
    """Return the text of each `cure=` by the place where it stands."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "cure":
                parts = [part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)]
                found[f"{path}:{node.value.lineno}"] = " ".join(map(str, parts))
    return found


def test_a_cure_names_only_options_that_exist() -> None:
    known, said = options() | OF_OTHERS, cures()
    assert len(said) > 100
    wrong = {place: set(re.findall(r"(?<![\w-])--[a-z][\w-]*", text)) - known for place, text in said.items()}
    assert not {place: names for place, names in wrong.items() if names}
