"""Before a build: one sentence where this Python has no tinyml, or where the build cannot work as it is asked for."""

import sys
from importlib.util import find_spec

from SCons.Script import ARGUMENTS

Import("env")  # noqa: F821


def stop(what: str, cure: str) -> None:
    """End the build in words."""
    sys.stderr.write(f"Error: {what}\n  {cure}\n")
    env.Exit(1)  # noqa: F821


def can_import(name: str) -> bool:
    """Say whether a package is there."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


if not can_import("tinyml"):
    stop(
        f"the Python of this PlatformIO ({sys.executable}) has no tinyml, which knows the boards and their memory.",
        "Run the pio that was installed with tinyml (.venv/bin/pio), or build with: tinyml build RUN --target BOARD",
    )
if int(ARGUMENTS.get("PIOVERBOSE", 0)) and env.get("PIOFRAMEWORK"):  # noqa: F821
    stop(
        "the Arduino framework's build script fails under -v with this SCons.",
        "Build without -v; `pio run -e ENVIRONMENT -t compiledb` writes every command into compile_commands.json.",
    )
