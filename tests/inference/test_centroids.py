"""Cells to objects: what the definition says, and the C library under sanitizers and other compilers."""

import os
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tinyml.inference.centroids import PROMINENCE, Centroid, find_centroids

LIBRARY = Path(__file__).parents[2] / "firmware" / "lib" / "tinyml_vision"
STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Werror"]
# -Weverything without what C99 itself forbids to please.
QUIET = [
    f"-Wno-{name}"
    for name in ("padded", "declaration-after-statement", "unsafe-buffer-usage", "switch-default")
]


def test_two_cells_at_a_corner_are_one_object_at_their_weighted_mean() -> None:
    scores = np.zeros((4, 4, 3), np.uint8)
    scores[1, 1, 1], scores[2, 2, 1] = 200, 100
    scores[0, 3, 2] = 228
    far, pair = Centroid(1, 3 * 256 + 128, 128, 228, 1), Centroid(0, 256 + 128 + 85, 256 + 128 + 85, 200, 2)
    assert find_centroids(scores, [100, 100]) == [far, pair]  # a third of the way is 85.33
    assert find_centroids(scores, [101, 256]) == [Centroid(0, 384, 384, 200, 1)]


def test_the_most_probable_class_owns_a_cell_and_the_first_wins_a_tie() -> None:
    scores = np.array([[[250, 90, 91], [0, 120, 120], [0, 10, 130]]], np.uint8)
    assert find_centroids(scores, [0, 0]) == [
        Centroid(1, 128, 128, 91, 1),
        Centroid(0, 384, 128, 120, 1),
        Centroid(1, 640, 128, 130, 1),
    ]
    assert find_centroids(scores, [0, 256]) == [Centroid(0, 384, 128, 120, 1)]


def test_a_ring_is_one_object_and_its_hole_another() -> None:
    scores = np.zeros((5, 5, 3), np.uint8)
    scores[..., 1] = 200
    scores[1:4, 1:4] = 0
    scores[2, 2, 2] = 150
    assert [(item.label, item.cells) for item in find_centroids(scores, [128, 128])] == [(0, 16), (1, 1)]


def test_two_peaks_are_two_objects_unless_the_pass_between_them_is_shallow() -> None:
    scores = np.zeros((1, 5, 2), np.uint8)
    scores[0, :, 1] = 210, 190, 150, 180, 200
    assert [(item.score, item.cells) for item in find_centroids(scores, [128])] == [(210, 3), (200, 2)]
    scores[0, :, 1] = 210, 205, 200 - PROMINENCE + 1, 180, 200
    assert len(find_centroids(scores, [128])) == 2  # the pass is the cell of 180 now
    scores[0, 3, 1] = 200 - PROMINENCE + 1
    assert [(item.score, item.cells) for item in find_centroids(scores, [128])] == [(210, 5)]


@pytest.mark.parametrize("compiler", ["gcc", "clang-22", "g++"])
def test_compilers_take_the_library_without_a_warning(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    options = {
        "gcc": ["-std=c99", "-pedantic"],
        "clang-22": ["-std=c99", "-Weverything", *QUIET],
        "g++": ["-xc++"],
    }
    for source in sorted((LIBRARY / "src").glob("*.c")):
        command = [
            compiler,
            *options[compiler],
            *STRICT,
            "-O2",
            f"-I{LIBRARY / 'include'}",
            "-c",
            str(source),
        ]
        subprocess.run([*command, "-o", str(tmp_path / "out.o")], check=True, timeout=60)


# Reads records from standard input and answers each with the objects; its buffers are exactly as large as promised, so
# that the sanitizers see every byte too far. Also drives the resizer over a frame made from the map's bytes.
DRIVER = r"""
#include <stdio.h>
#include <stdlib.h>
#include "tinyml_vision.h"
int main(void) {
  uint16_t head[4]; /* height, width, classes, most */
  while (fread(head, sizeof head, 1, stdin) == 1) {
    size_t cells = (size_t)head[0] * head[1], bytes = cells * (head[2] + 1u);
    uint16_t *thresholds = malloc(head[2] * sizeof *thresholds), *parents = malloc(cells * sizeof *parents);
    uint8_t *labels = malloc(cells);
    int8_t *map = malloc(bytes);
    tv_object *objects = malloc(head[3] * sizeof *objects);
    if (fread(thresholds, 2, head[2], stdin) != head[2] || fread(map, 1, bytes, stdin) != bytes) return 2;
    int count = tv_centroids(map, head[0], head[1], head[2], thresholds, labels, parents, objects, head[3]);
    printf("%d", count);
    for (int i = 0; i < count && i < head[3]; i++)
      printf(" %d,%d,%d,%d,%d", objects[i].label, objects[i].x, objects[i].y, objects[i].score, objects[i].cells);
    puts("");
    for (int crop = 0; crop < 2; crop++) {
      tv_resizer resizer;
      int target_w = head[2] * 7 + 1, target_h = head[3] % 50 + 1, channels = crop ? 1 : 3, done = 0;
      uint32_t *words = malloc(sizeof *words * (size_t)TV_RESIZE_WORDS(target_w, channels));
      uint8_t *row = malloc((size_t)target_w * (size_t)channels);
      if (!tv_resize_begin(&resizer, head[1], head[0], TV_GRAY8, target_w, target_h, channels, crop, words)) return 3;
      for (int y = 0; y < head[0]; y++) {
        tv_resize_push(&resizer, (const uint8_t *)map + (size_t)y * head[1]);
        while (tv_resize_pull(&resizer, row)) done++;
      }
      if (done != target_h) return 4;
      free(words), free(row);
    }
    free(thresholds), free(parents), free(labels), free(map), free(objects);
  }
  return 0;
}
"""


def random_map(random: np.random.Generator) -> tuple[np.ndarray, list[int], int]:
    """Return scores that are noise, ties, blobs, or all the same; thresholds with both ends; a bound often too small."""
    height, width, classes = (int(n) for n in random.integers(1, (41, 41, 6)))
    shape, kind = (height, width, classes + 1), random.integers(4)
    if kind == 0:
        scores = random.integers(0, 256, shape)
    elif kind == 1:
        scores = random.choice((0, 127, 255), shape)
    elif kind == 2:
        scores = (
            random.integers(0, 256, (14, 14, classes + 1))
            .repeat(3, axis=0)
            .repeat(3, axis=1)[:height, :width]
        )
    else:
        scores = np.full(shape, random.choice((0, 255)))
    thresholds = [int(value) for value in random.choice((0, 1, 64, 128, 200, 255, 256), classes)]
    return scores.astype(np.uint8), thresholds, int(random.choice((1, 3, 32)))


@pytest.mark.parametrize("maps", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_exact_buffers_and_overfull_maps_under_sanitizers(maps: int, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    (tmp_path / "driver.c").write_text(DRIVER)
    sources = [str(path) for path in (tmp_path / "driver.c", *sorted((LIBRARY / "src").glob("*.c")))]
    sanitize = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    program = tmp_path / "driver"
    subprocess.run(["gcc", *sanitize, f"-I{LIBRARY / 'include'}", *sources, "-o", str(program)], check=True)
    random = np.random.default_rng(maps)
    cases = [random_map(random) for _ in range(maps)]
    records = b"".join(
        struct.pack("=4H", *scores.shape[:2], len(thresholds), most)
        + struct.pack(f"={len(thresholds)}H", *thresholds)
        + (scores ^ 128).tobytes()
        for scores, thresholds, most in cases
    )
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    answer = subprocess.run([str(program)], input=records, capture_output=True, timeout=250, env=environment)
    assert answer.returncode == 0, answer.stderr.decode()[-2000:]
    overfull = 0
    for number, (line, (scores, thresholds, most)) in enumerate(
        zip(answer.stdout.decode().splitlines(), cases)
    ):
        expected = find_centroids(scores, thresholds)
        overfull += len(expected) > most
        texts = [f"{item.label},{item.x},{item.y},{item.score},{item.cells}" for item in expected[:most]]
        assert line == " ".join([str(len(expected)), *texts]), f"map {number}"
    assert overfull > maps // 20
