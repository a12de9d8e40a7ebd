"""The files of a finished run, written by hand: what a report is made from."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from PIL import Image, ImageDraw

CLASSES = ["apple", "banana", "orange"]
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 600"><rect width="9" height="9"/></svg>\n'
)
COLOURS = {"apple": (190, 40, 40), "banana": (230, 200, 60), "orange": (235, 130, 30)}


def draw(path: Path, seed: int) -> dict[str, Any]:
    """Write a picture of two blobs and return its row of predictions.json; every third has a mistake."""
    random = np.random.default_rng(seed)
    width, height = (320, 240) if seed % 2 else (200, 300)
    picture = Image.new("RGB", (width, height), (120 + seed, 140, 150))
    pen = ImageDraw.Draw(picture)
    boxes, detections = [], []
    for number in range(2):
        label = CLASSES[(seed + number) % 3]
        x, y = 0.25 + 0.5 * number + random.uniform(-0.05, 0.05), random.uniform(0.3, 0.7)
        box = {"label": label, "left": x - 0.15, "top": y - 0.2, "right": x + 0.15, "bottom": y + 0.2}
        edges = [box["left"] * width, box["top"] * height, box["right"] * width, box["bottom"] * height]
        pen.ellipse(edges, fill=COLOURS[label])
        boxes.append(box)
        right = not (seed % 3 == 0 and number)
        found = label if right else CLASSES[(seed + number + 1) % 3]
        detections.append(
            {"label": found, "x": x, "y": y, "score": 0.6 + 0.02 * seed, "cells": 9, "right": right}
        )
    picture.save(path)
    return {
        "file": str(path),
        "width": width,
        "height": height,
        "label": None,
        "boxes": boxes,
        "detections": detections,
    }


def write_example_run(folder: Path, name: str = "fruit <b>& co</b>") -> Path:
    """Write a detection run with an export for the ESP32-CAM into `folder`; its name asks for escaping."""
    run = folder / name.replace("/", "-")
    (run / "export" / "esp32cam").mkdir(parents=True)
    (run / "pictures").mkdir()
    config = {
        "dataset": "fruit",
        "task": "detect",
        "classes": CLASSES,
        "size": 96,
        "fit": "squash",
        "channels": 3,
        "width": 0.35,
        "cut": 7,
    }
    (run / "config.toml").write_text(tomli_w.dumps(config))
    rows = [draw(run / "pictures" / f"{seed:03}.png", seed) for seed in range(12)]
    write(run / "predictions.json", {"split": "test", "stage": "float", "pictures": rows})
    write(run / "metrics.json", metrics(rows[:6]))
    write_export(run / "export" / "esp32cam")
    return run


def metrics(examples: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the content of metrics.json, with these rows of predictions as examples."""
    history = [
        {
            "epoch": epoch,
            "train_loss": 1.5 / epoch + 0.2,
            "validation_loss": 1.6 / epoch + 0.3,
            "validation_f1": 0.95 - 0.9 / epoch,
        }
        for epoch in range(1, 41)
    ]
    counts = {"pictures": dict.fromkeys(CLASSES, 70), "boxes": dict.fromkeys(CLASSES, 155)}
    return {
        "task": "detect",
        "history": history,
        "test": {
            "pictures": 60,
            "f1": 0.912,
            "f1_interval": [0.87, 0.95],
            "per_class": {name: {"precision": 0.93, "recall": 0.895, "f1": 0.912} for name in CLASSES},
            "precision": 0.93,
            "recall": 0.895,
            "confusion": [[0, 3, 2, 1], [4, 33, 0, 2], [1, 1, 38, 0], [2, 1, 0, 39]],
            "confusion_labels": ["background", *CLASSES],
        },
        "data": {
            "name": "fruit",
            "title": "Fruit",
            "synthetic": True,
            "remark": "",
            "train": counts,
            "test": counts,
            "unsorted": {
                "train": {"several kinds": 40, "nothing": 3},
                "test": {"several kinds": 20, "nothing": 0},
            },
            "notices": ["2 left out, outside test, train: more/1.jpg, more/2.jpg"],
            "skipped": [],
            "validation_pictures": 36,
            "examples": examples,
        },
        "parameters": 15_000,
        "best_epoch": 40,
        "train_seconds": 161.2,
        "device": "CPU",
    }


def write_export(folder: Path) -> None:
    """Write accuracy.json, plan.json, budget.json and benchmark.json of a run's export."""
    write(folder / "accuracy.json", accuracy())
    plan = plan_of_eight_layers()
    write(folder / "plan.json", plan)
    (folder / "plan.svg").write_text(DRAWING)
    regions = [
        ("iram", 65_536, 131_072),
        ("dram", 76_800, 180_736),
        ("psram", 307_200, 4_194_304),
        ("flash", 3_300_000, 3_145_728),
    ]
    budget = {
        "board": "esp32cam",
        "source": "plan",
        "ok": False,
        "regions": [
            {"region": name, "used_bytes": used, "limit_bytes": limit, "ok": used <= limit}
            for name, used, limit in regions
        ],
    }
    write(folder / "budget.json", budget)
    benchmark = {
        "model_sha256": "0" * 64,
        "runtime": "stream",
        "board": "esp32_emulated",
        "instructions_per_inference": 18_000_000,
        "layers": [
            {"index": layer["index"], "name": layer["name"], "instructions": 3 * layer["macs"]}
            for layer in plan["layers"]
        ],
    }
    write(folder / "benchmark.json", benchmark)


def accuracy() -> dict[str, Any]:
    """Return the content of accuracy.json: every stage up to the generated C."""
    stages: dict[str, dict[str, Any]] = {}
    for name in ("float", "onnx", "tflite_float32", "tflite_float16", "tflite_int8", "tflm", "c_host"):
        stages[name] = {"pictures": 60, "f1": 0.912, "precision": 0.93, "recall": 0.895, "count_error": 0.21}
        if name != "float":
            stages[name]["max_abs_difference"] = 0.0112 if name == "tflite_int8" else 0.0
        if name in ("tflite_int8", "tflm", "c_host"):
            stages[name]["bit_exact"] = True
    return {
        "task": "detect",
        "split": "test",
        "pictures": 60,
        "of_pictures": 60,
        "data": "",
        "synthetic": True,
        "remark": "",
        "stages": stages,
        "warnings": ["int8 loses 1.2 points of F1"],
        "tflm_arena_bytes": 179_536,
    }


def plan_of_eight_layers() -> dict[str, Any]:
    """Return the content of plan.json: buffers that share bytes, layers, and where their constants lie."""
    sizes = [864, 6144, 9216, 18_432, 2_304, 4_608, 1_536, 3_072]
    buffers, offset = [], 0
    for number, size in enumerate(sizes):
        buffers.append(
            {
                "name": f"layer_{number}",
                "kind": ["input", "line buffer", "line buffer", "scratch"][number % 4],
                "offset": offset if number % 2 else 0,
                "bytes": size,
                "first_step": number * 9,
                "last_step": number * 9 + 14,
            }
        )
        offset = size if number % 2 == 0 else offset
    layers: list[dict[str, Any]] = [
        {
            "index": number,
            "name": f"layer_{number}",
            "op": "CONV_2D" if number % 2 else "DEPTHWISE_CONV_2D",
            "output_shape": [48 >> number // 3, 48 >> number // 3, 16 + 8 * number],
            "macs": 400_000 + 90_000 * number,
            "weights_bytes": 432 * (number + 1),
            "segment": 0,
        }
        for number in range(8)
    ]
    return {
        "macs": sum(layer["macs"] for layer in layers),
        "weights_bytes": sum(layer["weights_bytes"] for layer in layers),
        "ram_bytes": 27_648,
        "ram_bytes_layerwise": 129_024,
        "buffers": buffers,
        "segments": [],
        "layers": layers,
        "constants": [
            {
                "layer": layer["name"],
                "name": f"{layer['name']}_records",
                "bytes": layer["weights_bytes"],
                "place": "flash" if number > 5 else "dram",
                "reads": 12,
                "fetched_bytes": layer["weights_bytes"] if number > 5 else 0,
            }
            for number, layer in enumerate(layers)
        ],
    }


def write(path: Path, data: dict[str, Any]) -> None:
    """Write JSON as tinyml does, without the provenance."""
    path.write_text(json.dumps(data))
