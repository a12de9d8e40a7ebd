"""A device that a test makes up, at the other end of a socket that stands for a serial line."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

Reply = Callable[[str], bytes | None]

# What a healthy board answers.
INFO = {
    "version": "0.1.0",
    "board": "nowhere",
    "runtime": "stream",
    "model": "fruit",
    "model_sha256": "ab" * 32,
    "input": [96, 96, 3],
    "output_bytes": 4,
    "arena_bytes": 50_000,
    "tick_hz": 1_000_000,
    "reset_cause": "power on",
    "largest_internal_block_bytes": 100_000,
    "free_psram_bytes": 4_000_000,
}
PASSED = {"pass": True, "model": True, "colours": True}


@contextlib.contextmanager
def serving(reply: Reply, greeting: bytes = b"") -> Iterator[str]:
    """Serve connections with `reply(command)`; None closes the connection. Gives the port's URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = listener.accept()
                with line, contextlib.suppress(OSError):
                    line.sendall(greeting)
                    pending = b""
                    while data := line.recv(4096):
                        pending += data
                        while b"%" in pending:
                            command, _, pending = pending.partition(b"%")
                            answer = reply(command.decode())
                            if answer is None:
                                raise OSError
                            line.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"socket://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def well_behaved(command: str) -> bytes:
    answers = {
        "name": b"m-name-dut-[tinyml]\r\n",
        "": b"e-[Unknown command: ]\r\n",
        "results": b"m-results-[0.5]\r\n",
        "db load 100": b"m-[Expecting 100 bytes]\r\n",
        "infer 2 1": b"m-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-2\r\nm-lap-us-100\r\nm-lap-us-350\r\n"
        b"m-infer-done\r\nm-results-[0.953,0.047]\r\n",
        "output": b'{"output":{"bytes":"80ff7f","crc32":"0"}}\r\n',
    }
    return answers.get(command, b"e-[Unknown command: " + command.encode() + b"]\r\n") + b"m-ready\r\n"
