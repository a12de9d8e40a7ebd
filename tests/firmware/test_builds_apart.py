"""Builds that cannot mix, and paths that reach no shell: what `tinyml build` does between an export and a program."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.emulated import need
from support.tiny_firmware import ROOT, TINY

from tinyml.device import project

# Builds the tiny model, under a name and with an arena of its own, as `tinyml build` builds a run; says what came of it.
BUILD = """
import json, re, shutil, subprocess, sys
from pathlib import Path
from tinyml.boards import load_board
from tinyml.device.build import build_firmware, generated_dir
from tinyml.device.project import run_project
tiny, run, arena, board = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], load_board("host")
with run_project(run) as project:
    generated = generated_dir(board, project)
    generated.mkdir(parents=True, exist_ok=True)
    shutil.copy(tiny / "model.c", generated)
    header = (tiny / "model.h").read_text().replace("MODEL_ARENA_BYTES 64", f"MODEL_ARENA_BYTES {arena}")
    (generated / "model.h").write_text(header)
    application = (tiny / "application.c").read_text().replace('"tiny01"', f'"{run.name}"')
    (generated / "application.c").write_text(application)
    program = build_firmware(board, project)
    budget = json.loads((program.parent / "budget.json").read_text())
said = subprocess.run([program], input=b"profile%", capture_output=True).stdout.decode()
symbols = {symbol["name"]: symbol["size_bytes"] for symbol in budget["symbols"]}
print(json.dumps({"name": re.search(r"m-model-\\[(.*)\\]", said)[1], "arena": symbols.get("arena"), "program": str(program)}))
"""


def start(run: Path, arena: int, package: Path = ROOT, **variables: str) -> subprocess.Popen[str]:
    """Start such a build in a process of its own, with the tinyml that lies in `package`."""
    environment = {**os.environ, "PYTHONPATH": str(package), **variables}
    command = [sys.executable, "-c", BUILD, str(TINY), str(run), str(arena)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=run
    )


def outcome(process: subprocess.Popen[str]) -> dict[str, object]:
    """Wait for a build and return what it said."""
    said, problem = process.communicate(timeout=250)
    assert process.returncode == 0, problem
    found: dict[str, object] = json.loads(said.splitlines()[-1])
    return found


@pytest.mark.parametrize("pairs", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_two_builds_at_the_same_time_do_not_mix(pairs: int, tmp_path: Path) -> None:
    need("host")
    runs = {name: tmp_path / name for name in ("apples", "pears")}
    for folder in runs.values():
        folder.mkdir()
    for pair in range(pairs):
        arenas = {"apples": 40_000 + 16 * pair, "pears": 90_000 + 16 * pair}
        building = {name: start(folder, arenas[name]) for name, folder in runs.items()}
        for name, process in building.items():
            found = outcome(process)
            assert (found["name"], found["arena"]) == (name, arenas[name])
    for folder in runs.values():
        shutil.rmtree(project.project_folder(folder))


ODD = ["semi;touch X", "a b", "$x", "50%d", "it's", "ünï"]


@pytest.mark.parametrize("name", [ODD[0], *(pytest.param(name, marks=pytest.mark.slow) for name in ODD[1:])])
def test_a_checkout_in_a_folder_of_any_name(name: str, tmp_path: Path) -> None:
    need("host")
    checkout, run, cache = tmp_path / name / "tinyml", tmp_path / name / "my run", tmp_path / "cache"
    ignored = shutil.ignore_patterns(".pio*", "generated", "__pycache__")
    for folder in ("tinyml", "firmware"):
        shutil.copytree(ROOT / folder, checkout / folder, ignore=ignored)
    run.mkdir()
    before = sorted(tmp_path.rglob("*"))
    found = outcome(start(run, 1_000, checkout, TINYML_CACHE=str(cache), PYTHONDONTWRITEBYTECODE="1"))
    assert found["name"] == "my run"
    made = [path for path in tmp_path.rglob("*") if path not in before]
    assert all(cache in path.parents or path == cache for path in made), made


def test_an_installation_that_cannot_be_written_builds_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYML_CACHE", str(tmp_path))
    monkeypatch.setattr(project.os, "access", lambda path, mode: False)
    assert project.workspace().parent == tmp_path
    assert project.shared_core().is_relative_to(tmp_path)
    assert project.project_folder(tmp_path / "a").is_relative_to(tmp_path)
    monkeypatch.setenv("TINYML_CACHE", str(tmp_path / "$x"))
    assert "$" not in str(project.workspace())


def test_a_foreign_package_beside_tinyml_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed wheel has its share inside the package; site-packages may well have another `datasets`."""
    from tinyml import paths

    package = tmp_path / "tinyml"
    for folder in (package / "_share" / "datasets", tmp_path / "datasets"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(paths, "__file__", str(package / "paths.py"))
    assert paths.share_dir("datasets") == package / "_share" / "datasets"


def ready_copy(folder: Path) -> Path:
    """Copy the firmware's project, with the tiny model generated for the host and PlatformIO made ready."""
    from support.firmware_project import copy_project

    copy = copy_project(folder)
    shutil.copytree(TINY, copy / "generated" / "host")
    (copy / "generated" / "host" / "hal.c").unlink()
    subprocess.run([sys.executable, "platform/prepare_core.py"], cwd=copy, check=True)
    return copy


def pio(
    copy: Path, *options: str, imports: Path = ROOT, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run PlatformIO in a copy, as a person does it, with `imports` before what is installed."""
    return subprocess.run(
        [sys.executable, "-m", "platformio", "run", "-e", "host", *options],
        cwd=copy,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(imports), **variables},
    )


def test_pio_without_tinyml_says_so_in_one_sentence(tmp_path: Path) -> None:
    """PlatformIO from an editor or pipx: a Python of its own, which has no tinyml to import."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n\n\nclass Hide:\n    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'tinyml':\n            raise ModuleNotFoundError(name)\n"
        "        return None\n\n\nsys.meta_path.insert(0, Hide())\n"
    )
    done = pio(ready_copy(tmp_path), imports=tmp_path)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "has no tinyml, which knows the boards" in done.stderr and "tinyml build RUN" in done.stderr


def test_what_another_version_exported_is_refused_in_one_sentence(tmp_path: Path) -> None:
    copy = ready_copy(tmp_path)
    (copy / "generated" / "host" / "export.json").write_text('{"firmware_interface": "of another version"}')
    done = pio(copy)
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "what was exported for 'host' comes from another version of tinyml" in done.stderr
    assert "tinyml export RUN --target host" in done.stderr


def test_a_dollar_in_the_path_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """SCons itself expands it; `tinyml build` works on a copy elsewhere."""
    (tmp_path / "$x").mkdir()
    done = pio(ready_copy(tmp_path / "$x"))
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "its path has a '$'. Build with: tinyml build RUN" in done.stderr


@pytest.mark.slow
def test_every_command_is_shown_under_v(tmp_path: Path) -> None:
    need("host")
    done = pio(ready_copy(tmp_path), "-v")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"cc .*-o \S*serve\.o", done.stdout)


@pytest.mark.parametrize("forbidden", ["fcntl", "termios", "pwd"])
def test_nothing_imports_what_windows_does_not_have(forbidden: str) -> None:
    for path in [*(ROOT / "tinyml").rglob("*.py"), *(ROOT / "firmware").rglob("scripts/*.py")]:
        assert f"import {forbidden}" not in path.read_text(encoding="utf-8"), path


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ODD if "$" not in name])
def test_pio_itself_in_a_folder_of_any_name(name: str, tmp_path: Path) -> None:
    """As a person does it in the checkout."""
    need("host")
    (tmp_path / name).mkdir()
    done = pio(ready_copy(tmp_path / name))
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]
    assert not list(tmp_path.rglob("X"))
