"""What a command started ends with it, however it ends: nothing is left of a killed one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tinyml.processes import Guarded, run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups")

# A program with a child of its own that ignores a polite request; it writes both process ids, whole, once they run.
FAMILY = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN) if {stubborn} else None
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
with open({pids!r} + ".new", "w") as file: file.write(f"{{os.getpid()}} {{child.pid}}")
os.rename({pids!r} + ".new", {pids!r})
time.sleep(600)
"""
# A shell starts what it runs in the background with SIGINT ignored, and so it would be for all that the tests start.
PARENT = """
import signal, sys, time
from tinyml.processes import Guarded
signal.signal(signal.SIGINT, signal.default_int_handler)
process = Guarded([sys.executable, "-S", "-c", {family!r}])
time.sleep(600)
"""


def wait_for(happened, limit_s: float = 60.0) -> None:
    deadline = time.monotonic() + limit_s
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")
    except OSError:
        return False


@pytest.mark.parametrize("stubborn", [False, True])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_killed_parent_leaves_nothing(how: int, stubborn: bool, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    family = FAMILY.format(stubborn=stubborn, pids=str(pids))
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(family=family)], stderr=subprocess.DEVNULL)
    wait_for(pids.exists)
    parent.send_signal(how)
    parent.wait()
    for pid in map(int, pids.read_text().split()):
        wait_for(lambda pid=pid: not running(pid))


def test_kill_reaches_the_whole_family(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    family = FAMILY.format(stubborn=True, pids=str(pids))
    with Guarded([sys.executable, "-S", "-c", family]) as process:
        wait_for(pids.exists)
        process.kill()
        process.wait()
    for pid in map(int, pids.read_text().split()):
        wait_for(lambda pid=pid: not running(pid))


@pytest.mark.parametrize("status", [0, 1, 77])
def test_the_exit_status_and_the_words_come_through(status: int) -> None:
    code = f"import sys; print('out'); print('err', file=sys.stderr); sys.exit({status})"
    done = run([sys.executable, "-c", code], text=True)
    assert (done.returncode, done.stdout, done.stderr) == (status, "out\n", "err\n")


def test_a_program_ended_by_a_signal() -> None:
    done = run([sys.executable, "-c", "import os; os.abort()"])
    assert done.returncode == 128 + signal.SIGABRT


def test_a_program_that_is_not_there() -> None:
    done = run(["no-such-program-at-all"], text=True)
    assert done.returncode == 127 and "no-such-program-at-all" in done.stderr


def test_a_time_limit() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run([sys.executable, "-c", "import time; time.sleep(600)"], timeout=0.2)
