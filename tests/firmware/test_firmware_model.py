"""A compiled network inside the firmware: the bytes and the self test on the host and on every emulated board."""

from pathlib import Path

import numpy as np
import pytest
from support.firmware_project import EMULATED, build, copy_project, generate, running
from support.oracles import lite_outputs
from support.tflite_builder import ModelBuilder

from tinyml.boards import load_board
from tinyml.device.answers import Info
from tinyml.device.benchmark import collect_outputs, compare_outputs

SIDE = 24
PICTURES = 3


def network() -> tuple[bytes, np.ndarray]:
    """Return a small MobileNetV2-like .tflite and the weights of its second pointwise convolution, as they lie in it."""
    builder = ModelBuilder(3)
    weights = np.random.default_rng(5).integers(-127, 128, size=(8, 1, 1, 16), dtype=np.int8)
    x = builder.input((1, SIDE, SIDE, 3))
    x = builder.conv(x, 8, stride=(2, 2), activation="RELU6")
    before = x
    x = builder.conv(x, 16, kernel=(1, 1), activation="RELU6")
    x = builder.depthwise(x, activation="RELU6")
    x = builder.conv(x, 8, kernel=(1, 1), weights=weights)
    x = builder.add(before, x)
    x = builder.mean(x)
    x = builder.conv(x, 4, kernel=(1, 1))
    return builder.finish(builder.same("SOFTMAX", x)), weights


def flipped(model: bytes, weights: np.ndarray) -> bytes:
    """Return the model with one bit of one of these weights flipped."""
    at = model.find(weights.tobytes())
    assert at > 0 and model.count(weights.tobytes()) == 1
    changed = bytearray(model)
    changed[at + 9] ^= 0x40
    return bytes(changed)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize(
    "name", ["host", "esp32_emulated", *(pytest.param(one, marks=pytest.mark.slow) for one in EMULATED[1:])]
)
def test_bytes_and_selftest(name: str, project: Path) -> None:
    board = load_board(name)
    model, weights = network()
    names = generate(board, project, model, model)
    pictures = np.random.default_rng(11).integers(0, 256, size=(PICTURES, SIDE, SIDE, 3), dtype=np.uint8)
    with running(name, build(name, project)) as device:
        assert device.json("selftest")["pass"]
        info = device.ask("info", Info)
        outputs = collect_outputs(device, info, [picture.tobytes() for picture in pictures], silence_s=60)
        values = [(picture.astype(int) - 128).astype(np.int8)[None] for picture in pictures]
        assert compare_outputs(outputs, np.stack(lite_outputs(model, values))) is None
        assert device.json("selftest")["pass"], "inferences left something behind"

    generate(board, project, model, flipped(model, weights))
    with running(name, build(name, project)) as device:
        report = device.json("selftest")
        assert not report["pass"] and not report["model"]
        assert report["name"] == names[report["layer"]] == "conv_2d_3"
        outputs_after = collect_outputs(
            device, device.ask("info", Info), [pictures[0].tobytes()], silence_s=60
        )
        assert outputs_after.shape == (1, 4)


@pytest.mark.slow
def test_ten_thousand_inferences_in_a_row(project: Path) -> None:
    """No changed byte, no drift in memory: the process's resident size and the self test before and after."""
    model, _ = network()
    generate(load_board("host"), project, model, model)
    program = build("host", project)
    with running("host", program) as device:
        picture = np.random.default_rng(12).integers(0, 256, size=(SIDE, SIDE, 3), dtype=np.uint8)
        expected = collect_outputs(device, device.ask("info", Info), [picture.tobytes()], silence_s=60)
        before = resident_bytes(program)
        for _ in range(10):
            device.infer(1000, 0, silence_s=120)
            assert np.array_equal(np.frombuffer(device.output(), np.int8), expected[0])
        assert resident_bytes(program) == before
        assert device.json("selftest")["pass"]


def resident_bytes(program: Path) -> int:
    """Return the resident size of the one process that runs `program`."""
    (process,) = [
        path.parent for path in Path("/proc").glob("[0-9]*/exe") if readable(path) == str(program.resolve())
    ]
    return next(
        int(line.split()[1]) * 1024
        for line in (process / "status").read_text().splitlines()
        if line.startswith("VmRSS:")
    )


def readable(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""
