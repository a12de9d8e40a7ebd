"""The stand-in for the vendor's packages (tests/vendor), put where PlatformIO takes it for what platformio.ini pins."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from support.tiny_firmware import ROOT

VENDOR = ROOT / "tests" / "vendor"


def install(project: Path) -> None:
    """Install platform, framework and library into a firmware project of its own, as if PlatformIO had fetched them."""
    subprocess.run([sys.executable, "platform/prepare_core.py"], cwd=project, check=True)
    core = project / ".pio-core"
    _package(core / "platforms" / "espressif32", "platform", "platformio", "platform.json")
    _package(core / "packages" / "framework-arduinoespressif32", "tool", "platformio", "package.json")
    library = project / ".pio" / "libdeps" / "esp32cam_tflm" / "TensorFlowLite_ESP32"
    _package(library, "library", "tanakamasayuki", "library.json")


def _package(folder: Path, kind: str, owner: str, manifest: str) -> None:
    shutil.copytree(VENDOR / folder.name, folder, dirs_exist_ok=True)
    described = json.loads((folder / manifest).read_text())
    spec = {"owner": owner, "id": 1, "name": folder.name, "requirements": None, "uri": None}
    installed = {"type": kind, "name": folder.name, "version": described["version"], "spec": spec}
    (folder / ".piopm").write_text(json.dumps(installed))
