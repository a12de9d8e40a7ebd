"""A PostgreSQL server of Debian's for one test: in a temporary folder, without root's rights, gone when the test ends."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tinyml.processes import Guarded

ACCOUNT = "nobody"  # who the server runs as where the tests run as root, which it refuses
PLACES = "/usr/lib/postgresql"


def server_programs() -> Path | None:
    """Return the folder of the newest installed server's programs; None where there is none."""
    found = [path for path in Path(PLACES).glob("*/bin") if (path / "initdb").is_file()]
    return max(found, key=lambda path: int(path.parent.name), default=None)


class Server:
    """A server on a free local port; `address` is what `--storage` takes."""

    def __init__(self) -> None:
        programs = server_programs()
        assert programs is not None
        # Not in pytest's own folder, which others than root may not enter.
        self.programs, self.folder = programs, Path(tempfile.mkdtemp(prefix="tinyml-postgres-"))
        folder = self.folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"postgresql://tinyml@127.0.0.1:{self.port}/postgres"
        self.log = self.folder / "server.log"
        self.prefix: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(folder, ACCOUNT)
            self.prefix = ["setpriv", f"--reuid={ACCOUNT}", "--clear-groups"]
        options = [
            "-A",
            "trust",
            "-U",
            "tinyml",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "-D",
            str(folder / "db"),
        ]
        subprocess.run(
            [*self.prefix, programs / "initdb", *options], check=True, capture_output=True, cwd="/"
        )
        self.process: Guarded | None = None
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [f"-p{self.port}", "-k", str(self.folder), "-h", "127.0.0.1", "-c", "fsync=off",
                   "-c", "max_connections=200"]  # fmt: skip
        command = [*self.prefix, str(self.programs / "postgres"), "-D", str(self.folder / "db"), *options]
        with self.log.open("a") as log:
            self.process = Guarded(command, stdout=log, stderr=log, cwd="/")
        for _ in range(200):
            ready = [self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(self.log.read_text()[-2000:])

    def stop(self) -> None:
        """End the server at once, its clients' connections with it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
            self.process = None

    def close(self) -> None:
        """Stop the server and remove everything of it."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
