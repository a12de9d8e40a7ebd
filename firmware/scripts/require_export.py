"""Before a build: says so at once where nothing was exported for this environment."""

import sys
from pathlib import Path

Import("env")  # noqa: F821

environment = env["PIOENV"]  # noqa: F821
generated = Path(env["PROJECT_DIR"]) / "generated" / environment  # noqa: F821
testing = "__test" in env["BUILD_TYPE"] or env.get("PIOTEST_RUNNING_NAME")  # noqa: F821
if not testing and not (generated / "application.c").is_file() and not env.IsIntegrationDump():  # noqa: F821
    sys.stderr.write(
        f"Error: nothing was exported for '{environment}'.\n"
        f"  Export a run first: tinyml export RUN --target {environment}\n"
    )
    env.Exit(1)  # noqa: F821
