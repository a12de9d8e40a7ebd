"""PlatformIO's handle on the stand-in."""

from platformio.public import PlatformBase


class Espressif32Platform(PlatformBase):
    """The boards that platformio.ini names, compiled for the LX6 by LLVM."""
