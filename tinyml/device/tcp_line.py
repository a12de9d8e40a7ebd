"""Run a program whose serial line is its own standard input and output, with that line on a TCP port.

    python tcp_line.py PORT PROGRAM [ARGUMENT...]

The program starts when the first client connects, so nothing that it prints is lost, and takes this process's place:
whoever ends this process ends the program. Between the two stands a child that outlives the clients, as a board's
USB bridge does: when one leaves, what the program writes is lost until the next one comes. It ends with the program.
"""

import contextlib
import os
import socket
import sys
import threading

CHUNK_BYTES = 65536


class Bridge:
    """Takes bytes from the line to the present client and back, each way at its own pace."""

    def __init__(self, listener: socket.socket, client: socket.socket, line: socket.socket) -> None:
        self.listener, self.client, self.line = listener, client, line

    def serve(self) -> None:
        """Return when the program has ended and its last client has had its last words."""
        outward = threading.Thread(target=self._outward)
        outward.start()
        threading.Thread(target=self._inward, daemon=True).start()
        outward.join()

    def _outward(self) -> None:
        while data := self.line.recv(CHUNK_BYTES):
            with contextlib.suppress(OSError):  # the client has left
                self.client.sendall(data)
        with contextlib.suppress(OSError):
            self.client.shutdown(socket.SHUT_WR)

    def _inward(self) -> None:
        while True:
            with contextlib.suppress(ConnectionError):
                while data := self.client.recv(CHUNK_BYTES):
                    self.line.sendall(data)
            self.client.close()
            self.client = accept(self.listener)


def accept(listener: socket.socket) -> socket.socket:
    """Wait for the next client; a short answer to it does not wait for the acknowledgement of the one before."""
    client, _ = listener.accept()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def main(port: int, command: list[str]) -> None:
    """Listen, wait for a client, and become the program; the child returns when the program has ended."""
    listener = socket.create_server(("127.0.0.1", port), backlog=1)
    client = accept(listener)
    ours, programs = socket.socketpair()
    if os.fork():
        os.dup2(programs.fileno(), 0)
        os.dup2(programs.fileno(), 1)
        os.execvp(command[0], command)  # which closes all sockets but these
    programs.close()
    Bridge(listener, client, ours).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
