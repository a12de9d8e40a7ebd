#!/usr/bin/env python3
"""Measure the flash of compiled models: code and constants, beside the size of the .tflite file.

    tools/measure_flash.py model_int8.tflite ...

`model` is the generated C alone; `with kernels` adds the kernels that it calls, with their fallbacks. Built with -Os for
a Cortex-M4 where arm-none-eabi-gcc is installed, else for this computer. The target: `model` below the file's size
plus 8 KB; the exit status is 1 where it is missed.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tinyml.compiler.pipeline import compile_model  # noqa: E402

KERNELS = ROOT / "firmware" / "lib" / "tinyml_kernels"
HEADROOM_BYTES = 8 << 10
CORTEX_M4 = [
    "-mcpu=cortex-m4",
    "-mthumb",
    "-I",
    ROOT / "firmware" / "platform" / "support" / "freestanding" / "include",
]


def flash_bytes(prefix: str, path: Path) -> int:
    """Return the bytes of code, constants and initialised data of an object file."""
    printed = subprocess.run([f"{prefix}size", path], check=True, capture_output=True, text=True).stdout
    text, data = printed.splitlines()[1].split()[:2]
    return int(text) + int(data)


def measure(model: Path, prefix: str, flags: list, folder: Path) -> tuple[int, int]:
    """Return (bytes of the model alone, bytes with its kernels)."""
    compile_model(model, folder)
    sources = [folder / "model.c", *KERNELS.glob("src/reference/*.c"), *KERNELS.glob("src/portable/*.c")]
    compiler = [f"{prefix}gcc", "-std=c99", "-Os", *flags, "-I", KERNELS / "include"]
    for source in sources:
        subprocess.run([*compiler, "-c", source, "-o", folder / f"{source.stem}.o"], check=True)
    objects = [folder / f"{source.stem}.o" for source in sources]
    subprocess.run([f"{prefix}ar", "rcs", folder / "kernels.a", *objects[1:]], check=True)
    whole = folder / "whole.o"
    subprocess.run([*compiler, "-nostdlib", "-r", objects[0], folder / "kernels.a", "-o", whole], check=True)
    return flash_bytes(prefix, objects[0]), flash_bytes(prefix, whole)


def main() -> int:
    """Print one line for each model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="+", type=Path, help="int8 .tflite files")
    options = parser.parse_args()
    cross = shutil.which("arm-none-eabi-gcc") is not None
    prefix, flags = ("arm-none-eabi-", CORTEX_M4) if cross else ("", [])
    print(
        f"{'Cortex-M4, -Os' if cross else 'this computer, -Os':28}{'.tflite':>10}{'model':>10}{'with kernels':>14}"
    )
    missed = 0
    for model in options.models:
        with tempfile.TemporaryDirectory() as temporary:
            alone, whole = measure(model, prefix, flags, Path(temporary))
        file_bytes = model.stat().st_size
        missed += alone >= file_bytes + HEADROOM_BYTES
        print(f"{model.name:28}{file_bytes:10,}{alone:10,}{whole:14,}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
