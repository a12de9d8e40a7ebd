"""The documents: each command of tinyml that they show exists, with its options, and so does each file they point to."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tinyml.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", flags=re.M | re.S)
INLINE = re.compile(r"`([^`]+)`")
# What may stand before the program's name on a line: a prompt, variables, the folder of an environment.
COMMAND = re.compile(r"(?:\$ )?(?:[A-Z_]+=\S* )*(?:\S+/bin/)?(tinyml (?!=).*)")
REMARK = re.compile(r"\s#|\s{2,}|\s(?:&&|[|;<>])\s")


def commands_in(text: str) -> Iterator[str]:
    """Yield the commands of tinyml in code blocks, continued lines joined, and in inline code, without remarks."""
    code = [line for block in FENCED.findall(text) for line in re.sub(r"\s*\\\n\s*", " ", block).splitlines()]
    code += [" ".join(one.split()).replace(r"\|", "|") for one in INLINE.findall(FENCED.sub("", text))]
    for line in code:
        for part in re.split(r" && |; ", line):
            if found := COMMAND.fullmatch(part.strip()):
                yield REMARK.split(found[1])[0]


def complaint(line: str) -> str | None:
    """Return what is wrong with a command: a name or an option that does not exist; None where nothing is."""
    command: click.Command = app
    context = click.Context(app, info_name="tinyml")
    for word in shlex.split(line)[1:]:
        if re.match(r"--?[a-zA-Z]", word):
            known = {name for one in command.get_params(context) for name in (*one.opts, *one.secondary_opts)}
            if word.partition("=")[0] not in known and not command.ignore_unknown_options:
                return f"{command.name} has no option {word}"
        elif isinstance(command, click.Group) and not word.isupper():  # NAME stands for any
            try:
                _, found, _ = command.resolve_command(context, [word])
            except click.UsageError as error:
                return error.message
            assert found is not None
            command, context = found, click.Context(found, parent=context, info_name=word)
    return None


def test_commands_are_found_and_judged() -> None:
    block = "```sh\n$ A=1 .venv/bin/tinyml train x --wdth 1   # one\ncd x && tinyml data show x \\\n  --sheet y\n```"
    judged = {line: complaint(line) for line in commands_in(f"`tinyml trian`\n\n{block}")}
    assert judged == {
        "tinyml train x --wdth 1": "train has no option --wdth",
        "tinyml data show x --sheet y": None,
        "tinyml trian": "No such command 'trian'. Did you mean 'train'?",
    }


def test_each_command_exists_with_its_options() -> None:
    shown = [(page.name, line) for page in PAGES for line in commands_in(page.read_text())]
    assert len(shown) > 50
    wrong = {f"{name}: {line}": found for name, line in shown if (found := complaint(line))}
    assert not wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_relative_link_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", page.read_text()))
    files = {target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:", target)}
    assert not {name for name in files if name and not (page.parent / name).exists()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_path_of_tools_and_tests_exists(page: Path) -> None:
    """A part that stands for any, such as `<operator>`, needs one file that fits."""
    named = re.findall(r"(?<![\w./-])(?:tools|tests)/[\w./*<>-]*[\w*/>]", page.read_text())
    assert not {path for path in named if not list(ROOT.glob(re.sub(r"<\w+>", "*", path)))}
