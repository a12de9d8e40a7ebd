"""Pictures from a board's camera."""

import base64
import binascii
import json
import zlib

import numpy as np

from tinyml.device.client import Device
from tinyml.errors import DeviceError
from tinyml.inference.preprocess import rgb565_to_rgb888

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
    objects = {}
    rows = []
    for line in device.command("capture", silence_s=30):
        try:
            ((name, value),) = json.loads(line).items()
        except ValueError:
            continue  # what the board's own log prints in between
        if name == "row":
            rows.append(value["pixels"])
        objects[name] = value
    try:
        head = objects["capture"]
        width, height, pixel_format = head["width"], head["height"], head["format"]
        pixels = b"".join(base64.b64decode(row, validate=True) for row in rows)
        if (
            len(pixels) == width * height * PIXEL_BYTES[pixel_format]
            and f"{zlib.crc32(pixels):08x}" == objects["captured"]["crc32"]
        ):
            return decode(pixels, width, height, pixel_format)
    except (KeyError, TypeError, binascii.Error):
        pass
    raise DeviceError(
        f"a picture was damaged on its way from {device.url}", cure="take it again, with a shorter cable"
    )
