"""The page in a real browser, without training: names, contrast and focus by axe, scripts in names, many pictures."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.example_run import write_example_run
from support.studio_browser import (
    Server,
    add_class,
    choose_detection,
    chromium,
    draw_box,
    open_page,
    until,
    wait_for_saving,
)
from support.studio_pages import draw_scene

from tinyml.data.formats.voc import read_annotation

AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"
CLASS_TO_DRAW = (
    "document.querySelector('aside[aria-label=Labels] [aria-pressed=true]').textContent.startsWith('{}')"
)
VIEWS = ("data", "label", "train", "results", "deploy", "live")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_every_view_passes_the_audit_in_light_and_dark(tmp_path: Path) -> None:
    for number in range(4):
        draw_scene(tmp_path / "pictures" / f"{number}.png", number)
    with chromium() as browser, Server(tmp_path / "pictures", tmp_path / "runs") as server:
        opened, complaints = open_page(browser, server.address)
        audit(opened, "welcome")
        choose_detection(opened)
        label_one(opened)
        run = write_example_run(tmp_path / "runs", "fruit")
        metrics = run / "metrics.json"
        found = json.loads(metrics.read_text())
        found["test"]["pictures"] = 12
        metrics.write_text(json.dumps({**found, "best_epoch": 40}))
        assert complaints == []
        for scheme, width in (("light", 1440), ("dark", 1024), ("light", 390), ("dark", 390)):
            page, _ = open_page(
                browser,
                server.address,
                color_scheme=scheme,
                viewport={"width": width, "height": 900},
                bypass_csp=True,
            )
            for view in VIEWS:
                page.evaluate(f"location.hash = '#/{view}'")
                page.wait_for_timeout(400)
                audit(page, f"{view} {scheme} {width}")
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wide <= 0, f"{view} at {width} is {wide} pixels wider than the screen"
            page.context.close()


def test_a_long_path_in_a_message_is_not_wider_than_a_phone(tmp_path: Path) -> None:
    draw_scene(tmp_path / "pictures" / "0.png", 0)
    runs = tmp_path / ("deep" * 20)
    write_example_run(runs, "fruit")  # without a network, so that looking at its pictures fails
    with chromium() as browser, Server(tmp_path / "pictures", runs) as server:
        page, _ = open_page(browser, server.address, viewport={"width": 390, "height": 844})
        choose_detection(page)
        page.evaluate("location.hash = '#/results'")
        page.wait_for_selector("#view .error")
        page.wait_for_selector(".toast.wrong")
        for place in ("#view .error", ".toast.wrong", ".toast.wrong span"):
            one = f"document.querySelector('{place}')"
            assert page.evaluate(f"{one}.scrollWidth - {one}.clientWidth") <= 0, place
            assert page.evaluate(f"{one}.getBoundingClientRect().right") <= 390, place
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def label_one(page: Any) -> None:
    page.click("#nav a[data-name=label]")
    add_class(page, "<img src=x onerror=alert(1)>")
    draw_box(page, (0.2, 0.2, 0.6, 0.7))
    wait_for_saving(page)
    until(page, "[...document.querySelectorAll('.tag-on')].some((one) => one.textContent.startsWith('<img'))")


def audit(page: Any, where: str) -> None:
    """Run axe on the page as it is; fails with what it finds."""
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })"
        ".then(({ violations }) => violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? '')).join(' | ')}`))"
    )
    assert found == [], f"{where}: " + "\n".join(found)


def test_everything_is_reached_by_keyboard_and_shows_its_focus(tmp_path: Path) -> None:
    for number in range(6):
        draw_scene(tmp_path / "pictures" / f"{number}.png", number)
    with chromium() as browser, Server(tmp_path / "pictures", tmp_path / "runs") as server:
        page, _ = open_page(browser, server.address)
        choose_detection(page)
        seen = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            name, outline = page.evaluate(
                "(() => { const e = document.activeElement; const s = getComputedStyle(e); return [e === document.body ? '' : e.getAttribute('aria-label') ?? e.textContent.trim(), s.outlineStyle]; })()"
            )
            seen.add(name)
            assert outline != "none" or name == "", f"no focus shown on {name}"
        assert {"Data", "Label", "Add pictures", "Camera", "Light or dark"} <= seen
        tile = page.locator(".tile[tabindex='0']")
        tile.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press(" ")
        assert page.locator(".tile[aria-selected='true']").count() == 1
        page.keyboard.press("Delete")
        until(page, "document.querySelectorAll('.tile:not([hidden])').length === 5")
        page.keyboard.press("Control+z")
        until(page, "document.querySelectorAll('.tile:not([hidden])').length === 6")
        assert len(list((tmp_path / "pictures").glob("*.png"))) == 6


def test_a_session_is_ended_once_its_last_frame_has_been_looked_at(tmp_path: Path) -> None:
    draw_scene(tmp_path / "pictures" / "0.png", 0)
    write_example_run(tmp_path / "runs", "fruit")
    session = {"running": True, "error": "", "cure": "", "source": "host", "run": "fruit"}
    seen = {"number": 1, "seen": [], "latency_us": None, "fps": None, "frame": True}
    asked: list[str] = []
    held: list[Any] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url.split("/api/")[1].split("?")[0])
        if asked[-1] == "live/frame":
            held.append(route)
        else:
            route.fulfill(json={**session, "look": seen if asked[-1] == "live" else None})

    with chromium() as browser, Server(tmp_path / "pictures", tmp_path / "runs") as server:
        page, complaints = open_page(browser, server.address)
        choose_detection(page)
        page.route(re.compile("/api/live"), answer)
        page.click("#nav a[data-name=live]")
        page.get_by_label("Source").select_option("host")
        page.get_by_role("button", name="Start").click()
        while not held:
            page.wait_for_timeout(20)
        page.get_by_role("button", name="Stop", exact=True).click()
        page.get_by_role("button", name="Start").click()
        page.wait_for_timeout(300)
        assert asked == ["live/begin", "live", "live/frame"], "the frame on its way is waited for"
        held[0].fulfill(status=204)
        while asked.count("live/begin") < 2:
            page.wait_for_timeout(20)
        assert asked[3:5] == ["live/end", "live/begin"]
        page.get_by_role("button", name="Stop", exact=True).click()
        assert complaints == []


def test_of_many_pictures_only_those_in_view_are_in_the_page(tmp_path: Path) -> None:
    draw_scene(tmp_path / "pictures" / "000.png", 0)
    first = (tmp_path / "pictures" / "000.png").read_bytes()
    for number in range(1, 600):
        (tmp_path / "pictures" / f"{number:03}.png").write_bytes(first)
    with chromium() as browser, Server(tmp_path / "pictures", tmp_path / "runs") as server:
        page, complaints = open_page(browser, server.address)
        choose_detection(page)
        page.reload()  # the grid is drawn for the first time with its pictures
        page.wait_for_selector(".tile")
        assert page.locator(".tile").count() < 60
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        until(page, "[...document.querySelectorAll('.tile')].some((tile) => tile.dataset.name === '599.png')")
        assert page.locator(".tile").count() < 60 and complaints == []


def test_the_next_box_is_of_the_class_that_the_model_sees_most_of(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    for number in range(2):
        draw_scene(folder / f"{number}.png", number)
    seen = [("apple", 0.2, 0.9), ("lime", 0.5, 0.8), ("lime", 0.8, 0.7)]
    objects = [{"label": kind, "x": x, "y": 0.5, "score": score} for kind, x, score in seen]
    with chromium() as browser, Server(folder, tmp_path / "runs") as server:
        page, complaints = open_page(browser, server.address)
        choose_detection(page)
        page.click("#nav a[data-name=label]")
        for name in ("apple", "lime", "pear"):
            add_class(page, name)
        (folder / ".tinyml" / "suggestions.json").write_text(
            json.dumps({"run": "fruit", "pictures": {"0.png": objects}})
        )
        page.reload()
        until(page, "document.querySelectorAll('.box.suggested').length === 3")
        until(page, CLASS_TO_DRAW.format("lime"))
        page.mouse.move(2, 2)
        page.keyboard.press("3")
        until(page, CLASS_TO_DRAW.format("pear"))
        draw_box(page, (0.3, 0.05, 0.4, 0.15))
        wait_for_saving(page)
        page.keyboard.press("Enter")
        until(page, "document.querySelector('.stage').dataset.ready === '1.png'")
        until(page, CLASS_TO_DRAW.format("pear"))  # where nothing is suggested it stays
        assert complaints == []
    objects_there = read_annotation(folder / "0.xml")[0]
    assert sorted(one.name for one in objects_there) == ["apple", "lime", "lime", "pear"]


def test_several_pictures_are_accepted_at_once_but_for_the_marked(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    for number in range(13):
        draw_scene(folder / f"{number:02}.png", number)
    seen = {
        f"{number:02}.png": [{"label": "lime", "x": 0.2, "y": 0.5, "score": 0.9 - 0.01 * number}]
        for number in range(1, 13)
    }
    with chromium() as browser, Server(folder, tmp_path / "runs") as server:
        page, complaints = open_page(browser, server.address)
        choose_detection(page)
        page.click("#nav a[data-name=label]")
        add_class(page, "apple")
        add_class(page, "lime")
        (folder / ".tinyml" / "suggestions.json").write_text(json.dumps({"run": "fruit", "pictures": seen}))
        page.reload()
        until(page, "document.querySelector('.stage')?.dataset.ready === '00.png'")
        page.keyboard.press("ArrowRight")
        page.get_by_role("button", name="Several at once").click()
        names = "[...document.querySelectorAll('.several-tiles button')].map((tile) => tile.dataset.name)"
        assert page.evaluate(names) == [f"{number:02}.png" for number in range(1, 10)]
        audit(page, "several pictures")
        page.keyboard.press("2")
        page.locator(".several-tiles button").nth(4).click()
        assert page.locator(".several-tiles [aria-pressed=true]").count() == 2
        page.keyboard.press("Enter")
        until(page, f"{names}.length === 3")
        assert page.evaluate(names) == ["10.png", "11.png", "12.png"]
        assert len(list(folder.glob("*.xml"))) == 7
        page.keyboard.press("Control+z")
        until(page, f"{names}.length === 9")
        assert not list(folder.glob("*.xml"))
        page.keyboard.press("Control+Shift+z")
        until(page, f"{names}.length === 3")
        for key in ("1", "2", "Enter"):  # one of three is right
            page.keyboard.press(key)
        until(page, "document.querySelector('.stage')?.getBoundingClientRect().width > 50")
        until(page, "document.querySelectorAll('.box.suggested').length === 0")
        assert {path.stem for path in folder.glob("*.xml")} == {
            "01",
            "03",
            "04",
            "06",
            "07",
            "08",
            "09",
            "12",
        }
        assert complaints == []


def test_touch_draws_and_two_fingers_zoom(tmp_path: Path) -> None:
    draw_scene(tmp_path / "pictures" / "0.png", 0)
    with chromium() as browser, Server(tmp_path / "pictures", tmp_path / "runs") as server:
        page, complaints = open_page(
            browser,
            server.address,
            viewport={"width": 390, "height": 844},
            has_touch=True,
            is_mobile=True,
        )
        page.get_by_text("Find and count objects").tap()
        page.wait_for_selector(".tile")
        page.tap("#nav a[data-name=label]")
        page.get_by_role("button", name="New class").tap()
        page.get_by_label("Name").fill("apple")
        page.get_by_role("button", name="Add", exact=True).tap()
        page.wait_for_selector("dialog", state="detached")
        page.evaluate("scrollTo(0, 0)")
        area = page.locator(".stage .sheet").bounding_box()
        page.touchscreen.tap(area["x"] + area["width"] * 0.4, area["y"] + area["height"] * 0.5)
        until(page, "document.querySelectorAll('.box').length === 1")
        wait_for_saving(page)
        touch = page.context.new_cdp_session(page)
        x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
        for kind, apart in (("touchStart", 20), ("touchMove", 60), ("touchMove", 90)):
            points = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert page.locator(".stage .sheet").bounding_box()["width"] > 2 * area["width"]
        assert page.locator(".box").count() == 1 and complaints == []
        assert (tmp_path / "pictures" / "0.xml").is_file()
