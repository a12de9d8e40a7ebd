"""The firmware's PlatformIO project in a folder of its own, what an export would write into it, and a board that runs it."""

import contextlib
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from support.oracles import lite_outputs
from support.tiny_firmware import FIRMWARE
from tinyml.boards import Board, load_board
from tinyml.compiler.check.host import HostModel
from tinyml.compiler.pipeline import compile_model
from tinyml.conversion.c_source import Application, Golden, application_source, layer_crcs
from tinyml.device import emulator
from tinyml.device.build import build_firmware
from tinyml.device.client import Device
from tinyml.errors import ToolchainError
from tinyml.workflow.goldens import values_of

EMULATED = ["esp32_emulated", "cortex_m4_emulated", "rv32imc_emulated"]
SHIFTED = np.tile((np.arange(256) - 128).astype(np.int8), (3, 1))  # an input table: byte - 128


def copy_project(folder: Path) -> Path:
    """Copy the project without what was built, so that no other build is in the way."""
    project = folder / "firmware"
    shutil.copytree(FIRMWARE, project, ignore=shutil.ignore_patterns(".pio*", "generated", "__pycache__"))
    return project


def generate(board: Board, project: Path, golden_model: bytes, compiled_model: bytes) -> list[str]:
    """Write `compiled_model` as C, and `application.c` with what `golden_model` makes of a picture; return the layers.

    The two differ in a test that wants to see the self test fail.
    """
    generated = project / "generated" / board.environment
    shutil.rmtree(generated, ignore_errors=True)
    generated.mkdir(parents=True)
    paths = generated / "golden.tflite", generated / "compiled.tflite"
    for path, model in zip(paths, (golden_model, compiled_model), strict=True):
        path.write_bytes(model)
    compile_model(paths[1], generated, input_mode="rows", kernels=board.compiler["kernels"])
    traced: list[tuple[int, bytes]] = []
    with HostModel(paths[0], input_mode="rows", kernels="reference") as host:
        side = int((host.input_bytes // 3) ** 0.5)
        picture = np.random.default_rng(7).integers(0, 256, size=(side, side, 3), dtype=np.uint8)
        values = (picture.astype(int) - 128).astype(np.int8)
        output = host.run(values, lambda layer, row, data: traced.append((layer, data.tobytes())))
        names = host.layer_names
        crcs = layer_crcs(traced, host.layer_count)
        inputs, outputs = values_of(host.inputs), values_of(host.outputs)
    assert np.array_equal(output, lite_outputs(golden_model, [values[None]])[0].ravel())
    application = Application(
        name="test",
        model_sha256=f"{zlib.crc32(compiled_model):064x}",
        task="classify",
        fit="squash",
        labels=[f"class{number}" for number in range(output.size)],
        thresholds=[],
        input_tables=SHIFTED,
        inputs=inputs,
        outputs=outputs,
        goldens=[Golden(picture, output, crcs)],
    )
    (generated / "application.c").write_text(application_source(application, "a test"))
    return names


def build(name: str, project: Path) -> Path:
    """Build for a board what was generated for it; skips where a compiler or an emulator is missing."""
    board = load_board(name)
    try:
        emulator.command_line(board, Path("firmware"))
        return build_firmware(board, project)
    except ToolchainError as error:
        if "; install " in error.what or "is not installed" in error.what:
            pytest.skip(error.what)
        raise


@contextlib.contextmanager
def running(name: str, program: Path, silence_s: float = 30) -> Iterator[Device]:
    """Start a program on its board and give the device at the end of its serial line, ready for commands."""
    port = emulator.free_port()
    process = emulator.start(load_board(name), program, port)
    try:
        with Device(f"socket://127.0.0.1:{port}", silence_s=silence_s) as device:
            assert device.synchronize(wait_s=silence_s) == "tinyml"
            yield device
    finally:
        process.kill()
        process.wait()
