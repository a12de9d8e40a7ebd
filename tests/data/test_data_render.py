"""The synthetic fruit: the same pictures for a seed, boxes that are exact, files that read like any data set."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tinyml.data import load_dataset, read_picture
from tinyml.data.fruit.paint import Sprite
from tinyml.data.fruit.render import KINDS, cached_fruit, render_fruit
from tinyml.data.fruit.scene import MAX_HIDDEN, Scene, draw_scene, visible_boxes

# Mean red, green and blue of the four quarters of pictures 0..3 of seed 2026 at 64 x 64, written by
# `python tests/data/test_data_render.py`. Machines may differ by a last bit here and there, so a step of 2 is allowed.
PINNED = json.loads((Path(__file__).parent.parent / "cases" / "fruit_scenes.json").read_text())


def quarters(picture: np.ndarray) -> list[list[int]]:
    half = len(picture) // 2
    blocks = picture.reshape(2, half, 2, half, 3).mean(axis=(1, 3)).reshape(4, 3)
    return [[int(value) for value in block] for block in blocks]


def low_precision() -> list[dict]:
    scenes = []
    for number, kind in enumerate(KINDS):
        picture, fruit = draw_scene(2026, number, kind, 64)
        boxes = [[item.kind, item.left, item.top, item.right, item.bottom] for item in fruit]
        scenes.append({"quarters": quarters(picture), "boxes": boxes})
    return scenes


def test_a_seed_gives_the_same_pictures_on_every_machine() -> None:
    for drawn, pinned in zip(low_precision(), PINNED, strict=True):
        assert np.abs(np.subtract(drawn["quarters"], pinned["quarters"])).max() <= 2
        assert [box[0] for box in drawn["boxes"]] == [box[0] for box in pinned["boxes"]]
        edges = [np.array([box[1:] for box in scene["boxes"]]) for scene in (drawn, pinned)]
        assert np.abs(edges[0] - edges[1]).max() <= 1


def test_a_picture_depends_on_its_number_alone() -> None:
    first, boxes = draw_scene(7, 5, "mixed", 48)
    draw_scene(7, 6, "apple", 48)
    again, same_boxes = draw_scene(7, 5, "mixed", 48)
    assert np.array_equal(first, again) and boxes == same_boxes
    assert not np.array_equal(first, draw_scene(8, 5, "mixed", 48)[0])


def test_boxes_are_the_bounds_of_the_visible_pixels() -> None:
    scene = Scene(np.random.default_rng(0), 80)
    square = Sprite(np.ones((20, 20, 3), np.float32), np.ones((20, 20), np.float32))
    scene.put(square, 30, 40, fruit=True)
    scene.put(square, 44, 40, fruit=True)  # hides the right third of the first
    first, second = visible_boxes(scene.owner, ["apple", "orange"])
    assert (first.left, first.top, first.right, first.bottom) == (10, 15, 17, 25)
    assert (second.left, second.top, second.right, second.bottom) == (17, 15, 27, 25)
    assert not scene.hides_too_much(square, 58, 40)
    assert scene.hides_too_much(square, 30, 40)
    assert scene.hides_too_much(square, 30 - 20 * (1 - MAX_HIDDEN) + 18, 40)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rendered") / "fruit"
    render_fruit(folder, train=16, test=4, size=64, seed=3)
    return folder


def test_rendered_fruit_reads_as_the_fruit_set(rendered: Path) -> None:
    dataset = load_dataset("fruit", rendered)
    assert dataset.picture_counts("train") == dict.fromkeys(("apple", "banana", "orange", "mixed"), 4)
    assert dataset.picture_counts("test") == dict.fromkeys(("apple", "banana", "orange", "mixed"), 1)
    for sample in dataset.train + dataset.test:
        assert read_picture(sample.path).shape == (64, 64, 3)
        kinds = {box.label for box in sample.boxes}
        assert len(kinds) > 1 if sample.label == 3 else kinds == {sample.label}


def test_fruit_stand_out_from_what_is_around_them(rendered: Path) -> None:
    """Oranges are orange and bananas yellow in the middle of nearly every box: the boxes lie on the fruit."""
    dataset = load_dataset("fruit", rendered)
    warm = []
    for sample in dataset.train:
        picture = read_picture(sample.path).astype(int)
        for box in sample.boxes:
            if box.label == 2:
                y, x = int((box.top + box.bottom) * 32), int((box.left + box.right) * 32)
                red, green, blue = picture[y - 1 : y + 2, x - 1 : x + 2].mean(axis=(0, 1))
                warm.append(red > green > blue)
    assert len(warm) > 5 and np.mean(warm) > 0.85


def test_the_embedded_set_is_drawn_once_and_says_that_it_is_synthetic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYML_CACHE", str(tmp_path))
    monkeypatch.delenv("TINYML_DATA", raising=False)
    settings = {"train": 8, "test": 4, "size": 48, "seed": 1}
    folder = cached_fruit(settings)
    written = (folder / "rendered.json").stat().st_mtime_ns
    assert cached_fruit(settings) == folder
    assert (folder / "rendered.json").stat().st_mtime_ns == written
    monkeypatch.setattr("tinyml.data.fruit.render.cached_fruit", lambda _: folder)
    dataset = load_dataset("fruit")
    assert dataset.synthetic and "SYNTHETIC" in dataset.remark and "synthetic" in dataset.title
    assert "SYNTHETIC" in (folder / "README.txt").read_text()


DRAW = (
    "from tinyml.data.fruit.render import cached_fruit; cached_fruit(dict(train=24, test=6, size=64, seed=1))"
)


def test_drawing_killed_halfway_is_not_taken_for_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYML_CACHE", str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", DRAW])
    try:
        deadline = time.monotonic() + 60
        while len(list(tmp_path.rglob("*.jpg"))) < 3:
            assert process.poll() is None and time.monotonic() < deadline, "nothing was drawn"
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    assert not list(tmp_path.glob("rendered/fruit-*"))
    both = [
        subprocess.Popen([sys.executable, "-c", DRAW]) for _ in range(2)
    ]  # the second waits for the first
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    (folder,) = tmp_path.glob("rendered/fruit-*")
    assert len(list(folder.glob("*/*.jpg"))) == 30
    assert len(list((tmp_path / "rendered").iterdir())) == 2  # the set and its lock: no leftovers


if __name__ == "__main__":
    (Path(__file__).parent.parent / "cases" / "fruit_scenes.json").write_text(
        json.dumps(low_precision(), indent=1) + "\n"
    )
