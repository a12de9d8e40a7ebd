#!/usr/bin/env python3
"""Kill tinyml's commands by SIGKILL at random moments: no half file, no process left, and the next command works.

    tools/kill_commands.py --kills 200              about half an hour on two cores
    tools/kill_commands.py --kills 20 --seed 7      the same moments again, as far as a computer repeats itself

Every command runs to its end first, to learn how long it takes; then each is killed at moments spread over that time. It
knows its own processes, wherever they have gone, by a variable in their environment (Linux).
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.seed_network import seed_network  # noqa: E402
from support.untrained_run import write_noise_run  # noqa: E402

MARK = "TINYML_KILL_TEST"
LEFT_LIMIT_S = 5.0
CHECK_EVERY = 4  # kills, after which the same command runs to its end


def commands(work: Path) -> dict[str, list[str]]:
    """Return the command lines that are killed, by name; all work inside `work`."""
    run = str(work / "run")
    picture = str(next((work / "run" / "data" / "test").rglob("*.png")))
    train = ["train", str(work / "run" / "data"), "--epochs", "2", "--size", "32", "--width", "0.1"]
    return {
        "data show": ["data", "show", str(work / "run" / "data")],
        "compile": ["compile", str(work / "seed.tflite"), "--out", str(work / "compiled")],
        "train": [*train, "--weights", "none", "--out", str(work / "trained"), "--overwrite"],
        "export": ["export", run, "--target", "host"],
        "build": ["build", run, "--target", "host"],
        "benchmark": ["benchmark", run, "--emulate", "host", "--mode", "accuracy"],
        "benchmark esp32": [
            "benchmark",
            run,
            "--emulate",
            "esp32_emulated",
            "--mode",
            "accuracy",
            "--limit",
            "1",
        ],
        "evaluate": ["evaluate", run],
        "predict": ["predict", run, picture, "--out", str(work / "seen.jpg")],
        "report": ["report", str(work / "steady")],  # a copy of what `train` made
    }


def start(arguments: list[str], mark: str, log: Path) -> "subprocess.Popen[bytes]":
    """Start a command whose processes carry `mark`."""
    with log.open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "tinyml.cli", *arguments],
            env={**os.environ, MARK: mark, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )


def marked(mark: str) -> list[str]:
    """Return the command lines of all living processes that carry `mark`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0"):
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if line:  # a zombie has none
                    found.append(line[:160])
        except OSError:
            continue
    return found


def half_files(work: Path) -> list[str]:
    """Return the files under their final names that are not whole."""
    bad = []
    for path in work.rglob("*"):
        if not path.is_file() or any(part.startswith(".") for part in path.relative_to(work).parts):
            continue
        data = path.read_bytes()
        try:
            match path.suffix:
                case ".json":
                    json.loads(data)
                case ".tflite":
                    assert data[4:8] == b"TFL3"
                case ".safetensors":
                    assert len(data) > 8 + int.from_bytes(data[:8], "little")
                case ".html":
                    assert data.rstrip().endswith(b"</html>")
                case ".png" | ".jpg":
                    assert data.endswith((b"IEND\xaeB\x60\x82", b"\xff\xd9"))
        except (ValueError, AssertionError):
            bad.append(str(path.relative_to(work)))
    return bad


def to_the_end(arguments: list[str], log: Path) -> tuple[float, str]:
    """Run a command to its end; return its seconds, and what it said where it failed."""
    began = time.monotonic()
    status = start(arguments, "whole", log).wait(timeout=600)
    failed = status not in (0, 3)  # 3: over a board's budget
    return time.monotonic() - began, log.read_text(errors="replace")[-500:] if failed else ""


def kill_once(arguments: list[str], after_s: float, work: Path, log: Path) -> list[str]:
    """Kill a command after `after_s`; return what is wrong afterwards."""
    mark = uuid.uuid4().hex
    process = start(arguments, mark, log)
    try:
        process.wait(timeout=after_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
    deadline = time.monotonic() + LEFT_LIMIT_S
    while (left := marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [f"still running: {line}" for line in left] + [f"half a file: {name}" for name in half_files(work)]


def main() -> int:
    """Kill, look, print a table; return 1 where anything was wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--only", help="this command alone")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    print(f"seed {options.seed}", flush=True)
    kills: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="tinyml-kill-") as name:
        work = Path(name) / "work"
        log = Path(name) / "log"
        write_noise_run(work / "run")
        (work / "seed.tflite").write_bytes(seed_network(0.35))
        lines = {key: line for key, line in commands(work).items() if options.only in (None, key)}
        seconds: dict[str, float] = {}
        for key, line in lines.items():
            seconds[key], failure = to_the_end(line, log)
            if failure:
                print(f"{key} does not work before any kill: {failure}")
                return 1
            if key == "train":
                shutil.copytree(work / "trained", work / "steady")
        for number in range(options.kills):
            key = list(lines)[number % len(lines)]
            wrong = kill_once(lines[key], chance.uniform(0, seconds[key]), work, log)
            if number // len(lines) % CHECK_EVERY == CHECK_EVERY - 1:
                _, failure = to_the_end(lines[key], log)
                wrong += [f"afterwards: {failure}"] if failure else []
            kills[key] += 1
            problems[key] += len(wrong)
            for one in wrong:
                print(f"kill {number} of {key}: {one}", flush=True)
    print(f"{'command':<18}{'kills':>6}{'problems':>10}")
    for key in lines:
        print(f"{key:<18}{kills[key]:>6}{problems[key]:>10}")
    return int(sum(problems.values()) > 0)


if __name__ == "__main__":
    sys.exit(main())
