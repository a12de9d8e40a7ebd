"""PlatformIO's handle on this platform; the work is in builder/main.py."""

from platformio.public import PlatformBase


class TinymlPlatform(PlatformBase):
    """Boards whose firmware runs on this computer: directly or in an emulator."""

    def is_embedded(self) -> bool:
        """Say that a test is a program to run here, not an image to flash."""
        return False
