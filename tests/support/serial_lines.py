"""Serial lines on pseudo-terminals, and a computer that has other things to do."""

import contextlib
import os
import pty
import subprocess
import sys
import tty
from collections.abc import Iterator

BUSY_LOOP = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"


@contextlib.contextmanager
def busy_computer(loops: int = 2) -> Iterator[None]:
    """Keep `loops` cores busy; a loop ends with this program, too."""
    with contextlib.ExitStack() as stack:
        for _ in range(loops):
            loop = stack.enter_context(subprocess.Popen([sys.executable, "-c", BUSY_LOOP]))
            stack.callback(loop.kill)
        yield


@contextlib.contextmanager
def on_a_terminal(command: list[str]) -> Iterator[str]:
    """Run a program whose serial line is its standard input and output on a terminal; gives the terminal's path."""
    boards, ours = pty.openpty()
    tty.setraw(ours)
    with subprocess.Popen(command, stdin=boards, stdout=boards) as process:
        try:
            yield os.ttyname(ours)
        finally:
            process.kill()
            os.close(ours)
            os.close(boards)
