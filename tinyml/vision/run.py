"""A run from start to finish: its folder, its split, its figures on the test pictures, its files."""

import contextlib
import copy
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from tinyml.contracts import Stage
from tinyml.contracts.run import Picture, TrainedOn
from tinyml.data import Dataset, Sample, load_dataset, load_run_dataset
from tinyml.data.alike import alike_notices
from tinyml.data.pictures import picture_size
from tinyml.errors import TinymlError
from tinyml.files import readable_os_errors, write_json
from tinyml.inference.metrics import detect, judge, match, visible_boxes
from tinyml.inference.predictions import detections
from tinyml.paths import RunFiles
from tinyml.progress import note
from tinyml.vision.checkpoint import load_run, save_tensors
from tinyml.vision.config import TrainConfig, read_config, write_config
from tinyml.vision.model import build_model, parameter_count
from tinyml.vision.pictures import decode
from tinyml.vision.plots import draw_curves, write_tensorboard
from tinyml.vision.predict import probabilities
from tinyml.vision.splits import split
from tinyml.vision.train import Trained, train
from tinyml.vision.weights import choose_weights, load_weights, padding_of

RANDOM_START = (
    "training starts from random weights; with ImageNet's it needs fewer pictures (--weights FILE, or imagenet where the "
    "network has width 1.0)"
)
EXAMPLES = 6  # training pictures that a report shows


def train_run(
    config: TrainConfig,
    folder: Path,
    resume: bool = False,
    skip_bad: bool = False,
    negatives: bool = False,
    announce: Callable[[TrainConfig], None] = lambda config: None,
) -> None:
    """Train a run into `folder`.

    With `resume` the run's own config.toml counts, and training goes on from its last whole epoch. `announce` is called
    with the settled configuration before training begins.
    """
    files = RunFiles(folder)
    if resume:
        if not files.config.is_file():
            raise TinymlError(f"there is no run to resume in {folder}", cure="train without --resume")
        config = read_config(files.config)
        if files.metrics.is_file():
            note(f"{folder} is finished")
            return
    dataset = load_dataset(config.dataset, config.data or None, skip_bad, negatives)
    if alike := alike_notices(dataset):
        note("\n".join(f"{dataset.name}: {notice}" for notice in alike))
        dataset = replace(dataset, notices=dataset.notices + alike)
    config = settle(config, dataset)
    with processes() as rank:
        if rank == 0 and not resume:
            load_weights(
                build_model(config), config.weights, config
            )  # a wrong choice must not cost the old run
            with readable_os_errors(folder):
                for path in (files.model, files.metrics, files.predictions, files.curves, files.checkpoint):
                    path.unlink(missing_ok=True)
            write_config(files.config, config)
            if config.weights == "none":
                note(RANDOM_START)
        if rank == 0:
            announce(config)
        if dist.is_initialized():
            dist.barrier()
        to_learn = dataset.with_labels(config.labels)
        samples, validation_samples = split(to_learn.train, config, to_learn.validation)
        trained = train(config, samples, validation_samples, folder, resume)
        if not rank:
            finish(trained, dataset, len(validation_samples), folder)


@contextlib.contextmanager
def processes() -> Iterator[int]:
    """Join the processes that torchrun started, if it did; return this process's rank."""
    if int(os.environ.get("WORLD_SIZE", 1)) == 1:
        yield 0
        return
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield dist.get_rank()
    finally:
        dist.destroy_process_group()


def settle(config: TrainConfig, dataset: Dataset) -> TrainConfig:
    """Return the configuration with everything that follows from the data set and the weights filled in."""
    config = copy.deepcopy(config)
    config.classes = list(dataset.classes_for(config.task))
    if config.task == "classify":
        config.mixed = dataset.mixed
    config.weights = choose_weights(config)
    if config.weights not in ("none", "imagenet"):
        config.weights = str(Path(config.weights).resolve())
    config.padding = padding_of(config.weights)
    for name in ("mean", "std"):
        values = getattr(config, name)
        setattr(config, name, list(values) * (config.channels if len(values) == 1 else 1))
    return config


def finish(trained: Trained, dataset: Dataset, validation_pictures: int, folder: Path) -> None:
    """Judge the network on the test pictures and write the run's files; the model's comes last but one."""
    config, model, files = trained.config, trained.model, RunFiles(folder)
    (pictures,) = decode(dataset.test, config, config.size)
    outputs = probabilities(model, pictures, config)
    metrics = {
        "task": config.task,
        "test": judge(
            config.task, outputs, dataset, dataset.test, config.classes, config.thresholds, config.fit
        ),
        "validation": trained.validation,
        "best_epoch": trained.progress.best_epoch + 1,
        "history": trained.progress.history,
        "data": describe_data(dataset, validation_pictures, config),
        "parameters": parameter_count(model),
        "trunk_parameters": parameter_count(model.trunk),
        "train_seconds": round(trained.progress.seconds, 1),
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "threads": torch.get_num_threads(),
        "processes": dist.get_world_size() if dist.is_initialized() else 1,
    }
    draw_curves(trained.progress.history, files.curves)
    write_tensorboard(trained.progress.history, folder)
    write_config(files.config, config)
    save_tensors(files.model, model.state_dict())
    write_predictions(folder, config, dataset.test, outputs)
    write_json(files.metrics, metrics, inputs={"model": files.model})
    files.checkpoint.unlink(missing_ok=True)


def describe_data(dataset: Dataset, validation_pictures: int, config: TrainConfig) -> TrainedOn:
    """Return what a report says about the data: names, counts, the remark that belongs beside each figure, examples."""
    found: TrainedOn = {
        "name": dataset.name,
        "title": dataset.title,
        "synthetic": dataset.synthetic,
        "remark": dataset.remark,
        "format": dataset.format,
        "notices": dataset.notices,
        "left_out": dataset.left_out,
        "negatives": dataset.negatives,
        "unsorted": {name: dataset.unsorted_counts(name) for name in dataset.splits},
        "automatic_split": dataset.automatic_split,
        "validation_pictures": validation_pictures,
        "skipped": dataset.skipped,
        "examples": [
            describe_truth(sample, config)
            for sample in dataset.train[:: max(1, len(dataset.train) // EXAMPLES)][:EXAMPLES]
        ],
    }
    for name in ("train", "test", "validation"):
        if name in dataset.splits:
            found[name] = {"pictures": dataset.picture_counts(name), "boxes": dataset.box_counts(name)}
    return found


def describe_truth(sample: Sample, config: TrainConfig) -> Picture:
    """Return a picture's file, its size, and its class or the boxes that the network sees, with class names."""
    width, height = picture_size(sample.path)
    row: Picture = {
        "file": str(sample.path),
        "width": width,
        "height": height,
        "label": None,
        "boxes": [],
    }
    if config.task == "classify":
        assert sample.label is not None
        row["label"] = config.classes[sample.label]
    else:
        truth = visible_boxes(sample, config.fit)
        row["boxes"] = [
            {
                "label": config.classes[box.label],
                "left": box.left,
                "top": box.top,
                "right": box.right,
                "bottom": box.bottom,
            }
            for box in truth
        ]
    return row


def evaluate_run(folder: Path, data: Path | None = None) -> Stage:
    """Judge a finished run on its test pictures (those of `data`) again; returns the metrics of the stage "float"."""
    config = read_config(RunFiles(folder).config)
    model = load_run(folder)
    dataset = load_run_dataset(
        folder, config.dataset, data or config.data or None, task=config.task, classes=config.classes
    )
    (pictures,) = decode(dataset.test, config, config.size)
    outputs = probabilities(model, pictures, config)
    write_predictions(folder, config, dataset.test, outputs)
    return judge(config.task, outputs, dataset, dataset.test, config.classes, config.thresholds, config.fit)


def write_predictions(
    folder: Path, config: TrainConfig, samples: Sequence[Sample], outputs: np.ndarray
) -> None:
    """Write predictions.json: each test picture with its truth and what the float network says."""
    files, rows = RunFiles(folder), []
    for sample, output in zip(samples, outputs):
        row = describe_truth(sample, config)
        if config.task == "classify":
            row["probabilities"] = [float(value) for value in output]
        else:
            row["detections"] = [
                {"label": one.label, "x": one.x, "y": one.y, "score": one.score, "cells": one.cells}
                for one in detections(output, config.classes, config.thresholds)
            ]
            truth, found = visible_boxes(sample, config.fit), detect(output, config.thresholds)
            matches, _ = match(found, truth, output.shape[:2])
            for detection, box in zip(row["detections"], matches):
                detection["right"] = box is not None
        rows.append(row)
    write_json(
        files.predictions,
        {"split": "test", "stage": "float", "pictures": rows},
        inputs={"model": files.model},
    )
