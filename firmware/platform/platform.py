"""PlatformIO's handle on this platform; the work is in builder/main.py."""

from typing import Any

from platformio.exception import UserSideException
from platformio.public import PlatformBase


class TinymlPlatform(PlatformBase):
    """Boards whose firmware runs on this computer: directly or in an emulator."""

    def is_embedded(self) -> bool:
        """Say that a test is a program to run here, not an image to flash."""
        return False

    def configure_default_packages(self, options: dict[str, Any], targets: list[str]) -> Any:
        """Refuse, in words, a folder that SCons cannot build in: it takes `$` in a path for a variable."""
        if "$" in (folder := self.config.get("platformio", "src_dir")):
            raise UserSideException(
                f"'pio run' cannot build in {folder}: its path has a '$'. Build with: tinyml build RUN --target BOARD"
            )
        return super().configure_default_packages(options, targets)
