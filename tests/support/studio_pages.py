"""A studio without a browser: the server's application, asked as its own page asks."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

PORT = 8000
HOME = f"http://127.0.0.1:{PORT}"
COLOURS = {"apple": (200, 40, 40), "lime": (90, 200, 60)}


def draw_scene(path: Path, seed: int) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Draw one to three discs on noise and return (class, edges as fractions) of each."""
    random = np.random.default_rng(seed)
    width, height = 160, 120
    picture = Image.fromarray(random.integers(90, 150, (height, width, 3), dtype=np.uint8))
    pen = ImageDraw.Draw(picture)
    found = []
    for place in range(1 + seed % 3):
        label = list(COLOURS)[(seed + place) % 2]
        x, y, radius = 26 + 52 * place, int(random.integers(30, 90)), int(random.integers(14, 22))
        edges = (x - radius, y - radius, x + radius, y + radius)
        pen.ellipse(edges, fill=COLOURS[label])
        scale = (width, height, width, height)
        found.append((label, tuple(edge / side for edge, side in zip(edges, scale))))
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return found  # type: ignore[return-value]


def open_studio(folder: Path) -> Any:
    """Return starlette's test client with the cookie and the Origin of the page for `folder`."""
    from starlette.testclient import TestClient

    from tinyml.studio.app import make_app
    from tinyml.studio.place import find_place
    from tinyml.studio.security import Rights
    from tinyml.studio.studio import Studio

    rights = Rights(PORT)
    client = TestClient(make_app(Studio(find_place(folder)), rights), base_url=HOME, headers={"Origin": HOME})
    client.cookies.set(rights.cookie, rights.token, domain="127.0.0.1")
    client.rights = rights
    return client
