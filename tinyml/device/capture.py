"""Pictures from a board's camera."""

import base64
import binascii
import contextlib
import zlib

import numpy as np

from tinyml.device.answers import Captured, CaptureHead, CaptureRow, read_answer
from tinyml.device.client import Device
from tinyml.errors import DeviceError
from tinyml.inference.preprocess import rgb565_to_rgb888

SILENCE_S = 30.0  # a camera may have to start first
PIXEL_BYTES = {"rgb888": 3, "gray8": 1, "rgb565_big": 2, "rgb565_little": 2}


def decode(pixels: bytes, width: int, height: int, pixel_format: str) -> np.ndarray:
    """Return uint8 [height, width, 3] RGB from a frame's bytes as the board's camera delivers them."""
    if pixel_format in ("rgb888", "gray8"):
        channels = PIXEL_BYTES[pixel_format]
        picture = np.frombuffer(pixels, np.uint8).reshape(height, width, channels)
        return np.ascontiguousarray(np.broadcast_to(picture, (height, width, 3)))
    order = ">u2" if pixel_format == "rgb565_big" else "<u2"
    return rgb565_to_rgb888(np.frombuffer(pixels, order).astype(np.uint16)).reshape(height, width, 3)


def capture(device: Device) -> np.ndarray:
    """Take one picture: uint8 [height, width, 3] RGB; raises DeviceError where the camera fails or bytes are lost."""
    head: CaptureHead | None = None
    captured: Captured | None = None
    rows: list[str] = []
    for line in device.command("capture", silence_s=SILENCE_S):
        if line.startswith('{"capture":'):
            head = read_answer(line, "capture", CaptureHead, "capture")
        elif line.startswith('{"row":'):
            rows.append(read_answer(line, "row", CaptureRow, "capture").pixels)
        elif line.startswith('{"captured":'):
            captured = read_answer(line, "captured", Captured, "capture")
    with contextlib.suppress(binascii.Error):
        pixels = b"".join(base64.b64decode(row, validate=True) for row in rows)
        if (
            head is not None
            and captured is not None
            and len(pixels) == head.width * head.height * PIXEL_BYTES[head.format]
            and f"{zlib.crc32(pixels):08x}" == captured.crc32
        ):
            return decode(pixels, head.width, head.height, head.format)
    raise DeviceError(
        f"a picture was damaged on its way from {device.url}", cure="try again with a shorter cable"
    )
