"""Labels survive kill -9 of the server and of the browser at random moments: nothing but the last stroke is lost."""

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from support.studio_browser import (
    Server,
    add_class,
    browser_path,
    choose_detection,
    draw_box,
    open_page,
    until,
    wait_for_saving,
)
from support.studio_pages import draw_scene

from tinyml.data.formats.voc import read_annotation
from tinyml.data.layout import find_tree

PICTURES = 30
MOMENTS = 20
STROKES = (2, 5)  # strokes before the next kill
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_nothing_but_the_last_stroke_is_lost(tmp_path: Path) -> None:
    browser_path()
    from playwright.sync_api import sync_playwright

    seed = int(os.environ.get("TINYML_SEED", time.time_ns() % 2**32))
    dice = random.Random(seed)
    folder = tmp_path / "pictures"
    for number in range(PICTURES):
        draw_scene(folder / f"{number:02}.png", number)
    saved: dict[str, int] = {}  # picture: boxes that the page was told are saved
    with Server(folder, tmp_path / "runs") as server, sync_playwright() as playwright:
        browser = launch(playwright)
        page = opened(browser, server, first=True)
        for moment in range(MOMENTS):
            name = f"{dice.randrange(PICTURES):02}.png"
            show(page, name)
            strokes = dice.randint(*STROKES)
            for stroke in range(strokes):
                edges = dice.uniform(0.05, 0.45), dice.uniform(0.05, 0.45)
                draw_box(page, (*edges, edges[0] + 0.4, edges[1] + 0.4))
                if stroke < strokes - 1:  # the last is in hand when the kill comes
                    page.keyboard.press("Escape")
                    wait_for_saving(page)
                    saved[name] = len(objects_of(folder / name))
            time.sleep(dice.uniform(0, 0.05))
            if moment % 2:
                kill_browser(browser)
                browser = launch(playwright)
            else:
                server.kill(signal.SIGKILL)
                browser.close()
                server.start()
                browser = launch(playwright)
            page = opened(browser, server)
            check(folder, saved, name, f"seed {seed}, moment {moment}")
            saved[name] = len(objects_of(folder / name))
        browser.close()


def launch(playwright: Any) -> Any:
    return playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])


def kill_browser(browser: Any) -> None:
    """Kill the browser and all of its processes, which are those whose command line names its own profile."""
    session = browser.new_browser_cdp_session()
    pids = [row["id"] for row in session.send("SystemInfo.getProcessInfo")["processInfo"]]
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def opened(browser: Any, server: Server, first: bool = False) -> Any:
    page, _ = open_page(browser, server.address)
    if first:
        choose_detection(page)
        page.click("#nav a[data-name=label]")
        add_class(page, "apple")
    return page


def show(page: Any, name: str) -> None:
    page.evaluate(f"location.hash = '#/label/{name}'")
    until(page, f"document.querySelector('.stage .name')?.textContent.startsWith('{name}')")
    until(page, "document.querySelector('.stage .sheet').getBoundingClientRect().width > 50")


def objects_of(picture: Path) -> tuple[Any, ...]:
    return read_annotation(picture.with_suffix(".xml"))[0] if picture.with_suffix(".xml").is_file() else ()


def check(folder: Path, saved: dict[str, int], last: str, where: str) -> None:
    """Every file of the set is whole, every saved stroke is there, and only the last picture may have one more."""
    tree = find_tree(folder)  # not the hidden temporary file of the stroke in hand
    for file in tree.with_suffixes(".xml"):
        read_annotation(tree.path(file))  # raises where it is half written
    for name, count in saved.items():
        found = len(objects_of(folder / name))
        assert count <= found <= count + (name == last), (
            f"{where}: {name} has {found} boxes, {count} were saved"
        )
