#!/usr/bin/env python3
"""Talk to devices that lie: every session must end with a result or one DeviceError, in time and in bounded memory.

    tools/fuzz_device.py                        10,000 sessions
    tools/fuzz_device.py --seed 7 --only 1234   the one that failed, with its traceback

A session is made from a seed and its number alone: a device that answers each command truly, or from a grammar of
lies (other types, ranges, lengths, escapes, damaged bytes, silence, noise without an end), and a client that does what
`doctor`, `benchmark` and `capture` do.
"""

import argparse
import json
import random
import resource
import socket
import sys
import threading
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tinyml.device import benchmark, client  # noqa: E402
from tinyml.device import capture as camera  # noqa: E402
from tinyml.device.answers import Info, Layers, SelfTest  # noqa: E402
from tinyml.device.client import Device  # noqa: E402
from tinyml.errors import DeviceError  # noqa: E402

SESSIONS_AT_A_TIME = 24
SESSION_LIMIT_S = 20.0
MEMORY_LIMIT_BYTES = 200 << 20
TRUTH: dict[str, list[Any]] = {
    "name": ["m-name-dut-[tinyml]"],
    "info": [
        {
            "info": {
                "version": "0.1.0",
                "board": "host",
                "runtime": "stream",
                "model": "fruit",
                "model_sha256": "ab" * 32,
                "input": [8, 8, 3],
                "output_bytes": 4,
                "arena_bytes": 50_000,
                "tick_hz": 1_000_000,
                "labels": ["apple", "pear"],
            }
        }
    ],
    "selftest": [{"selftest": {"goldens": 1, "model": True, "colours": True, "pass": True}}],
    "layers": [{"layers": {"tick_hz": 10, "ticks": 30, "layers": [{"name": "conv", "ticks": 30}]}}],
    "input": [{"input": {"bytes": 192, "crc32": "00000000"}}],
    "output": [{"output": {"bytes": "80ff7f00", "crc32": "0"}}],
    "infer": ["m-lap-us-100", "m-lap-us-350", "m-results-[0.953,0.047]"],
    "capture": [
        {"capture": {"width": 2, "height": 2, "format": "gray8"}},
        {"row": {"y": 0, "pixels": "AAA="}},
        {"row": {"y": 1, "pixels": "AAA="}},
        {"captured": {"crc32": "2144df1c"}},
    ],
}
LIES: list[Any] = [
    None, True, -1, 0, 1, 2**31, 2**63, 10**40, 1.5, 1e308, float("nan"), float("inf"), "", "x", "\x1b[2J", "\x9b31m",
    "../" * 30, "a" * 70_000, [], {}, [[]], [None] * 3, [100_000, 100_000, 3], [-1, 2, 3], {"a": {"b": []}}, [1] * 9_000,
]  # fmt: skip


def altered(value: Any, chance: random.Random) -> Any:
    """Return `value` with a lie somewhere in it."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key = chance.choice(list(value))
        if chance.random() < 0.1:
            return {name: item for name, item in value.items() if name != key}
        return value | {key: altered(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.6:
        place = chance.randrange(len(value))
        return [*value[:place], altered(value[place], chance), *value[place + 1 :]]
    return chance.choice(LIES)


def damaged(line: bytes, chance: random.Random) -> bytes:
    """Return a line with bytes lost, doubled, exchanged or inserted."""
    data = bytearray(line)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                del data[place : place + chance.randint(1, 9)]
            case 1:
                data[place:place] = data[place : place + chance.randint(1, 9)]
            case 2:
                data[place : place + 1] = bytes([chance.randrange(256)])
            case _:
                data[place:place] = chance.choice(
                    [b"\r\n", b"m-ready\r\n", b"\x1b[2J", b"\x00\xff", b"m-init-done\r\n"]
                )
    return bytes(data)


def answer(command: str, chance: random.Random) -> bytes | None:
    """Return what the device says to a command; None where it hangs up."""
    lines = [
        json.dumps(line if chance.random() < 0.6 else altered(line, chance), separators=(",", ":"))
        if isinstance(line, dict)
        else str(line)
        for line in TRUTH.get(command.split(" ")[0], [])
    ]
    if command.startswith("infer") and chance.random() < 0.4:
        place = chance.randrange(len(lines))
        lines[place] = chance.choice(
            [
                "m-lap-us-" + "9" * chance.choice([3, 20, 5_000]),
                "m-results-[abc]",
                "m-results-[nan]",
                "m-results-[",
            ]
        )
    match chance.randrange(60 if command != "name" else 600):
        case 0:
            return None
        case 1:
            return b""  # silence
        case 2:
            return b"x" * chance.choice([1, 70_000, 300_000])  # no line's end
        case 3:
            return b"m-noise\r\n" * chance.choice([10, 30_000])
        case 4:
            return "".join(f"{line}\r\n" for line in lines).encode() + b"m-ready\r\n" * chance.randint(2, 50)
        case 5:
            lines = chance.sample(lines, len(lines)) + lines
        case 6:
            lines = lines[: chance.randrange(len(lines) + 1)]
    text = "".join(f"{line}\r\n" for line in lines).encode() + b"m-ready\r\n"
    return damaged(text, chance) if chance.random() < (0.15 if command != "name" else 0.02) else text


def serve(listener: socket.socket, chance: random.Random) -> None:
    """Answer one connection until it is closed."""
    with suppress(OSError, UnicodeDecodeError):
        line, _ = listener.accept()
        with line:
            pending = b""
            while data := line.recv(4096):
                *commands, pending = (pending + data).split(b"%")
                for command in commands:
                    said = answer(command.decode(), chance)
                    if said is None:
                        return
                    line.sendall(said)


def session(seed: int, number: int) -> str:
    """Run one session and return how it ended; whatever is no DeviceError comes out."""
    chance = random.Random(f"{seed}:{number}")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener, chance), daemon=True).start()
        try:
            with Device(f"socket://127.0.0.1:{listener.getsockname()[1]}", silence_s=0.2) as device:
                device.synchronize(wait_s=0.5)
                info = device.ask("info", Info)
                match number % 4:
                    case 0:
                        device.ask("selftest", SelfTest)
                    case 1:
                        inputs = benchmark.test_inputs(info)
                        benchmark.collect_outputs(device, info, [inputs], silence_s=0.2)
                    case 2:
                        device.ask("layers", Layers)
                        benchmark.measure_latency(device, windows=2, window_s=0.0001)
                    case _:
                        camera.capture(device)
            return "answered"
        except DeviceError as error:
            assert error.what and error.cure, "a message without a cure"
            assert not set(map(chr, [*range(32), *range(127, 160)])) & set(error.what + error.cure), (
                "a raw escape"
            )
            return "refused"


def timed(seed: int, number: int) -> tuple[str, float]:
    """Run one session; return how it ended (a traceback where it should not have) and how long it took."""
    began = time.monotonic()
    try:
        end = session(seed, number)
    except Exception:
        end = traceback.format_exc(limit=-4)
    return end, time.monotonic() - began


def peak_memory_bytes() -> int:
    """Return the most memory that this program has held; the system's own figure begins with that of its parent."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(
            int(line.split()[1]) << 10 for line in status.read_text().splitlines() if line.startswith("VmHWM")
        )
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> int:
    """Run the sessions, print a table, and return 1 where one failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--only", type=int, help="this session alone")
    options = parser.parse_args()
    # A lie that is silence costs its time: what takes seconds on a real line takes tenths here.
    client.NUDGE_S, client.TALK_LIMIT_S, client.ANSWER_LIMIT_S, camera.SILENCE_S = 0.1, 1.0, 3.0, 1.0
    benchmark.SLOWEST_INFERENCE_S = benchmark.EMULATED_SILENCE_S = 1.0
    print(f"seed {options.seed}", flush=True)
    numbers = [options.only] if options.only is not None else range(options.sessions)
    ends: Counter[str] = Counter()
    slowest_s = 0.0
    with ThreadPoolExecutor(SESSIONS_AT_A_TIME) as pool:  # they wait most of the time
        for number, (end, took_s) in enumerate(pool.map(lambda number: timed(options.seed, number), numbers)):
            if took_s > SESSION_LIMIT_S:
                end = f"took {took_s:.1f} s"
            if end not in ("answered", "refused"):
                print(f"session {numbers[number]} (--seed {options.seed} --only {numbers[number]}):\n{end}")
                end = "failed"
            ends[end] += 1
            slowest_s = max(slowest_s, took_s)
    peak_bytes = peak_memory_bytes()
    print(f"{dict(ends)}, slowest session {slowest_s:.1f} s, peak memory {peak_bytes / 2**20:.0f} MiB")
    return int(ends["failed"] > 0 or peak_bytes > MEMORY_LIMIT_BYTES)


if __name__ == "__main__":
    sys.exit(main())
