"""The pictures of docs/studio.md, and every view at three widths, light and dark, for a person to look at.

    python tools/studio_pictures.py PICTURES RUNS --run NAME            # docs/studio-*.webp
    python tools/studio_pictures.py PICTURES RUNS --run NAME --all DIR  # all views, widths and schemes as PNG

PICTURES is a labelled set with boxes, RUNS the folder of a finished run that is exported for the ESP32-CAM.
"""

import argparse
import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.studio_browser import Server, chromium, open_page  # noqa: E402

VIEWS = ("data", "label", "train", "results", "deploy", "live")
WIDTHS = {1440: 900, 1024: 768, 390: 844}
SETTLED_MS = 2500
LONG_MS = 600_000


def show(page: Any, view: str, run: str) -> None:
    """Go to a view and wait until it is drawn."""
    page.evaluate(f"location.hash = '#/{view}{'' if view in ('data', 'label', 'train') else '/' + run}'")
    page.wait_for_selector("#view .card", timeout=LONG_MS)
    if view == "results":
        page.wait_for_selector("#figures", timeout=LONG_MS)
    if view == "live":
        page.get_by_label("Source").select_option("host")
        page.get_by_role("button", name="Start").click()
        page.wait_for_selector("#counts", timeout=LONG_MS)
        page.get_by_role("button", name="Line").click()
        for _ in range(LONG_MS // 500):
            if not page.get_by_role("button", name="Keep this frame").is_disabled():
                break
            page.wait_for_timeout(500)
    page.wait_for_timeout(SETTLED_MS)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--run", required=True)
    parser.add_argument("--all", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    widths = WIDTHS if arguments.all else {1440: 900}
    with chromium() as browser, Server(arguments.pictures, arguments.runs) as server:
        for scheme in ("light", "dark") if arguments.all else ("light",):
            for width, height in widths.items():
                size = {"width": width, "height": height}
                page, complaints = open_page(browser, server.address, viewport=size, color_scheme=scheme)
                for view in VIEWS:
                    show(page, view, arguments.run)
                    picture = Image.open(io.BytesIO(page.screenshot()))
                    if arguments.all:
                        picture.save(arguments.all / f"{view}-{width}-{scheme}.png")
                    else:
                        smaller = picture.resize((1120, 700), Image.Resampling.LANCZOS)
                        smaller.save(ROOT / "docs" / f"studio-{view}.webp", quality=82, method=6)
                page.get_by_role("button", name="Stop", exact=True).click()
                page.wait_for_timeout(1000)
                assert not complaints, complaints
                page.context.close()


if __name__ == "__main__":
    main()
