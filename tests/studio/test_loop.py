"""The whole loop in a real browser: from 24 drawn pictures without labels to live detections, and the same by command."""

import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.studio_browser import (
    Server,
    add_class,
    box_on_screen,
    choose_detection,
    chromium,
    draw_box,
    open_page,
    until,
    wait_for_saving,
)
from support.studio_pages import draw_scene

from tinyml.data import load_dataset
from tinyml.paths import RunFiles

LIBRARIES = {"plain C": "c", "an Arduino library": "arduino", "an ESP-IDF component": "esp-idf"}
LONG_S = 600.0  # a training and a conversion on a busy computer
LONG_MS = 1000 * LONG_S
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def command(*arguments: str, runs: Path) -> Any:
    """Run a command of tinyml and return its JSON."""
    import os

    done = subprocess.run(
        [sys.executable, "-m", "tinyml.cli", *arguments, "--json"],
        capture_output=True,
        text=True,
        env={**os.environ, "TINYML_RUNS": str(runs)},
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def label_by_hand(page: Any, objects: Any, keyboard: bool) -> None:
    """Draw each object's box: by mouse, or the first by keyboard alone where `keyboard` says so."""
    for name, edges in objects:
        page.keyboard.press({"apple": "1", "lime": "2"}[name])
        if keyboard:
            page.keyboard.press("b")
            keyboard = False
            move_to(page, edges)
        else:
            draw_box(page, edges)
        wait_for_saving(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")


def move_to(page: Any, edges: Any) -> None:
    """Move the box that was just made in the middle over an object, by arrow keys."""
    last = page.locator(".box:not(.suggested)").last
    last.focus()
    for _ in range(200):
        found = last.locator("rect.shape").bounding_box()
        left, top, right, bottom = box_on_screen(page, edges)
        dx = (left + right) / 2 - found["x"] - found["width"] / 2
        dy = (top + bottom) / 2 - found["y"] - found["height"] / 2
        if abs(dx) < 12 and abs(dy) < 12:
            return
        key = (
            ("ArrowRight" if dx > 0 else "ArrowLeft")
            if abs(dx) > abs(dy)
            else "ArrowDown"
            if dy > 0
            else "ArrowUp"
        )
        page.keyboard.press(key)
    raise AssertionError("the box did not arrive")


def test_the_whole_loop(tmp_path: Path) -> None:
    folder, runs = tmp_path / "pictures", tmp_path / "runs"
    truth = {f"{number:02}.png": draw_scene(folder / f"{number:02}.png", number) for number in range(24)}
    film = write_film(tmp_path / "film.mjpeg", folder / "07.png")
    with chromium(film) as browser, Server(folder, runs) as server:
        page, complaints = open_page(browser, server.address)
        choose_detection(page)
        label_all(page, truth, folder)
        dataset = load_dataset(folder)
        pictures = dataset.train + dataset.test
        assert len(pictures) == 24
        shown = command("data", "show", str(folder), runs=runs)
        page.click("#nav a[data-name=data]")
        page.wait_for_selector(".tile")
        counts = page.evaluate("fetch('/api/state').then((answer) => answer.json())")["counts"]
        both = {
            name: sum(shown["counts"][f"{split} boxes"][name] for split in ("train", "test"))
            for name in ("apple", "lime")
        }
        assert counts["boxes"][""] == both and counts["total"] == sum(
            shown["totals"][f"{split} pictures"] for split in ("train", "test")
        )
        train(page)
        thresholds(page, runs, folder)
        build(page, runs)
        take_libraries(page, runs)
        kept = watch(page)
        watch_the_webcam(page)
        if shutil.which("qemu-system-xtensa"):
            watch_the_emulated_board(page)
        page.click("#nav a[data-name=data]")
        until(
            page,
            f"[...document.querySelectorAll('.tile')].some((tile) => tile.title === {json.dumps(kept)})",
        )
        assert (folder / kept).is_file()
        assert len(load_dataset(folder, skip_bad=True).train + load_dataset(folder, skip_bad=True).test) >= 24
        assert complaints == []


def label_all(page: Any, truth: dict[str, Any], folder: Path) -> None:
    """Label eight pictures by hand, let a model pre-fill, and go through the rest."""
    page.click("#nav a[data-name=label]")
    page.wait_for_selector(".stage")
    for name in ("apple", "lime"):
        add_class(page, name)
    for number in range(8):
        name = f"{number:02}.png"
        until(page, f"document.querySelector('.stage .name').textContent.startsWith('{name}')")
        label_by_hand(page, truth[name], keyboard=number == 1)
    page.get_by_role("button", name="Pre-fill").click()
    until(page, "fetch('/api/suggestions').then((a) => a.json()).then((s) => s.run !== '')", LONG_S)
    for number in range(8, 24):
        name = f"{number:02}.png"
        until(page, f"document.querySelector('.stage .name').textContent.startsWith('{name}')")
        page.wait_for_timeout(150)  # suggestions are drawn after the picture
        found = page.evaluate("document.querySelectorAll('.box.suggested').length")
        if found == len(truth[name]):
            page.keyboard.press("Enter")
        else:
            label_by_hand(page, truth[name], keyboard=False)
    until(page, "fetch('/api/state').then((a) => a.json()).then((s) => s.counts.labelled === 24)")


def train(page: Any) -> None:
    """Train a short run and wait for its curves and its end."""
    page.click("#nav a[data-name=train]")
    page.get_by_label("Name of the run").fill("loop")
    page.get_by_text("Every setting").click()
    page.get_by_label("Epochs").fill("60")
    page.get_by_label("Width multiplier").fill("0.35")
    page.get_by_label("Input size in pixels").fill("64")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_selector("a:has-text('See the results')", timeout=LONG_MS)
    assert page.locator(".chart").count() >= 2
    page.get_by_role("link", name="See the results").click()


def thresholds(page: Any, runs: Path, folder: Path) -> None:
    """Compare the page's figures with Python's, move a threshold, and compare again."""
    page.wait_for_selector("#figures", timeout=LONG_MS)
    measured = command("evaluate", "loop", runs=runs)["stages"]["float"]
    same_figures(page, measured)
    slider = page.get_by_label("Threshold of apple")
    before = page.evaluate("window.studioFigures")
    slider.focus()
    page.keyboard.press("Home")  # nearly everything is an object
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    moved = float(slider.input_value()) / 256
    assert page.evaluate("window.studioFigures") != before
    from tinyml.inference.metrics import evaluate
    from tinyml.vision.config import read_config
    from tinyml.vision.predict import predict_float
    from tinyml.workflow.pictures import Preparation

    config = read_config(RunFiles(runs / "loop").config)
    samples = load_dataset(folder).test
    views = Preparation(config).pictures([sample.path for sample in samples], "")
    said = predict_float(runs / "loop", views)
    chosen = [moved, config.thresholds[1]]
    same_figures(page, evaluate("detect", said, samples, config.classes, chosen, config.fit))
    page.get_by_role("button", name="Keep these thresholds").click()
    page.wait_for_selector("button:has-text('Keep these thresholds')[disabled]", timeout=LONG_MS)
    assert read_config(RunFiles(runs / "loop").config).thresholds == chosen
    same_figures(page, command("evaluate", "loop", runs=runs)["stages"]["float"])


def same_figures(page: Any, measured: Any) -> None:
    shown = page.evaluate("window.studioFigures")
    for key in ("precision", "recall", "f1", "count_error"):
        assert shown[key] == pytest.approx(measured[key], abs=1e-9), key
    for name, row in measured["per_class"].items():
        assert {key: shown["per_class"][name][key] for key in row} == pytest.approx(row)


def build(page: Any, runs: Path) -> None:
    """Build the firmware for this computer, and take a file away."""
    page.click("#nav a[data-name=deploy]")
    page.get_by_label("Board").select_option("host")
    page.get_by_role("button", name="Build the firmware").click()
    page.wait_for_selector("text=of the linked firmware", timeout=LONG_MS)
    with page.expect_download() as taken:
        page.get_by_role("link", name="model_data.c").click()
    array = Path(taken.value.path()).read_bytes()
    assert array == RunFiles(runs / "loop").export("host").data_source.read_bytes()
    assert array.count(b",") > RunFiles(runs / "loop").export("host").int8.stat().st_size - 2


def take_libraries(page: Any, runs: Path) -> None:
    """Take the model away as each kind of library, and find in the zip files what the command makes."""
    for words, kind in LIBRARIES.items():
        page.get_by_role("button", name=f"Make {words}").click()
        link = page.get_by_role("link", name=f"Download {words}")
        link.wait_for(timeout=LONG_MS)
        with page.expect_download() as taken:
            link.click()
        with zipfile.ZipFile(taken.value.path()) as archive:
            names = set(archive.namelist())
        out = runs / "taken" / kind
        command("export", "loop", "--as", kind, "--out", str(out), runs=runs)
        (made,) = [path for path in out.iterdir() if not path.name.startswith(".")]
        if made.suffix == ".zip":
            with zipfile.ZipFile(made) as archive:
                assert names == set(archive.namelist())
        else:
            assert names == {path.relative_to(out).as_posix() for path in made.rglob("*") if path.is_file()}


def watch(page: Any) -> str:
    """Watch the host board's camera until something is found, and keep the frame; return its name."""
    page.click("#nav a[data-name=live]")
    page.get_by_label("Source").select_option("host")
    page.get_by_label("Run").select_option("loop")
    page.get_by_role("button", name="Start").click()
    until(
        page,
        "[...document.querySelectorAll('#counts b')].some((one) => Number(one.textContent) > 0)",
        LONG_S,
    )
    page.get_by_role("button", name="Keep this frame").click()
    said = page.wait_for_selector(".toast:has-text('Kept as')").inner_text()
    page.get_by_role("button", name="Stop", exact=True).click()
    return said.split("Kept as ")[1].split(".png")[0] + ".png"


def write_film(path: Path, picture: Path) -> Path:
    """Write what the browser's webcam shows: a picture, for some frames."""
    stream = io.BytesIO()
    with Image.open(picture) as opened:
        opened.resize((640, 480)).save(stream, "JPEG", quality=92)
    path.write_bytes(stream.getvalue() * 20)
    return path


def watch_the_webcam(page: Any) -> None:
    """See what the webcam shows through the C on this computer, and record it."""
    page.get_by_label("Source").select_option("webcam")
    page.get_by_role("button", name="Start").click()
    found = "[...document.querySelectorAll('#counts b')].some((one) => Number(one.textContent) > 0)"
    until(page, f"document.querySelector('dd').textContent !== '–' && {found}", LONG_S)
    taken: list[Any] = []
    page.on("download", lambda one: taken.append(one))
    page.get_by_role("button", name="Record").click()
    page.wait_for_timeout(3000)
    page.get_by_role("button", name="Stop recording").click()
    until(page, "document.querySelector('.toast').textContent.includes('frames recorded')")
    while len(taken) < 2:
        page.wait_for_timeout(50)
    files = {one.suggested_filename: Path(one.path()).read_text() for one in taken}
    rows = [json.loads(line) for line in files["detections.jsonl"].splitlines()]
    table = list(csv.DictReader(files["detections.csv"].splitlines()))
    assert rows and all(row["latency_us"] > 0 for row in rows)
    numbers = [row["number"] for row in rows]
    assert numbers == sorted(set(numbers)), "each look once, in order"
    said = [[str(row["number"]), one["label"], str(one["x"])] for row in rows for one in row["seen"]]
    assert said and said == [[row["frame"], row["class"], row["x"]] for row in table if row["class"]]
    page.get_by_role("button", name="Stop", exact=True).click()


def watch_the_emulated_board(page: Any) -> None:
    """See the answers of an emulated ESP32 to pictures of the folder; no time of its own is told."""
    page.get_by_label("Source").select_option("emulated:esp32_emulated")
    page.get_by_role("button", name="Start").click()
    until(
        page,
        "fetch('/api/live').then((a) => a.json()).then((s) => s.source === 'esp32_emulated' && s.look?.latency_us === null)",
        LONG_S,
    )
    until(page, "document.querySelector('dd').textContent === '–'")
    page.get_by_role("button", name="Stop", exact=True).click()
