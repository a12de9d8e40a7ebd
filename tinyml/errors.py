"""What a person is told when something goes wrong: what, what was expected, and what to do about it."""

from dataclasses import dataclass


class TinymlError(Exception):
    """A failure that the user can understand and fix.

    `what` names the thing and what is wrong with it (and what was expected); `cure` says what to do next.
    `cli.py` prints both and exits with `exit_code`: 1 for errors, 2 for wrong usage, 3 for a budget that does not fit.
    """

    exit_code = 1

    def __init__(self, what: str, *, cure: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


class DataError(TinymlError):
    """A picture, an annotation or a data set that cannot be used as it is."""


class ModelError(TinymlError):
    """A model file or a run that cannot be read, converted or compiled."""


class BudgetError(TinymlError):
    """Something that does not fit the memory of its board."""

    exit_code = 3


class DeviceError(TinymlError):
    """A board, a serial port or an emulator that does not do what it should."""


class ToolchainError(TinymlError):
    """A compiler, an emulator or a package that is missing or failed."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: "ok", "missing" (something is not possible) or "broken" (little works)."""

    what: str
    state: str
    detail: str
    cure: str = ""
