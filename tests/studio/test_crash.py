"""Labels survive kill -9 of the server and of the browser at random moments: nothing but the last stroke is lost."""

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from support.studio_browser import Server, browser_path, draw_box, open_page, until
from support.studio_pages import draw_scene

from tinyml.data.formats.voc import read_annotation

PICTURES = 30
MOMENTS = 20
STROKES = (2, 5)  # strokes before the next kill
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_nothing_but_the_last_stroke_is_lost(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    seed = int(os.environ.get("TINYML_SEED", time.time_ns() % 2**32))
    dice = random.Random(seed)
    folder = tmp_path / "pictures"
    for number in range(PICTURES):
        draw_scene(folder / f"{number:02}.png", number)
    server = Server(folder, tmp_path / "runs")
    saved: dict[str, int] = {}  # picture: boxes that the page was told are saved
    with sync_playwright() as playwright:
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
                    until(page, "document.getElementById('saved')?.textContent === 'Saved'")
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
    server.kill()


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
        page.get_by_text("Find and count objects").click()
        page.wait_for_selector(".tile")
        page.click("#nav a[data-name=label]")
        page.get_by_role("button", name="New class").click()
        page.get_by_label("Name").fill("apple")
        page.get_by_role("button", name="Add", exact=True).click()
        page.wait_for_selector("dialog", state="detached")
    return page


def show(page: Any, name: str) -> None:
    page.evaluate(f"location.hash = '#/label/{name}'")
    until(page, f"document.querySelector('.stage .name')?.textContent.startsWith('{name}')")
    until(page, "document.querySelector('.stage .sheet').getBoundingClientRect().width > 50")


def objects_of(picture: Path) -> tuple[Any, ...]:
    return read_annotation(picture.with_suffix(".xml"))[0] if picture.with_suffix(".xml").is_file() else ()


def check(folder: Path, saved: dict[str, int], last: str, where: str) -> None:
    """Every file is whole, every saved stroke is there, and only the last picture may have one more."""
    for path in folder.glob("*.xml"):
        read_annotation(path)  # raises where it is half written
    for name, count in saved.items():
        found = len(objects_of(folder / name))
        assert count <= found <= count + (name == last), (
            f"{where}: {name} has {found} boxes, {count} were saved"
        )
