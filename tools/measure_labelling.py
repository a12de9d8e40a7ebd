"""How many actions labelling takes with a model's suggestions, against drawing every box: counted in the real page.

    python tools/measure_labelling.py runs/fruit --data DIR

Takes up to 60 test pictures with one to five objects of the set that a run was trained on, without their labels, beside the
labelled training pictures, lets the run pre-fill them, and goes through all of them twice as a person would who makes no
mistakes: once by hand (a class key where the class changes, a drag for each box, a key for the next picture), once with
suggestions: first several pictures at once (a key for each that is not right, Enter for the others), as long as the page goes on so,
then the rest one by one (a class key over each of the wrong class; a click for each other wrong one; for each missing one a class
key where the page says another, and a click, or a drag in another box; Enter). A key, a click and a drag are one action each. The
truth are the labels of the kind that the run learned, original or audited. A suggestion is right where a detection is: its centre lies in a
box of its class that no better one has taken. In the end each file must hold as many boxes of each class as the truth.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.labelling import Truth, corrections, truth_of  # noqa: E402
from support.studio_browser import (  # noqa: E402
    Server,
    box_on_screen,
    chromium,
    draw_box,
    open_page,
    until,
    wait_for_saving,
)

from tinyml.data import Dataset, Sample  # noqa: E402
from tinyml.data.formats.voc import read_annotation  # noqa: E402
from tinyml.data.pictures import picture_size  # noqa: E402
from tinyml.data.voc_file import VocObject, voc_bytes  # noqa: E402
from tinyml.workflow.pictures import dataset_of  # noqa: E402
from tinyml.workflow.run import load_run  # noqa: E402

MOST_PICTURES = 60
LONG_S = 900.0
TILES = "document.querySelectorAll('.several-tiles button')"
SEVERAL = """() => [...document.querySelectorAll('.several-tiles button')].map((tile) => ({ name: tile.dataset.name,
  said: [...tile.querySelectorAll('i')].map(({ style, textContent }) => {
    const [left, top, width, height] = ['left', 'top', 'width', 'height'].map((side) => parseFloat(style[side]) / 100);
    return { label: textContent, x: left + width / 2, y: top + height / 2 };
  }) }))"""
CLASS_TO_DRAW = "aside[aria-label=Labels] section:first-child [aria-pressed=true]"


def chosen(dataset: Dataset) -> list[Sample]:
    """Return test pictures of one to five objects, in the order in which the page shows them."""
    found = [sample for sample in dataset.test if 1 <= len(sample.boxes) <= 5]
    return sorted(found, key=lambda sample: sample.path.name)[:MOST_PICTURES]


class Hand:
    """A person's hand: every action is counted."""

    def __init__(self, page: Any, classes: list[str]) -> None:
        self.page, self.classes = page, classes
        self.did: Counter[str] = Counter()

    @property
    def actions(self) -> int:
        return self.did.total()

    def key(self, name: str, what: str) -> None:
        self.page.keyboard.press(name)
        self.did[what] += 1

    def choose(self, label: str) -> None:
        if label != self.page.locator(CLASS_TO_DRAW).inner_text().split("\n")[0]:
            self.page.mouse.move(2, 2)  # over a suggestion the key would be its class
            self.key(str(self.classes.index(label) + 1), "class key")

    def draw(self, edges: Any) -> None:
        draw_box(self.page, edges)
        self.did["drag"] += 1

    def point(self, edges: Any) -> None:
        left, top, right, bottom = box_on_screen(self.page, edges)
        middle = [(left + right) / 2, (top + bottom) / 2]
        if self.page.evaluate("([x, y]) => !!document.elementFromPoint(x, y)?.closest('.box')", middle):
            self.draw(edges)  # a click there would select the box that is there
            return
        self.page.mouse.click(*middle)
        self.did["click"] += 1

    def drop(self, place: int) -> None:
        """Click a suggestion away."""
        self.page.mouse.click(*self.spot(place))
        self.did["drop"] += 1

    def rename(self, place: int, label: str) -> None:
        """Give a suggestion another class, by a key over it; it is the class of the next box then."""
        self.page.mouse.move(*self.spot(place))
        self.key(str(self.classes.index(label) + 1), "rename")

    def spot(self, place: int) -> list[float]:
        """Return a place on the screen where a suggestion is not under another."""
        middle: list[float] | None = self.page.evaluate(
            """(place) => {
              const area = document.querySelector(`.box.suggested[data-place="${place}"] .shape`).getBoundingClientRect();
              for (let step = 0; step < 400; step++) {
                const x = area.left + area.width * (0.03 + 0.94 * ((step * 7) % 20) / 19), y = area.top + area.height * (0.03 + 0.94 * Math.floor(step / 20) / 19);
                if (document.elementFromPoint(x, y)?.closest('.box')?.dataset.place === String(place)) return [x, y];
              }
              return null;
            }""",
            place,
        )
        assert middle is not None, "a suggestion lies wholly under another"
        return middle

    def suggested(self) -> list[dict[str, Any]]:
        """Return what the page suggests, the surest first: the class and the centre of each."""
        found: list[dict[str, Any]] = self.page.evaluate(
            """() => {
              const sheet = document.querySelector('.stage .sheet').getBoundingClientRect();
              return [...document.querySelectorAll('.box.suggested')].map((box) => {
                const area = box.querySelector('.shape').getBoundingClientRect();
                return { label: box.querySelector('text').textContent.replace(/\\?$/, ''),
                  x: (area.left + area.width / 2 - sheet.left) / sheet.width, y: (area.top + area.height / 2 - sheet.top) / sheet.height };
              });
            }"""
        )
        return found


def arrive(page: Any, name: str) -> None:
    """Wait until the page has gone on to a picture by itself."""
    until(page, f"document.querySelector('.stage')?.dataset.ready === {json.dumps(name)}")


def by_hand(hand: Hand, truth: Truth) -> None:
    for label, edges in truth:
        hand.choose(label)
        hand.draw(edges)
        wait_for_saving(hand.page)
        hand.page.evaluate("document.activeElement.blur()")
    hand.key("Enter", "next")


def with_suggestions(hand: Hand, truth: Truth) -> None:
    said = hand.suggested()
    points = [(one["label"], one["x"], one["y"]) for one in said]
    renamed, dropped, missing = corrections(points, truth)
    for place, box in renamed.items():
        hand.rename(place, truth[box][0])
    for place in dropped:  # the last first: those before it keep their places
        hand.drop(place)
    for place in missing:
        hand.choose(truth[place][0])
        hand.point(truth[place][1])
        wait_for_saving(hand.page)
    hand.key("Enter", "next")


def several_at_once(hand: Hand, truths: dict[str, Truth]) -> list[str]:
    """Accept what is right, several pictures at once, until the page shows one again; return their names."""
    accepted: list[str] = []
    hand.key("s", "several at once")
    until(hand.page, f"{TILES}.length > 0", LONG_S)
    while tiles := hand.page.evaluate(SEVERAL):
        for place, tile in enumerate(tiles):
            points = [(one["label"], one["x"], one["y"]) for one in tile["said"]]
            if any(corrections(points, truths[tile["name"]])):
                hand.key(str(place + 1), "mark")
            else:
                accepted.append(tile["name"])
        hand.key("Enter", "next")
        until(hand.page, f"{TILES}[0]?.dataset.name !== {json.dumps(tiles[0]['name'])}")
    return accepted


def count(folder: Path, runs: Path, run: str, dataset: Dataset, samples: list[Sample], helped: bool) -> Hand:
    """Label all pictures in the page and return the hand that did it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for sample in [*dataset.train, *samples]:
        shutil.copyfile(sample.path, folder / sample.path.name)
    for sample in dataset.train:
        objects = [VocObject(dataset.box_classes[box.label], box) for box in sample.boxes]
        path = (folder / sample.path.name).with_suffix(".xml")
        path.write_bytes(voc_bytes("", sample.path.name, *picture_size(sample.path), objects))
    classes = list(dataset.box_classes)
    with chromium() as browser, Server(folder, runs) as server:
        page, complaints = open_page(browser, server.address)
        asked = "(path, body) => fetch(path, { method: 'POST', body: JSON.stringify(body) }).then((a) => a.json())"
        for choice in ({"task": "detect"}, {"classes": classes}):
            page.evaluate(f"([path, body]) => ({asked})(path, body)", ["/api/choose", choice])
        if helped:
            page.evaluate(
                f"([path, body]) => ({asked})(path, body)", ["/api/jobs", {"kind": "suggest", "run": run}]
            )
            until(page, "fetch('/api/suggestions').then((a) => a.json()).then((s) => s.run !== '')", LONG_S)
        page.reload()
        page.wait_for_selector("#nav a[aria-current]")
        hand = Hand(page, classes)
        page.click("#nav a[data-name=label]")
        arrive(page, samples[0].path.name)
        truths = {sample.path.name: truth_of(dataset, sample) for sample in samples}
        accepted = several_at_once(hand, truths) if helped else []
        for name, truth in truths.items():
            if name in accepted:
                continue
            arrive(page, name)
            if helped and page.locator(".box.suggested").count():
                with_suggestions(hand, truth)
            else:
                by_hand(hand, truth)
        page.wait_for_timeout(500)
        assert not complaints, complaints
    for sample in samples:
        compare(folder / sample.path.name, truth_of(dataset, sample))
    return hand


def compare(picture: Path, truth: Truth) -> None:
    """Fail where a file does not hold as many boxes of each class as the truth."""
    objects, _, _ = read_annotation(picture.with_suffix(".xml"))
    found, wanted = Counter(one.name for one in objects), Counter(name for name, _ in truth)
    assert found == wanted, f"{picture.name}: {dict(found)}, in truth {dict(wanted)}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="a finished detection run")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="the set that it was trained on; the test pictures are labelled again",
    )
    arguments = parser.parse_args()
    run = load_run(arguments.run)
    dataset = dataset_of(run, arguments.data).with_labels(run.config.labels)
    samples = chosen(dataset)
    runs = run.folder.resolve().parent
    os.environ["TINYML_RUNS"] = str(runs)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "pictures"
        hands = {
            name: count(folder, runs, run.name, dataset, samples, helped)
            for name, helped in (("by_hand", False), ("with_suggestions", True))
        }
    by_hand, helped = hands.values()
    found = {
        "pictures": len(samples),
        "objects": sum(len(sample.boxes) for sample in samples),
        **{name: {"actions": hand.actions, **hand.did} for name, hand in hands.items()},
        "share": round(helped.actions / by_hand.actions, 3),
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
