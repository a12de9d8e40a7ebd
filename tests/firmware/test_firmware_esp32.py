"""The sources that only the ESP32 builds: parsed and type-checked against declarations of what they call."""

import shutil
import subprocess

import pytest
from support.tiny_firmware import FIRMWARE, INCLUDES, ROOT

from tinyml.boards import load_board

VENDOR = [
    ROOT / "tests/vendor/framework-arduinoespressif32/include",
    ROOT / "tests/vendor/TensorFlowLite_ESP32/src",
    ROOT / "firmware/platform/support/freestanding/include",  # for the C library's string.h
]
SOURCES = [
    *sorted((FIRMWARE / "src" / "esp32").iterdir()),
    *sorted((FIRMWARE / "src" / "tflm").iterdir()),
    *sorted((FIRMWARE / "lib" / "tinyml_kernels" / "src" / "workers").glob("*.c")),
]
CLANG = shutil.which("clang-22") or shutil.which("clang")
pytestmark = pytest.mark.skipif(CLANG is None, reason="no clang")


def check(*arguments: str, usb_serial: int = 0) -> str:
    """Type-check for a 32-bit target whose `char` is unsigned, as on the ESP32; return clang's messages."""
    pins = load_board("esp32cam").pins["camera"]
    result = subprocess.run(
        [
            str(CLANG),
            "--target=riscv32",
            "-ffreestanding",
            "-funsigned-char",
            "-fsyntax-only",
            "-Wall",
            "-Wextra",
            "-Wno-unused-command-line-argument",
            "-nostdinc++",
            "-DESP_PLATFORM",
            "-DF_CPU=240000000L",
            "-DTINYML_WORKERS=2",
            '-DTINYML_BOARD="esp32cam"',
            f"-DTINYML_USB_SERIAL={usb_serial}",
            "-DCAMERA_FRAME_SIZE=FRAMESIZE_QVGA",
            "-DCAMERA_FRAMES=2",
            "-DCAMERA_FRAMES_IN_PSRAM=1",
            "-DINPUT_IN_PSRAM=1",
            *(f"-DCAMERA_PIN_{name.upper()}={pin}" for name, pin in pins.items()),
            *(f"-I{path}" for path in [*INCLUDES, *VENDOR]),
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return result.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_type_checks(source) -> None:
    standard = ["-std=gnu++11"] if source.suffix == ".cpp" else ["-std=gnu99", "-Wconversion"]
    for usb_serial in (0, 1):
        assert check("-Werror", *standard, str(source), usb_serial=usb_serial) == ""


def test_a_wrong_call_is_found(tmp_path) -> None:
    """The check above sees more than syntax."""
    source = tmp_path / "wrong.c"
    source.write_text('#include "esp_camera.h"\nvoid f(void) { esp_camera_init(3.0); esp_camera_frob(); }\n')
    messages = check(str(source))
    assert "esp_camera_init" in messages or "incompatible" in messages
    assert "esp_camera_frob" in messages


def test_common_sources_type_check_for_the_esp32() -> None:
    """Unsigned char, 32-bit pointers: what the host's compiler would let pass."""
    for source in sorted((FIRMWARE / "src").glob("*.c")):
        assert check("-Werror", "-std=gnu99", "-Wconversion", str(source)) == "", source.name
