"""Whether labels can be trusted: a data set checked by counting and by networks that never saw what they judge."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tinyml.contracts.data import Check, SuspectRow
from tinyml.data import Dataset, load_dataset
from tinyml.files import write_json, write_text
from tinyml.layers import require

if TYPE_CHECKING:
    from tinyml.vision.config import TrainConfig

EPOCHS, FOLDS = 30, 4
SHOWN = 100  # suspects on the page


def check(
    dataset_name: Path | str,
    out: Path,
    *,
    data_dir: Path | None = None,
    size: int = 96,
    epochs: int = EPOCHS,
    folds: int = FOLDS,
    seed: int = 0,
    width: float = 1.0,
    weights: str = "auto",
    suspects: bool = True,
    skip_bad: bool = False,
    negatives: bool = False,
) -> Check:
    """Check a data set, write check.json and check.html into `out`, and return what check.json holds.

    `size`: pixels of the network's input, in whose cells boxes are measured. With `suspects`, networks of `width` are trained
    `folds` times for `epochs` epochs, each without a part that it then judges. Raises DataError for an unusable set.
    """
    require("train", "checking labels")
    from tinyml.data.check import all_samples
    from tinyml.report.check import build_check_page
    from tinyml.vision.config import Phase, TrainConfig
    from tinyml.vision.run import settle

    dataset = load_dataset(dataset_name, data_dir, skip_bad, negatives)
    task = "detect" if dataset.box_classes else "classify"
    phases = [Phase(epochs=epochs)]
    config = settle(
        TrainConfig(task=task, size=size, width=width, weights=weights, phases=phases, patience=0, seed=seed),
        dataset,
    )
    data = _count(dataset, config)
    if suspects:
        data["suspects"] = _suspects(dataset, config, folds)
        data["judged_by"] = {
            "folds": folds,
            "epochs": epochs,
            "size": size,
            "width": width,
            "weights": config.weights,
        }
    write_json(out / "check.json", data)
    truth = {
        str(sample.path): [(dataset.box_classes[box.label], box) for box in sample.boxes]
        for _, sample in all_samples(dataset)
    }
    write_text(out / "check.html", build_check_page(data, truth, SHOWN))
    return data


def _count(dataset: Dataset, config: "TrainConfig") -> Check:
    """Return what counting alone says of a data set; boxes are measured in the cells of `config`'s network."""
    from tinyml.data.check import describe_boxes, describe_pictures, near_duplicates
    from tinyml.vision.model import build_model, receptive_field

    described, boxes = describe_pictures(dataset), None
    if dataset.box_classes:
        boxes = describe_boxes(dataset, config.size, receptive_field(build_model(config).trunk))
    return {
        "name": dataset.name,
        "title": dataset.title,
        "format": dataset.format,
        "task": config.task,
        "remark": dataset.remark,
        "notices": dataset.notices,
        "left_out": dataset.left_out,
        "skipped": dataset.skipped,
        "counts": described["counts"],
        "sizes": described["sizes"],
        "different_sizes": described["different_sizes"],
        "balance": described["balance"],
        "unbalanced": described["unbalanced"],
        "near_duplicates": near_duplicates(dataset),
        "boxes": boxes,
        "suspects": None,
    }


def _suspects(dataset: Dataset, config: "TrainConfig", folds: int) -> list[SuspectRow]:
    """Return the labels doubted by networks that never saw them, the most doubtful first."""
    from tinyml.data.check import all_samples
    from tinyml.vision.folds import held_out_probabilities
    from tinyml.vision.suspects import suspect_boxes, suspect_pictures

    rows = all_samples(dataset)
    samples = [sample for _, sample in rows]
    outputs = held_out_probabilities(samples, config, folds)
    judge = suspect_boxes if config.task == "detect" else suspect_pictures
    return [
        suspect.row(str(samples[suspect.sample].path), rows[suspect.sample][0])
        for suspect in judge(samples, outputs, config.classes)
    ]


def summary(data: Check) -> list[str]:
    """Return what the user should know of a check, in sentences."""
    told = list(data["notices"])
    leaks = sum(pair["leaks"] for pair in data["near_duplicates"])
    contradictions = sum(pair["contradicts"] for pair in data["near_duplicates"])
    told.append(
        f"{len(data['near_duplicates'])} pairs of nearly the same picture: {leaks} across splits, {contradictions} with "
        "different labels"
    )
    if data["unbalanced"]:
        told.append(f"the most frequent class has {data['balance']:g} times as many as the rarest")
    if boxes := data["boxes"]:
        told.append(
            f"at {boxes['input_size']} pixels {len(boxes['smaller_than_a_cell'])} boxes are smaller than a cell, "
            f"{len(boxes['larger_than_the_receptive_field'])} larger than the {boxes['receptive_field_pixels']} pixels that a "
            f"cell sees, and {len(boxes['two_centres_in_one_cell'])} pictures have two centres in one cell"
        )
    if data["suspects"] is not None:
        kinds = Counter(row["kind"] for row in data["suspects"][:SHOWN])
        shown = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common()) or "none"
        told.append(f"of the {SHOWN} labels to check first: {shown}")
    return told
