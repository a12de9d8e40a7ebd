"""Lay out PlatformIO's core folder for work without a network.

PlatformIO runs its build engine as `<core>/packages/tool-scons/scons.py` under its own Python. The engine is a pip
package like any other, so three small files stand in for the downloaded one. Telemetry and update checks are off.
"""

import json
import sys
import time
from pathlib import Path

import platformio
from platformio.dependencies import get_core_dependencies


def prepare_core(core: Path) -> None:
    """Write the engine's stand-in and the settings into `core`; does nothing where they are there."""
    version = get_core_dependencies()["tool-scons"].lstrip("~^=")
    package = core / "packages" / "tool-scons"
    if not (package / "scons.py").is_file():
        package.mkdir(parents=True, exist_ok=True)
        (package / "package.json").write_text(
            json.dumps({"name": "tool-scons", "version": version, "system": "*"})
        )
        owner = {"owner": "platformio", "id": None, "name": "tool-scons", "requirements": None, "uri": None}
        manager = {"type": "tool", "name": "tool-scons", "version": version, "spec": owner}
        (package / ".piopm").write_text(json.dumps(manager))
        (package / "scons.py").write_text("import sys\n\nfrom SCons.Script import main\n\nsys.exit(main())\n")
    state = core / "appstate.json"
    if not state.is_file():
        settings = {
            "enable_telemetry": False,
            "check_platformio_interval": 36500,
            "check_prune_system_threshold": 0,
        }
        content = {
            "last_version": platformio.__version__,
            "created_at": int(time.time()),
            "settings": settings,
        }
        state.write_text(json.dumps(content))


if __name__ == "__main__":
    prepare_core(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / ".pio-core")
