"""What was done to the folder, step by step, so that each change can be undone: files moved, and small files written.

A step is one rename, so a process killed at any moment leaves each file where it was or where it goes.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyml.errors import DataError
from tinyml.files import readable_os_errors, replacing

DEPTH = 500  # changes that can be undone


@dataclass(frozen=True)
class Move:
    """A file that takes another name; nothing may be there."""

    source: Path
    target: Path

    def do(self) -> None:
        if self.target.exists():
            raise DataError(f"{self.target} is already there", cure="rename one of the two")
        with readable_os_errors(self.target):
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self.source.rename(self.target)

    def reversed(self) -> "Move":
        return Move(self.target, self.source)


def content_of(path: Path) -> bytes | None:
    """Return a file's bytes, None where it is not there."""
    return path.read_bytes() if path.is_file() else None


@dataclass(frozen=True)
class Write:
    """A small file whose content changes; None: it is not there."""

    path: Path
    before: bytes | None
    after: bytes | None

    def do(self) -> None:
        if content_of(self.path) != self.before:
            raise DataError(
                f"{self.path.name} was changed by another program or page", cure="reload the picture"
            )
        if self.after is None:
            self.path.unlink()
            return
        with replacing(self.path) as temporary:
            temporary.write_bytes(self.after)

    def reversed(self) -> "Write":
        return Write(self.path, self.after, self.before)


Step = Move | Write


@dataclass(frozen=True)
class Change:
    """One thing that a person did: in words, which pictures it was about, and its steps."""

    words: str
    names: tuple[str, ...]
    steps: tuple[Step, ...]


class History:
    """The changes of this session; safe to use from several threads."""

    def __init__(self) -> None:
        self.done: list[Change] = []
        self.undone: list[Change] = []
        self._lock = threading.Lock()

    def perform(self, words: str, names: Sequence[str], steps: Sequence[Step]) -> None:
        """Do all steps or none; raises TinymlError where one cannot be done."""
        with self._lock:
            change = Change(words, tuple(names), tuple(steps))
            _run(change.steps)
            self.done = [*self.done, change][-DEPTH:]
            self.undone = []

    def undo(self) -> Change | None:
        """Undo the last change and return it; None where there is none. Raises DataError where files changed since."""
        with self._lock:
            if not self.done:
                return None
            _run([step.reversed() for step in reversed(self.done[-1].steps)])
            self.undone.append(self.done.pop())
            return self.undone[-1]

    def redo(self) -> Change | None:
        """Do the change that was undone last again and return it; None where there is none."""
        with self._lock:
            if not self.undone:
                return None
            _run(self.undone[-1].steps)
            self.done.append(self.undone.pop())
            return self.done[-1]


def _run(steps: Sequence[Step]) -> None:
    done: list[Step] = []
    try:
        for step in steps:
            step.do()
            done.append(step)
    except BaseException:
        for step in reversed(done):
            step.reversed().do()
        raise
