"""Runs with one file damaged: cut short, bits turned, keys taken away, values of another kind, a pipe in its place."""

import copy
import json
import os
import random
import shutil
import tomllib
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import tomli_w
from click.testing import CliRunner

from support.example_run import write_example_run
from support.untrained_run import write_noise_run
from tinyml.cli import app
from tinyml.errors import TinymlError

VALUES = (
    None,
    True,
    -1,
    0,
    10**30,
    1e300,
    "",
    "\x1b[31mtext",
    "0" * 5000,
    [],
    [[]],
    {},
    {"": None},
    ["a", 1],
)
EXAMPLE, TRAINED = "example", "trained"
# Each reads what the run holds, and none of them waits for a program.
READERS = {
    EXAMPLE: (("report",), ("compare",), ("runs",)),
    TRAINED: (("evaluate",), ("runs",)),
}


class Runs:
    """A run with an export that was never trained and one with weights, in `folder`, and the files that can be damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "whole").mkdir()
        write_example_run(folder / "whole", EXAMPLE)
        write_noise_run(folder / "whole" / TRAINED)
        kinds = (".json", ".toml", ".safetensors")
        self.files = sorted(
            path.relative_to(folder / "whole")
            for path in (folder / "whole").rglob("*")
            if path.suffix in kinds and "data" not in path.parts
        )

    def damaged(self, seed: int) -> tuple[str, Path, str]:
        """Write the runs anew with one file damaged; returns the run's name, the damaged file, and how."""
        rng = random.Random(seed)
        shutil.rmtree(self.folder / "runs", ignore_errors=True)
        shutil.copytree(self.folder / "whole", self.folder / "runs")
        file = rng.choice(self.files)
        how = rng.choice(MUTATIONS)
        how(self.folder / "runs" / file, rng)
        return file.parts[0], file, how.__name__


def cut_short(path: Path, rng: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: rng.randrange(path.stat().st_size)])


def turn_bits(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 8, 64))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def change_values(path: Path, rng: random.Random) -> None:
    """Take keys away from a JSON or TOML file, or give them values of another kind; turn bits of any other file."""
    if path.suffix not in (".json", ".toml"):
        turn_bits(path, rng)
        return
    toml = path.suffix == ".toml"
    table = tomllib.loads(path.read_text()) if toml else json.loads(path.read_text())
    for _ in range(rng.choice((1, 1, 3))):
        place = table
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = rng.choice(keys)
            if isinstance(place[key], dict | list) and rng.random() < 0.75:
                place = place[key]
                continue
            if rng.random() < 0.3:
                del place[key]
            else:
                value = rng.choice([one for one in VALUES if not (toml and holds_nothing(one))])
                place[key] = copy.deepcopy(value)  # later changes must not reach into VALUES
            break
    path.write_text(tomli_w.dumps(table) if toml else json.dumps(table))


def holds_nothing(value: Any) -> bool:
    """Whether TOML cannot say `value`."""
    return value is None or value == {"": None} or (isinstance(value, int) and value > 2**63)


def take_away(path: Path, rng: random.Random) -> None:
    path.unlink()


def put_a_pipe(path: Path, rng: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def put_a_folder(path: Path, rng: random.Random) -> None:
    path.unlink()
    path.mkdir()


MUTATIONS: tuple[Callable[[Path, random.Random], None], ...] = (
    cut_short,
    turn_bits,
    *[change_values] * 6,
    take_away,
    put_a_pipe,
    put_a_folder,
)


def read_damaged(runs: Runs, seed: int) -> tuple[str, str]:
    """Damage a run by `seed` and read it with each command; returns ("read" | "refused" | "failed", what was told)."""
    name, file, how = runs.damaged(seed)
    outcome, told = "read", ""
    os.environ["TINYML_RUNS"] = str(runs.folder / "runs")
    for command, *options in READERS[name]:
        arguments = [command, *([] if command == "runs" else [name]), *options]
        result = CliRunner().invoke(app, arguments, obj={}, standalone_mode=False)
        error = result.exception
        if isinstance(error, TinymlError | click.ClickException):
            outcome = "refused"
            told += f"{error}\n"
        elif error is not None and not isinstance(error, SystemExit):
            lines = traceback.format_exception(error)
            return "failed", f"{file}, {how}, {' '.join(arguments)}\n{''.join(lines[-3:])}"
    return outcome, told
