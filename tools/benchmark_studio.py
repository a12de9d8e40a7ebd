"""How fast the studio's grid is with many pictures: until it opens, and the longest stall while it scrolls.

    python tools/benchmark_studio.py --pictures 10000

Draws the pictures and their Pascal VOC files into a temporary folder, starts the server, and asks the system's Chromium:
the time from the request of the page to the first screen of thumbnails, anew and again; the frames of a scroll through
everything; the memory of the server and of the page.
"""

import argparse
import io
import json
import sys
import tempfile
import time
from pathlib import Path

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
SCREEN = (
    "document.querySelectorAll('.tile:not([hidden]) img').length > 8 && "
    "[...document.querySelectorAll('.tile:not([hidden])')].filter((tile) => tile.getBoundingClientRect().top < innerHeight)"
    ".every((tile) => tile.querySelector('img').complete && tile.querySelector('img').naturalWidth > 0)"
)
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
        with Server(folder, Path(temporary) / "runs") as server:
            found: dict[str, float] = {"pictures": count}
            for turn in ("first", "second"):
                started = time.perf_counter()
                page, _ = open_page(browser, server.address)
                while not page.evaluate(SCREEN):
                    time.sleep(0.01)
                found[f"{turn}_open_s"] = round(time.perf_counter() - started, 2)
                while page.evaluate("fetch('/api/state').then((a) => a.json()).then((s) => s.pending)"):
                    time.sleep(0.1)
                if turn == "first":
                    found["all_labels_read_s"] = round(time.perf_counter() - started, 2)
                    page.context.close()
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
