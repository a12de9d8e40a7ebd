"""Before a build: says so at once where nothing was exported for this environment."""

import sys
from pathlib import Path

from SCons.Script import COMMAND_LINE_TARGETS

Import("env")  # noqa: F821

environment = env["PIOENV"]  # noqa: F821
generated = Path(env["PROJECT_DIR"]) / "generated" / environment  # noqa: F821
testing = "__test" in COMMAND_LINE_TARGETS
if not testing and not env.IsIntegrationDump() and not (generated / "application.c").is_file():  # noqa: F821
    board = env.GetProjectOption("custom_board", environment)  # noqa: F821
    runtime = " --runtime tflm" if environment.endswith("_tflm") else ""
    sys.stderr.write(
        f"Error: nothing was exported for '{environment}'.\n"
        f"  Export a run first: tinyml export RUN --target {board}{runtime}\n"
    )
    env.Exit(1)  # noqa: F821
