"""Pictures from a board's camera: on the host board it is a folder, and what arrives is what lies there."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.serial_line import serving, well_behaved
from support.tiny_firmware import FIRMWARE, compile_tiny, talk

from tinyml.device.capture import capture, decode
from tinyml.device.client import Device
from tinyml.errors import DeviceError
from tinyml.inference.preprocess import prepare, rgb565_to_rgb888, rgb888_to_rgb565

HOST_HAL = FIRMWARE / "platform" / "support" / "host" / "hal.c"
SHAPES = {"a.ppm": (13, 31), "b.ppm": (48, 64), "c.pgm": (7, 5)}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_tiny(
        tmp_path_factory.mktemp("host"), sources=[FIRMWARE / "src" / "plain" / "main.c", HOST_HAL]
    )


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, np.ndarray]:
    """Write a folder of pictures; return what a camera makes of each: uint8 [H, W, 3]."""
    folder = tmp_path / "camera"
    folder.mkdir()
    random = np.random.default_rng(3)
    seen = {}
    for name, (height, width) in SHAPES.items():
        if name.endswith("pgm"):
            gray = random.integers(0, 256, size=(height, width), dtype=np.uint8)
            Image.fromarray(gray).save(folder / name)
            seen[name] = np.repeat(gray[..., None], 3, axis=2)
        else:
            picture = random.integers(0, 256, size=(height, width, 3), dtype=np.uint8)
            Image.fromarray(picture).save(folder / name)
            seen[name] = rgb565_to_rgb888(rgb888_to_rgb565(picture))
    (folder / "notes.txt").write_text("no picture")
    return seen


@pytest.fixture
def url(program: Path, tmp_path: Path, pictures: dict[str, np.ndarray]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {"TINYML_UART_PORT": str(port), "TINYML_CAMERA": str(tmp_path / "camera")}
    with subprocess.Popen([str(program)], env=environment) as process:
        try:
            yield f"socket://127.0.0.1:{port}"
        finally:
            process.kill()


def connect(url: str) -> Device:
    for _ in range(100):
        try:
            return Device(url)
        except DeviceError:
            time.sleep(0.05)
    raise AssertionError("the host board does not listen")


def test_pictures_come_in_order_and_over_again(url: str, pictures: dict[str, np.ndarray]) -> None:
    with connect(url) as device:
        device.synchronize()
        for name in ("a.ppm", "b.ppm", "c.pgm", "a.ppm"):
            assert np.array_equal(capture(device), pictures[name]), name


def test_detect_sees_what_python_prepares(url: str, pictures: dict[str, np.ndarray]) -> None:
    """The tiny model averages red and blue of the 4x4 picture, inverted: so its answer proves every row of it."""
    with connect(url) as device:
        device.synchronize()
        for name in ("a.ppm", "b.ppm", "c.pgm"):
            device.json("detect")
            prepared = prepare(pictures[name], 4, 4, 3).reshape(-1, 3).astype(int)
            sums = [int((~(prepared[:, channel] - 128)).sum()) for channel in (0, 2)]
            expected = [int(total / 16) for total in sums]
            assert list(np.frombuffer(device.output(), np.int8)) == expected, name


def test_the_colour_bars_of_a_right_and_of_a_wrong_camera(program: Path, tmp_path: Path) -> None:
    selftest = talk(program, "selftest")[0][0]
    assert '"colours":true' in selftest
    camera = (FIRMWARE / "src" / "host" / "camera.c").read_text()
    breaks = {
        "the two bytes of a pixel in the other order": ("BARS_WIDTH, BARS_HEIGHT, FORMAT_RGB565_BIG", "BARS_WIDTH, BARS_HEIGHT, FORMAT_RGB565_LITTLE"),
        "blue in the place of red": ("colour[0], colour[1], colour[2]", "colour[2], colour[1], colour[0]"),
        "colour bars are not seen": ("colour[0], colour[1], colour[2]", "colour[0], colour[0], colour[0]"),
    }  # fmt: skip
    for number, (message, (right, wrong)) in enumerate(breaks.items()):
        assert camera.count(right) == 1
        folder = tmp_path / str(number)
        (folder / "wrong").mkdir(parents=True)
        (folder / "wrong" / "camera.c").write_text(camera.replace(right, wrong))
        broken = compile_tiny(
            folder,
            sources=[FIRMWARE / "src" / "plain" / "main.c", HOST_HAL],
            camera=str(folder / "wrong"),
        )
        assert message in talk(broken, "selftest")[0][0]


@pytest.mark.parametrize(
    ("environment", "content", "message"),
    [
        ({}, None, "no camera: set TINYML_CAMERA to a folder"),
        ({"TINYML_CAMERA": "/does/not/exist"}, None, "no .ppm or .pgm picture in /does/not/exist"),
        ({}, b"P6 4 4 65535\n", "not a binary PPM or PGM"),
        ({}, b"P6 4 4 255\n" + bytes(20), "the file ends before the picture does"),
        ({}, b"P6 40000 40000 255\n", "larger than 1600x1200"),
        ({}, b"P6 -4 4 255\n", "larger than 1600x1200"),
        ({}, b"", "not a binary PPM or PGM"),
    ],
)
def test_a_camera_that_fails_says_why(
    program: Path, tmp_path: Path, environment: dict, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "picture.ppm").write_bytes(content)
        environment = {"TINYML_CAMERA": str(tmp_path)}
    captured, detected = talk(program, "capture", "detect", **({"PATH": "/bin"} | environment))
    assert captured == detected
    assert captured[0].startswith("e-[Camera: ") and message in captured[0]


def test_damage_on_the_way_is_seen() -> None:
    whole = (
        b'{"capture":{"width":1,"height":1,"format":"rgb888"}}\r\n{"row":{"y":0,"pixels":"AAEC"}}\r\n'
        b'{"captured":{"crc32":"0854897f"}}\r\nm-ready\r\n'
    )
    answers = iter(
        [whole, whole.replace(b"AAEC", b"AAED"), whole.replace(b'{"row"', b'{"ro'), b"m-ready\r\n"]
    )

    def reply(command: str) -> bytes:
        return next(answers) if command == "capture" else well_behaved(command)

    with serving(reply) as url, Device(url, silence_s=1) as device:
        assert capture(device).tolist() == [[[0, 1, 2]]]
        for _ in range(3):
            with pytest.raises(DeviceError, match="damaged on its way"):
                capture(device)


def test_both_byte_orders_are_decoded() -> None:
    red = decode(b"\xf8\x00", 1, 1, "rgb565_big")
    assert red.tolist() == decode(b"\x00\xf8", 1, 1, "rgb565_little").tolist() == [[[255, 0, 0]]]


def test_the_command_numbers_on(url: str, tmp_path: Path, pictures: dict[str, np.ndarray]) -> None:
    connect(url).close()
    arguments = [sys.executable, "-m", "tinyml.cli", "capture", str(tmp_path / "set"), "--label", "apple"]
    for count in (2, 1):
        done = subprocess.run(
            [*arguments, "--port", url, "--count", str(count)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    folder = tmp_path / "set" / "apple"
    assert sorted(path.name for path in folder.iterdir()) == ["0000.png", "0001.png", "0002.png"]
    for path, name in zip(sorted(folder.iterdir()), ("a.ppm", "b.ppm", "c.pgm"), strict=True):
        assert np.array_equal(np.asarray(Image.open(path)), pictures[name])
    (tmp_path / "set" / "train").mkdir()
    subprocess.run([*arguments, "--port", url], check=True)
    assert (tmp_path / "set" / "train" / "apple" / "0000.png").is_file(), "a set that is split stays so"
    wrong = subprocess.run([*arguments[:-1], "../x", "--port", url], capture_output=True, text=True)
    assert wrong.returncode == 1 and "no name for a class" in wrong.stderr
