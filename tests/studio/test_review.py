"""The queue of labels to look at again, in a real browser: likeliest first, with the reason, gone once corrected."""

import json
from pathlib import Path

import pytest
from support.studio_browser import Server, chromium, open_page, until, wait_for_saving
from support.studio_pages import draw_scene

from tinyml.data.formats.voc import read_annotation
from tinyml.data.samples import Box
from tinyml.data.voc_file import VocObject, voc_bytes
from tinyml.vision.suspects import Suspect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_suspects_come_likeliest_first_and_go_when_they_are_corrected(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    for number in range(6):
        picture = folder / f"{number}.png"
        objects = [VocObject(name, Box(0, *edges)) for name, edges in draw_scene(picture, number)]
        picture.with_suffix(".xml").write_bytes(voc_bytes("", picture.name, 160, 120, objects))
    edges = (0.1, 0.1, 0.4, 0.4)
    suspects = [
        Suspect("swapped", 4, "apple", "lime", edges, 0.97).row(str(folder / "4.png"), "train"),
        Suspect("missing", 1, "apple", "apple", edges, 0.8).row(str(folder / "1.png"), "train"),
    ]
    check = folder / ".tinyml" / "check" / "check.json"
    check.parent.mkdir(parents=True)
    check.write_text(json.dumps({"suspects": suspects, "near_duplicates": []}))
    with chromium() as browser, Server(folder, tmp_path / "runs") as server:
        page, complaints = open_page(browser, server.address)
        page.click("#nav a[data-name=label]")
        page.get_by_role("button", name="To check").click()
        until(page, "document.querySelector('.stage').dataset.ready === '4.png'")
        assert "wrong class (apple → lime), 97 % sure" in page.locator(".notice").inner_text()
        page.locator(".box").first.focus()
        label = read_annotation(folder / "4.xml")[0][0].name
        page.keyboard.press("2" if label == "apple" else "1")
        wait_for_saving(page)
        assert read_annotation(folder / "4.xml")[0][0].name != label
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        until(page, "document.querySelector('.stage').dataset.ready === '1.png'")
        assert "an object without a box (apple), 80 % sure" in page.locator(".notice").inner_text()
        page.click("#nav a[data-name=data]")
        until(page, "document.querySelectorAll('.flag:not([hidden])').length === 1")
        page.reload()  # what was corrected after the check is no suspect any more
        page.click("#nav a[data-name=label]")
        page.get_by_role("button", name="To check").click()
        until(page, "document.querySelector('.stage').dataset.ready === '1.png'")
        assert complaints == []
