"""A run as a library: a program that links it goes from a camera's frame to labels and objects, byte for byte as Python."""

import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from support.oracles import lite_outputs
from support.tflite_builder import ModelBuilder

from tinyml.device.project import interface
from tinyml.files import write_json
from tinyml.inference.centroids import find_centroids
from tinyml.inference.metrics import threshold_step
from tinyml.inference.preprocess import input_tables, prepare, quantize
from tinyml.paths import RunFiles
from tinyml.vision.config import TrainConfig, write_config
from tinyml.workflow.library import export_library
from tinyml.workflow.run import Run

SIDE = 16
THRESHOLDS = 0.3, 0.2
CLASSES = ["CROP", 'UPPER "NAME"']  # words that stand for something in the library's templates
STRICT = ["-Wall", "-Wextra", "-Werror", "-Wshadow", "-O1", "-fsanitize=address,undefined"]
CONSUMER = """\
#include <stdio.h>
#include "HEADER.h"

static NAME instance;
static FRUIT_TM_ALIGNED_16 uint8_t arena[FRUIT_ARENA_BYTES];

int main(int count, char **words) {
    static uint8_t frame[WIDTH * HEIGHT * 2];
    (void)count;
    FILE *file = fopen(words[1], "rb");
    if (fread(frame, 1, sizeof frame, file) != sizeof frame || fruit_init(&instance, arena, sizeof arena) != FRUIT_TM_OK)
        return 1;
    fclose(file);
    for (int again = 0; again < 2; again++)
        if (fruit_look(&instance, frame, WIDTH, HEIGHT, FRUIT_TV_RGB565_BIG) != FRUIT_TM_DONE)
            return 2;
    if (fruit_look(&instance, frame, 0, HEIGHT, FRUIT_TV_RGB565_BIG) != FRUIT_TM_ERROR_STATE)
        return 3;
    for (int i = 0; i < FRUIT_OUTPUT_BYTES; i++)
        printf("%d ", fruit_output(&instance)[i]);
    printf("\\n");
    RESULT
    return 0;
}
"""
RESULTS = {
    "classify": 'printf("%s\\n", fruit_labels[fruit_best_class(&instance)]);',
    "detect": """fruit_tv_object found[8];
    const int objects = fruit_find_objects(&instance, found, 8);
    for (int i = 0; i < objects && i < 8; i++)
        printf("%s %d %d %d %d\\n", fruit_labels[found[i].label], found[i].x, found[i].y, found[i].score, found[i].cells);""",
}


def network(task: str) -> bytes:
    """Return a small network for two classes, and for the background where it detects."""
    b = ModelBuilder(6)
    x = b.conv(b.input((1, SIDE, SIDE, 3), 2 / 255, 0), 8, stride=(2, 2), activation="RELU6")
    x = b.conv(x, 3, kernel=(1, 1)) if task == "detect" else b.fully_connected(b.mean(x), 2)
    return b.finish(b.same("SOFTMAX", x))


def run_of(folder: Path, task: str, fit: str) -> Run:
    """Return a run whose export to the host has that network, as if it had been trained and converted."""
    files = RunFiles(folder)
    export = files.export("host")
    export.folder.mkdir(parents=True)
    thresholds = list(THRESHOLDS) if task == "detect" else []
    config = TrainConfig(
        dataset="x", task=task, classes=CLASSES, size=SIDE, fit=fit, mean=[0.5] * 3, std=[0.5] * 3
    )
    config.thresholds = thresholds
    write_config(files.config, config)
    files.model.write_bytes(b"weights")
    export.int8.write_bytes(network(task))
    export.model_source.write_text("compiled")
    told = {"firmware_interface": interface(), "stages": {}, "task": task}
    write_json(export.accuracy, told, inputs={"weights": files.model})
    return Run(folder)


def expected(task: str, fit: str, frame: np.ndarray, size: tuple[int, int]) -> str:
    """Return what the program must print for a frame of big-endian RGB565."""
    wide = frame.reshape(size[1], size[0])
    red, green, blue = wide >> 11, (wide >> 5) & 63, wide & 31
    rgb = np.stack([red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2], -1).astype(np.uint8)
    tables = input_tables([0.5] * 3, [0.5] * 3, float(np.float32(2 / 255)), 0)
    taken = quantize(prepare(rgb, SIDE, SIDE, 3, fit), tables)
    output = lite_outputs(network(task), [taken[None]])[0][0]
    lines = [" ".join(map(str, output.ravel())) + " "]
    if task == "classify":
        return "\n".join([*lines, CLASSES[int(output.argmax())], ""])
    found = find_centroids(
        (output.astype(int) + 128).astype(np.uint8), [threshold_step(v) for v in THRESHOLDS]
    )
    assert found
    lines += [f"{CLASSES[one.label]} {one.x} {one.y} {one.score} {one.cells}" for one in found[:8]]
    return "\n".join([*lines, ""])


def built(folder: Path, kind: str, task: str, size: tuple[int, int], tmp_path: Path) -> Path:
    """Link a consumer with a library, in C, and for Arduino in C++ with the library's C; return the program."""
    header = "fruit" if len(list((folder / "src").glob("*.h"))) == 1 else "fruit_picture"
    text = CONSUMER.replace("HEADER", header).replace("RESULT", RESULTS[task]).replace("NAME", "fruit")
    text = text.replace("WIDTH", str(size[0])).replace("HEIGHT", str(size[1]))
    compiler, name = ("g++", "main.cpp") if kind == "arduino" else ("cc", "main.c")
    (tmp_path / name).write_text(text)
    objects = []
    for source in sorted((folder / "src").glob("*.c")):
        objects.append(tmp_path / f"{source.stem}.o")
        subprocess.run(["cc", "-std=c99", *STRICT, "-c", source, "-o", objects[-1]], check=True, timeout=60)
    program = tmp_path / "program"
    command = [compiler, *STRICT, f"-I{folder / 'src'}", tmp_path / name, *objects, "-o", program]
    subprocess.run(command, check=True, timeout=60)
    return program


@pytest.mark.parametrize(
    ("kind", "task", "fit", "single", "mode"),
    [
        ("c", "detect", "crop", True, "frame"),
        ("arduino", "classify", "squash", False, "rows"),
        pytest.param("c", "classify", "crop", False, "rows", marks=pytest.mark.slow),
        pytest.param("esp-idf", "detect", "squash", False, "rows", marks=pytest.mark.slow),
    ],
)
def test_a_frame_becomes_what_python_sees(
    kind: str, task: str, fit: str, single: bool, mode: str, tmp_path: Path
) -> None:
    size = (50, 38)
    written = export_library(
        run_of(tmp_path / "Fruit", task, fit), kind, "host", out=tmp_path, single=single, input_mode=mode
    )
    if kind == "arduino":
        zipfile.ZipFile(written).extractall(tmp_path)
    assert "fruit_look(&instance" in (tmp_path / "fruit" / "README.md").read_text()
    program = built(tmp_path / "fruit", kind, task, size, tmp_path)
    patches = np.random.default_rng(3).integers(0, 1 << 16, (size[1], size[0] // 10), dtype=np.uint16)
    frame = np.repeat(patches, 10, 1).ravel()
    (tmp_path / "frame").write_bytes(frame.astype(">u2").tobytes())
    done = subprocess.run([program, tmp_path / "frame"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == expected(task, fit, frame, size)
