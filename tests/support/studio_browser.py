"""The studio in a real browser: a server in a process of its own, and the system's Chromium, driven by Playwright."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
START_S = 60.0


def browser_path() -> str:
    """Return the system's Chromium; skips in words where there is none, or no Playwright."""
    pytest.importorskip("starlette", reason="the studio needs tinyml[studio]")
    pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install playwright")
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium: run tools/install_debian.sh")
    return found


class Server:
    """`tinyml studio FOLDER` as a process; `address` opens the page."""

    def __init__(self, folder: Path, runs: Path) -> None:
        self.folder, self.runs = folder, runs
        self.start()

    def start(self, port: int = 0) -> None:
        command = [
            sys.executable,
            "-m",
            "tinyml.cli",
            "studio",
            str(self.folder),
            "--no-browser",
            "--port",
            str(port),
        ]
        environment = {**os.environ, "TINYML_RUNS": str(self.runs), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env=environment,
            start_new_session=True,
        )
        self.said: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()
        deadline = time.monotonic() + START_S
        while not (found := re.search(r"http://\S+", "".join(self.said))):
            assert self.process.poll() is None and time.monotonic() < deadline, "".join(self.said)
            time.sleep(0.02)
        self.address = found.group(0)
        match = re.search(r":(\d+)/", self.address)
        assert match
        self.port = int(match.group(1))

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End the server's process alone: jobs are processes of their own."""
        self.process.send_signal(number)
        self.process.wait(30)


@contextmanager
def chromium(camera: Path | None = None) -> Iterator[Any]:
    """Give a browser whose webcam shows Chromium's own test picture, or an .mjpeg file; it is closed at the end."""
    path = browser_path()
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    flags += [f"--use-file-for-fake-video-capture={camera}"] if camera else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield browser
        finally:
            browser.close()


def open_page(browser: Any, address: str, **options: Any) -> tuple[Any, list[str]]:
    """Return a page at the studio's address and the list that takes what its console complains about."""
    page = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options}).new_page()
    complaints: list[str] = []

    def complain(line: Any) -> None:
        if line.type in ("error", "warning"):
            complaints.append(f"{line.text} ({line.location['url']})")

    page.on("console", complain)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.wait_for_selector("#nav a[aria-current]")
    return page, complaints


def box_on_screen(page: Any, edges: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return where a box, in fractions of the picture, lies on the screen of the labelling view."""
    area = page.locator(".stage .sheet").bounding_box()
    left, top, right, bottom = edges
    x, y, wide, high = area["x"], area["y"], area["width"], area["height"]
    return x + left * wide, y + top * high, x + right * wide, y + bottom * high


def draw_box(page: Any, edges: tuple[float, float, float, float]) -> None:
    """Drag a box over the picture with the mouse."""
    left, top, right, bottom = box_on_screen(page, edges)
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move((left + right) / 2, (top + bottom) / 2)
    page.mouse.move(right, bottom)
    page.mouse.up()


def choose_detection(page: Any) -> None:
    """Answer what the empty folder's page asks first, and wait for the pictures."""
    page.get_by_text("Find and count objects").click()
    page.wait_for_selector(".tile")


def add_class(page: Any, name: str) -> None:
    """Name a new class in the labelling view."""
    page.get_by_role("button", name="New class").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_selector("dialog", state="detached")


def wait_for_saving(page: Any) -> None:
    """Wait until the page says that the last stroke is saved."""
    until(page, "document.getElementById('saved')?.textContent === 'Saved'")


def until(page: Any, expression: str, patience_s: float = 30.0) -> None:
    """Wait until an expression is true in the page, whose own policy lets no string be evaluated from inside it."""
    deadline = time.monotonic() + patience_s
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"not true after {patience_s:g} s: {expression}"
        page.wait_for_timeout(30)
