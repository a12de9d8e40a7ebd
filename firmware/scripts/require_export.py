"""Before a build: says so at once where nothing was exported for this environment, or by another version of tinyml."""

import json
import sys
from pathlib import Path

from SCons.Script import COMMAND_LINE_TARGETS

from tinyml.device.project import interface

Import("env")  # noqa: F821

environment = env["PIOENV"]  # noqa: F821
generated = Path(env["PROJECT_DIR"]) / "generated" / environment  # noqa: F821
testing = "__test" in COMMAND_LINE_TARGETS
problem = ""
if not (generated / "application.c").is_file():
    problem = f"nothing was exported for '{environment}'."
elif (marker := generated / "export.json").is_file() and interface() != json.loads(marker.read_text()).get(
    "firmware_interface"
):
    problem = f"what was exported for '{environment}' comes from another version of tinyml."
if problem and not testing and not env.IsIntegrationDump():  # noqa: F821
    board = env.GetProjectOption("custom_board", environment)  # noqa: F821
    runtime = " --runtime tflm" if environment.endswith("_tflm") else ""
    sys.stderr.write(f"Error: {problem}\n  Export a run first: tinyml export RUN --target {board}{runtime}\n")
    env.Exit(1)  # noqa: F821
