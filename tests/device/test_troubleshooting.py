"""docs/troubleshooting.md: each row's words are the ones that tinyml says, provoked where that needs no board."""

import re
import subprocess
from pathlib import Path
from unittest import mock

import msgspec
import pytest
from support.serial_line import INFO, PASSED, serving
from support.tflite_builder import ModelBuilder
from support.tiny_firmware import FIRMWARE, ROOT

from tinyml.boards import load_board
from tinyml.compiler.pipeline import compile_model
from tinyml.compiler.targets import refuse_other_kernels
from tinyml.conversion import accuracy
from tinyml.conversion import convert as conversion
from tinyml.device import build as driver
from tinyml.device.answers import Info, SelfTest
from tinyml.device.client import Device
from tinyml.device.diagnose import judge
from tinyml.errors import TinymlError

DOCS = (ROOT / "docs" / "troubleshooting.md").read_text()
ROWS = [line.strip("|").split(" | ") for line in DOCS.splitlines() if line.startswith("| ")][1:]
BOARD = load_board("esp32cam")


def diagnosed(info: dict[str, object], selftest: dict[str, object]) -> str:
    """Return what doctor says of a board whose answers differ from a good one's."""
    told = msgspec.convert(INFO | info, Info), msgspec.convert(PASSED | selftest, SelfTest)
    return " ".join(f"{one.detail} {one.cure}" for one in judge("port", *told))


def built(said: str) -> str:
    """Return what a build that ended with these words says."""
    return driver._failure(BOARD, FIRMWARE, said).what


def booted(line: bytes) -> str:
    """Return what is said of a board that prints a line at boot and answers nothing."""
    with serving(lambda command: line) as url, Device(url) as device, pytest.raises(TinymlError) as failure:
        device.synchronize(wait_s=0.3)
    return failure.value.what


def not_exported(folder: Path) -> str:
    with pytest.raises(TinymlError) as failure:
        driver.build_firmware(BOARD, folder)
    return failure.value.what


def loses(folder: Path) -> str:
    rows = {"float": {"accuracy": 0.9}, accuracy.REFERENCE: {"accuracy": 0.87, "bit_exact": True}}
    return accuracy.warnings(rows, "classify")[0]


def unsupported(folder: Path) -> str:
    """Return what is said of a network with an operator that nobody compiles."""
    b = ModelBuilder()
    x = b.operator("TOPK_V2", [b.input((1, 4, 4, 1)).index], b.quantized((1, 4, 4, 1), 1 / 128, 0, 0, 1))
    (folder / "model.tflite").write_bytes(b.finish(x))
    with pytest.raises(TinymlError) as failure:
        compile_model(folder / "model.tflite", folder)
    return failure.value.what


def not_converted(folder: Path) -> str:
    """Return what is said where onnx2tf fails."""
    ended = subprocess.CompletedProcess([], 1, "ERROR: the network has an operator of tomorrow", "")
    with (
        mock.patch.object(conversion.processes, "run", return_value=ended),
        pytest.raises(TinymlError) as failure,
    ):
        conversion._onnx2tf(folder, "model", [])
    return failure.value.what


def built_with_other_kernels(folder: Path) -> str:
    """Return what the C compiler says of a model that was compiled for the LX6."""
    (folder / "model.c").write_text('#include "tinyml_kernels.h"\n' + refuse_other_kernels("lx6") + "\n")
    include = f"-I{FIRMWARE / 'lib' / 'tinyml_kernels' / 'include'}"
    done = subprocess.run(
        ["cc", include, "-fsyntax-only", str(folder / "model.c")], capture_output=True, text=True
    )
    return done.stderr


CAMERA = (
    FIRMWARE / "src" / "esp32" / "camera.c"
).read_text()  # provoked in tests/firmware/test_camera_words.py
PROVOKED = {
    "The model does not fit": lambda folder: built("region `dram0_0_seg' overflowed by 7880 bytes"),
    "Inference is too slow": lambda folder: diagnosed({"reset_cause": "watchdog: the firmware hung"}, {}),
    "The board answers differently": lambda folder: diagnosed(
        {}, {"pass": False, "model": False, "name": "conv_2d_3"}
    ),
    "int8 loses accuracy": loses,
    "`Camera probe failed": lambda folder: CAMERA,
    "Upload fails": lambda folder: built("Failed to connect to ESP32") + booted(b"waiting for download\r\n"),
    "An operator is not supported": unsupported,
    "The exported C": built_with_other_kernels,
    "The power is too weak": lambda folder: booted(b"Brownout detector was triggered\r\n"),
    "There is no PSRAM": lambda folder: CAMERA,
    "The conversion breaks": not_converted,
    "A tool ends without": not_exported,
}
SILENT = (
    "Pictures are stale",
    "It sees things",
    "Everything looks squeezed",
)  # nothing fails, so nothing is said


def test_there_are_fifteen_rows_and_each_is_looked_at() -> None:
    titles = [row[0].strip() for row in ROWS]
    assert len(titles) == 15
    for title in titles:
        assert any(title.startswith(begin) for begin in (*PROVOKED, *SILENT)), title


@pytest.mark.parametrize("begin", PROVOKED)
def test_the_words_are_tinymls(begin: str, tmp_path: Path) -> None:
    (row,) = (row for row in ROWS if row[0].strip().startswith(begin))
    said = PROVOKED[begin](tmp_path)
    words = [
        word for word in re.findall(r"`([^`]+)`", row[1]) if " " in word and not word.startswith("tinyml ")
    ]
    assert words
    for word in words:
        assert word in said, (word, said[:300])
