"""Programs that do not outlive the command that started them, not even if it is killed with -9.

Each runs in a process group of its own under a guard: this file as a script. The guard holds the read end of a pipe
whose write end its parent holds; when the parent is gone, however it went, the pipe ends and the guard ends its group.
This needs nothing of one system alone; Windows, which has no process groups, runs programs unguarded.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from types import FrameType
from typing import Any

GRACE_S = 2.0  # between asking a program to end and killing it


class Guarded(subprocess.Popen[Any]):
    """`subprocess.Popen` for a program that ends with its parent; `terminate` and `kill` reach all that it started."""

    def __init__(self, command: list[str], **options: Any) -> None:
        if os.name == "nt":
            super().__init__(command, **options)
            return
        read_end, write_end = os.pipe()
        try:
            guard = [sys.executable, "-I", "-S", __file__, str(read_end), *command]
            super().__init__(guard, pass_fds=(read_end,), start_new_session=True, **options)
        except BaseException:
            os.close(write_end)
            raise
        finally:
            os.close(read_end)
        self._alive = write_end

    def send_signal(self, sig: int) -> None:
        """Send a signal to the program and to all that it started."""
        if os.name == "nt":
            super().send_signal(sig)
        elif self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, sig)

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            os.close(self._alive)
        super().__del__()  # type: ignore[misc]


def run(
    command: list[str], *, timeout: float | None = None, **options: Any
) -> subprocess.CompletedProcess[Any]:
    """`subprocess.run` with output captured, for a program that ends with its parent.

    Raises subprocess.TimeoutExpired, and then nothing of the program is left.
    """
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    with Guarded(command, **options) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            process.wait()
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _guard(alive: int, command: list[str]) -> int:
    """Run `command` until it ends or the pipe `alive` does; return its exit status, 128 + n where signal n ended it."""
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _note)
    try:
        child = subprocess.Popen(command)
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127
    with selectors.DefaultSelector() as selector:
        selector.register(alive, selectors.EVENT_READ)
        selector.register(wake_read, selectors.EVENT_READ)
        while child.poll() is None:
            for key, _ in selector.select():
                if key.fd == wake_read:
                    os.read(wake_read, 512)
                else:
                    _end_group(child)
    status = child.returncode
    with contextlib.suppress(OSError):
        os.killpg(0, signal.SIGTERM)  # what the program itself left behind
    return status if status >= 0 else 128 - status


def _note(number: int, frame: FrameType | None) -> None:
    """Let a signal wake the selector, and do nothing else: the program of the group has received it, too."""


def _end_group(child: "subprocess.Popen[bytes]") -> None:
    """Ask all programs of this group to end; kill them, and this guard with them, where one does not."""
    os.killpg(0, signal.SIGTERM)
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    raise SystemExit(_guard(int(sys.argv[1]), sys.argv[2:]))
