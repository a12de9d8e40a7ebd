"""How fast the studio's grid is with many pictures: until it opens, and the longest stall while it scrolls.

    python tools/benchmark_studio.py --pictures 10000

Draws the pictures and their Pascal VOC files into a temporary folder, starts the server, and asks the system's Chromium:
the time from a new tab to the first screen of thumbnails, of a folder that nobody has opened before, after that, and by a
server that has been started again; the frames of a scroll through everything; the memory of the server and of the page.
Beside each time stand the seconds of processor that the server and the browser took for it, and the load average before:
where others work on the same processors, a time says more about them than about the studio.
"""

import argparse
import io
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.studio_browser import Server, chromium, open_page  # noqa: E402

XML = (
    "<annotation><filename>{name}.jpg</filename><size><width>320</width><height>240</height><depth>3</depth></size>"
    "{objects}</annotation>"
)
OBJECT = (
    "<object><name>{label}</name><bndbox><xmin>{x}</xmin><ymin>{y}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox>"
    "</object>"
)
# Resolves once the tiles of the first screen show their pictures, with when the list of pictures came and how many tiles exist.
SCREEN = """() => new Promise((done) => {
  const look = () => {
    const tiles = [...document.querySelectorAll('.tile:not([hidden])')].filter((tile) => tile.getBoundingClientRect().top < innerHeight);
    const images = tiles.map((tile) => tile.querySelector('img'));
    if (images.length <= 8 || !images.every((image) => image.complete && image.naturalWidth > 0)) return requestAnimationFrame(look);
    const list = performance.getEntriesByType('resource').find((entry) => entry.name.includes('/api/pictures'));
    requestAnimationFrame(() => done({ list_s: list.responseEnd / 1000, page_s: performance.now() / 1000 }));
  };
  look();
})"""
SCROLL = """() => new Promise((done) => {
  const frames = []; let last = performance.now(); const end = document.documentElement.scrollHeight - innerHeight; let at = 0;
  const step = (now) => { frames.push(now - last); last = now; at += Math.max(120, end / 600); scrollTo(0, at);
    if (at < end) requestAnimationFrame(step); else done(frames.slice(1)); };
  requestAnimationFrame(step);
})"""


def draw(folder: Path, count: int) -> None:
    """Write `count` photographs' worth of bytes, each with one to four boxes."""
    random = np.random.default_rng(0)
    encoded = []
    for _ in range(16):
        small = Image.fromarray(random.integers(0, 256, (12, 16, 3), dtype=np.uint8))
        stream = io.BytesIO()
        small.resize((320, 240), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=85)
        encoded.append(stream.getvalue())
    for number in range(count):
        name = f"{number:05}"
        (folder / f"{name}.jpg").write_bytes(encoded[number % 16] + number.to_bytes(4, "big"))
        boxes = [random.integers(0, 120, 2) for _ in range(1 + number % 4)]
        objects = "".join(
            OBJECT.format(label=f"class {number % 5}", x=x, y=y, right=x + 90, bottom=y + 80)
            for x, y in boxes
        )
        (folder / f"{name}.xml").write_text(XML.format(name=name, objects=objects))


def cpu_seconds(pid: int) -> float:
    """Return the seconds of processor that a process has taken, as Linux tells it; 0 where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def below(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they did."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            found += [child, *below(child)]
    return found


def browser_cpu_seconds(server: Server) -> float:
    """Return the seconds of processor of the browser and what drives it: of all processes but the server."""
    own = {server.process.pid, *below(server.process.pid)}
    return sum(cpu_seconds(pid) for pid in below(os.getpid()) if pid not in own)


def opened(browser: Any, server: Server) -> tuple[Any, dict[str, float]]:
    """Open the page in a new tab; return it and what it took until the first screen of thumbnails was there."""
    load = os.getloadavg()[0]
    before = cpu_seconds(server.process.pid), browser_cpu_seconds(server)
    started = time.perf_counter()
    page, _ = open_page(browser, server.address)
    marks = page.evaluate(SCREEN)
    found = {
        "open_s": time.perf_counter() - started,
        **marks,
        "server_cpu_s": cpu_seconds(server.process.pid) - before[0],
        "browser_cpu_s": browser_cpu_seconds(server) - before[1],
        "load_average": load,
    }
    while page.evaluate("fetch('/api/state').then((a) => a.json()).then((s) => s.pending)"):
        time.sleep(1.0)  # each question holds up the reading
    found["all_labels_read_s"] = time.perf_counter() - started
    return page, {name: round(value, 2) for name, value in found.items()}


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB, as Linux tells it."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=10_000)
    count = parser.parse_args().pictures
    with tempfile.TemporaryDirectory() as temporary, chromium() as browser:
        folder = Path(temporary) / "pictures"
        folder.mkdir()
        draw(folder, count)
        runs = Path(temporary) / "runs"
        found: dict[str, Any] = {"pictures": count}
        with Server(folder, runs) as server:
            for turn in ("first", "second"):
                page, found[turn] = opened(browser, server)
                page.context.close()
        with Server(folder, runs) as server:
            page, found["started_again"] = opened(browser, server)
            frames = sorted(page.evaluate(SCROLL))
            found["scroll_frames"] = len(frames)
            found["scroll_median_ms"] = round(frames[len(frames) // 2], 1)
            found["scroll_p99_ms"] = round(frames[int(len(frames) * 0.99)], 1)
            found["scroll_longest_ms"] = round(frames[-1], 1)
            found["tiles_in_the_page"] = page.evaluate("document.querySelectorAll('.tile').length")
            found["page_heap_mb"] = round(page.evaluate("performance.memory.usedJSHeapSize") / 1e6, 1)
            found["server_resident_mb"] = round(resident_mb(server.process.pid), 1)
            print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
