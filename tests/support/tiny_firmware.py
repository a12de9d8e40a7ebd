"""The firmware's application built for this machine around a model small enough to follow by hand (firmware/test/tiny)."""

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware"
TINY = FIRMWARE / "test" / "tiny"
SOURCES = [
    *sorted((FIRMWARE / "src").glob("*.c")),
    FIRMWARE / "src" / "plain" / "board.c",
    FIRMWARE / "src" / "plain" / "cycles.c",
    *sorted((FIRMWARE / "lib" / "tinyml_vision" / "src").glob("*.c")),
    TINY / "model.c",
    TINY / "application.c",
]
INCLUDES = [
    FIRMWARE / "src",
    FIRMWARE / "include",
    FIRMWARE / "lib" / "tinyml_kernels" / "include",
    FIRMWARE / "lib" / "tinyml_vision" / "include",
    TINY,
]
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-g", "-O1"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
FLAGS = [*WARNINGS, *SANITIZE, *(f"-I{path}" for path in INCLUDES)]
OBJECTS = tempfile.TemporaryDirectory(prefix="tinyml-objects-")
GREETING = ["m-timestamp-mode-performance", "m-init-done", "m-ready"]


@functools.cache
def compiled(compiler: str, source: Path, options: tuple[str, ...]) -> Path:
    """Return the object of a source of the project (made once in a process)."""
    made = Path(tempfile.mkdtemp(dir=OBJECTS.name)) / f"{source.stem}.o"
    subprocess.run([compiler, *FLAGS, *options, "-c", source, "-o", made], check=True, timeout=120)
    return made


def compile_tiny(
    folder: Path,
    *options: str,
    camera: str = "host",
    sources: list[Path] | None = None,
    replaced: dict[str, Path] | None = None,
) -> Path:
    """Build the application with sanitizers on the tiny model; skips where there is no C compiler.

    `replaced`: files of a test's own for SOURCES of these names.
    """
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    program = folder / "tiny"
    main = [FIRMWARE / "src" / "plain" / "main.c", TINY / "hal.c"] if sources is None else sources
    files = [(replaced or {}).get(path.name, path) for path in SOURCES]
    files += [*main, FIRMWARE / "src" / camera / "camera.c"]
    parts = [compiled(compiler, path, options) if path.is_relative_to(FIRMWARE) else path for path in files]
    subprocess.run([compiler, *FLAGS, *options, *parts, "-o", program], check=True, timeout=120)
    return program


def talk(program: Path, *commands: str, **environment: str) -> list[list[str]]:
    """Send commands on standard input; return each one's lines before its `m-ready`, the greeting left out."""
    result = subprocess.run(
        [str(program)],
        input="".join(f"{command}%" for command in commands).encode("latin-1"),
        capture_output=True,
        timeout=60,
        env=environment or None,
    )
    assert result.returncode == 0, result.stderr.decode()[-2000:]
    assert not result.stderr, result.stderr.decode()[-2000:]
    answers: list[list[str]] = [[]]
    assert result.stdout.endswith(b"\r\n") and b"\n" not in result.stdout.replace(b"\r\n", b"")
    for line in result.stdout.decode().split("\r\n")[:-1]:
        if line == "m-ready":
            answers.append([])
        else:
            answers[-1].append(line)
    assert answers.pop() == [] and len(answers) == len(commands) + 1, answers
    return answers[1:]
