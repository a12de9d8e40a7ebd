"""Who goes first: what reads pictures in the background waits while a page waits for an answer."""

import contextlib
import threading
import time
from collections.abc import Iterator

GRACE_S = 0.05  # a page that has its answer asks for the next thing: scripts, then the list, then thumbnails
LONGEST_S = 0.1  # of one wait: an upload of an hour does not hold up the reading


class Turns:
    """The requests that are being answered; safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._answering = 0
        self._latest = -GRACE_S  # when a request was answered

    def wait(self) -> None:
        """Return as soon as nobody has asked for `GRACE_S`, and after `LONGEST_S` at the latest."""
        deadline = time.monotonic() + LONGEST_S
        while (now := time.monotonic()) < deadline:
            with self._changed:
                free = self._latest + GRACE_S
                if not self._answering and free <= now:
                    return
                self._changed.wait(deadline - now if self._answering else min(free, deadline) - now)

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Let what reads in the background wait while a request is answered."""
        with self._changed:
            self._answering += 1
        try:
            yield
        finally:
            with self._changed:
                self._answering -= 1
                self._latest = time.monotonic()
                self._changed.notify_all()
