"""The server's life: a socket, uvicorn, and an end when the command ends."""

import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path

from tinyml.errors import TinymlError
from tinyml.layers import require
from tinyml.studio.place import find_place

LOCAL = "127.0.0.1"


def serve(
    folder: Path,
    *,
    host: str = LOCAL,
    port: int = 0,
    password: str = "",
    browser: bool = True,
    tell: Callable[[str], None] = lambda words: None,
) -> str:
    """Serve the page for a folder of pictures until the process is interrupted; return the address that it had.

    port: 0 chooses a free one. password: asked for where `host` is not this computer alone. `tell` gets each line for
    the person at the terminal. Raises TinymlError where the port is taken, ToolchainError without the extra.
    """
    require("studio", "the studio")
    import uvicorn

    from tinyml.studio.app import make_app
    from tinyml.studio.security import Rights
    from tinyml.studio.studio import Studio

    place = find_place(folder)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise TinymlError(
            f"{host}:{port} cannot be listened on: {error.strerror or error}",
            cure="choose another port with --port",
        ) from error
    rights = Rights(listener.getsockname()[1], host, password)
    studio = Studio(place)
    studio.library.warm()
    config = uvicorn.Config(
        make_app(studio, rights), log_level="warning", timeout_graceful_shutdown=1, server_header=False, http="h11",
        ws="none", lifespan="off",
    )  # fmt: skip
    tell(f"the studio for {place.folder} is open at")
    tell(rights.address)
    if password:
        tell("what is sent over the network, the password too, is not encrypted")
    tell("Ctrl+C ends it; a training that was started goes on")
    if browser:
        webbrowser.open(rights.address)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        studio.close()
        listener.close()
    return rights.address
