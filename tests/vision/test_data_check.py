"""`tinyml data check`: what it counts, and that it finds the errors that a test plants."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from support.annotated import Picture, draw, make_pictures, voc, voc_xml, write
from support.planted import EACH, found, plant
from torchvision.models import mobilenet_v2

from tinyml.commands.data.check import check_command
from tinyml.data import Sample, load_dataset
from tinyml.data.fruit.render import render_fruit
from tinyml.data.samples import Box
from tinyml.vision import heads
from tinyml.vision.config import TrainConfig
from tinyml.vision.folds import held_out_probabilities
from tinyml.vision.loss import cell_targets
from tinyml.vision.model import build_model, receptive_field
from tinyml.vision.pictures import read_labels
from tinyml.vision.run import settle
from tinyml.vision.splits import parts
from tinyml.vision.suspects import suspect_boxes, suspect_pictures

CLASSES = ["apple", "banana", "orange"]


def ideal_outputs(samples: list[Sample]) -> np.ndarray:
    """Return what a network that is nearly always right would say of true labels: [N, 12, 12, 4]."""
    labels = read_labels(samples, "squash")
    targets = cell_targets(labels.boxes, labels.box_classes, (12, 12), 0.25, 0.25).clamp(min=0)
    outputs = torch.nn.functional.one_hot(targets, 4).float() * 0.9 + 0.025
    return outputs.numpy()


def scattered(count: int) -> list[Sample]:
    random = np.random.default_rng(3)
    samples = []
    for number in range(count):
        boxes = []
        for corner in random.permutation(4)[: int(random.integers(1, 4))]:
            left, top = 0.05 + 0.5 * (corner % 2), 0.05 + 0.5 * (corner // 2)
            boxes.append(Box(int(random.integers(3)), left, top, left + 0.35, top + 0.35))
        samples.append(Sample(Path(f"{number}.jpg"), None, tuple(boxes)))
    return samples


@pytest.mark.parametrize("seed", range(3))
def test_planted_errors_are_what_a_good_network_disagrees_with(seed: int) -> None:
    samples = scattered(200)
    wrong, planted = plant(samples, 3, seed)
    assert len(planted) == 3 * EACH
    suspects = suspect_boxes(wrong, ideal_outputs(samples), CLASSES)
    assert len(found(planted, suspects[:100])) == 3 * EACH
    assert all(0 <= suspect.score <= 1 for suspect in suspects)


def test_a_box_around_two_objects_is_suspect_as_merged() -> None:
    two = Sample(Path("two.jpg"), None, (Box(0, 0.05, 0.3, 0.4, 0.65), Box(0, 0.6, 0.3, 0.95, 0.65)))
    one = dataclasses.replace(two, boxes=(Box(0, 0.05, 0.3, 0.95, 0.65),))
    kinds = {
        suspect.kind for suspect in suspect_boxes([one], ideal_outputs([two]), CLASSES) if suspect.score > 0.5
    }
    assert kinds == {"merged"}


def test_pictures_of_a_doubtful_class() -> None:
    outputs = np.array([[0.9, 0.1], [0.2, 0.8], [0.05, 0.95]], np.float32)
    samples = [Sample(Path("x"), label) for label in (0, 0, 0)]
    suspects = suspect_pictures(samples, outputs, ["a", "b"])
    assert [(suspect.sample, suspect.suggested) for suspect in suspects] == [(2, "b"), (1, "b")]


def test_folds_share_out_every_picture_once() -> None:
    samples = [Sample(Path(str(number)), number % 3) for number in range(31)]
    places = parts(samples, 4, seed=0)
    assert sorted(place for part in places for place in part) == list(range(31))
    for part in places:
        assert all(2 <= sum(samples[place].label == label for place in part) <= 4 for label in range(3))


def test_the_receptive_field_is_what_gradients_reach() -> None:
    config = TrainConfig(classes=["a"], width=0.35)
    trunk = build_model(config).trunk.eval()
    for layer in trunk.modules():  # no unit may block the way
        if isinstance(layer, torch.nn.ReLU6):
            layer.max_val, layer.min_val = float("inf"), float("-inf")
    x = torch.rand(1, 3, 192, 192, requires_grad=True)
    trunk(x)[0, :, 12, 12].square().sum().backward()
    assert x.grad is not None
    rows = torch.nonzero(x.grad.abs().sum((0, 1, 3)))
    assert int(rows.max() - rows.min()) + 1 <= receptive_field(trunk) == 59


def test_the_command_writes_a_page_and_json(tmp_path: Path) -> None:
    voc(tmp_path / "mine", make_pictures())
    twin = Picture("test", "twin", (("banana", 10, 10, 14, 14), ("banana", 11, 11, 15, 15)))
    for split, quality in (("train", 95), ("test", 60)):  # one photo, saved twice
        draw(twin, tmp_path / "mine" / split / "twin.jpg")
        noise = np.random.default_rng(5).integers(0, 256, (9, 12, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((96, 72)).save(tmp_path / "mine" / split / "twin.jpg", quality=quality)
        write(tmp_path / "mine" / split / "twin.xml", voc_xml(twin))
    options = ["--epochs", "1", "--folds", "2", "--width", "0.1", "--size", "32", "--weights", "none"]
    outcome = CliRunner().invoke(
        check_command,
        [str(tmp_path / "mine"), "--out", str(tmp_path / "check"), *options],
        standalone_mode=False,
        catch_exceptions=False,
    )
    data = json.loads((tmp_path / "check" / "check.json").read_text())
    assert data["counts"]["train"]["total"] == 9 and data["counts"]["validation"]["total"] == 3
    pairs = [pair for pair in data["near_duplicates"] if all("twin" in file for file in pair["files"])]
    assert len(pairs) == 1 and pairs[0]["leaks"] and not pairs[0]["contradicts"]
    assert data["boxes"]["cells"] == 4
    assert sum("twin" in row["file"] for row in data["boxes"]["smaller_than_a_cell"]) == 4
    assert {Path(row["file"]).name for row in data["boxes"]["two_centres_in_one_cell"]} >= {"twin.jpg"}
    files = {str(path) for path in (tmp_path / "mine").rglob("*") if path.suffix.lower() == ".jpg"}
    assert data["suspects"] and {row["file"] for row in data["suspects"]} <= files
    page = (tmp_path / "check" / "check.html").read_text()
    assert "Labels to look at" in page and page.count("<figure>") == min(len(data["suspects"]), 100)
    assert "http://" not in page and "https://" not in page
    assert outcome.return_value.data["near_duplicates"] == data["near_duplicates"]


def audited(data: Path) -> tuple[list[Sample], object]:
    """Return the real training pictures with their audited boxes."""
    dataset = load_dataset("fruit", data)
    boxes = json.loads((data / "fruit-audit" / "train.json").read_text())
    rows = [
        dataclasses.replace(
            sample,
            boxes=tuple(
                Box(CLASSES.index(name), *edges) for name, *edges in boxes[sample.path.name]["boxes"]
            ),
        )
        for sample in dataset.train
    ]
    return rows, dataset


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["drawn", "real"])
def test_planted_errors_are_found(kind: str, seed: int, real_data: Path, tmp_path: Path) -> None:
    """At least 80 % of 20 missing, 20 spurious and 20 swapped boxes are among the first 100 suspects."""
    if kind == "real":
        samples, dataset = audited(real_data)
    else:
        render_fruit(tmp_path / "drawn", 240, 60, 160, 5)
        dataset = load_dataset("fruit", tmp_path / "drawn")
        samples = dataset.train + dataset.test
    wrong, planted = plant(samples, 3, seed)
    weights = real_data / "weights" / "mobilenet_v2_1.0_imagenet_bnfolded.pth"
    config = settle(TrainConfig(weights=str(weights)), dataset)
    suspects = suspect_boxes(wrong, held_out_probabilities(wrong, config, 4), CLASSES)
    right = found(planted, suspects[:100])
    kinds = {name: sum(error.kind == name for error in right) for name in ("missing", "spurious", "swapped")}
    print(f"{kind}, seed {seed}: {len(right)} of {len(planted)} among the first 100: {kinds}")
    assert len(right) >= 0.8 * len(planted)


def test_judges_with_heads_say_the_same_twice_and_know_mirrors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heads on a frozen network: every picture is judged once, by cells or whole, and the seed alone decides."""
    monkeypatch.setattr(heads, "STEPS", 40)
    random = np.random.default_rng(0)
    samples = []
    for number in range(8):
        side = number % 2
        picture = random.integers(90, 110, (64, 64, 3), dtype=np.uint8)
        picture[16:48, 32 * side : 32 * side + 32] = (220, 30, 30)
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
        box = Box(0, side / 2, 0.25, side / 2 + 0.5, 0.75)
        samples.append(Sample(tmp_path / f"{number}.png", side, (box,)))
    torch.manual_seed(0)
    config = TrainConfig(task="detect", classes=["red"], width=0.1, mean=[0.5] * 3, std=[0.5] * 3)
    torch.save(
        {
            f"features.{name}": value
            for name, value in mobilenet_v2(width_mult=0.1).features.state_dict().items()
        },
        tmp_path / "random.pth",
    )
    config = dataclasses.replace(config, weights=str(tmp_path / "random.pth"))
    cells = held_out_probabilities(samples, config, 2)
    assert cells.shape == (8, 12, 12, 2) and np.allclose(cells.sum(-1), 1, atol=1e-5)
    assert np.array_equal(cells, held_out_probabilities(samples, config, 2))
    red = cells[..., 1]
    for sample, scores in zip(samples, red):
        left, right = scores[3:9, :6].mean(), scores[3:9, 6:].mean()
        assert (right > left) == bool(sample.label)
    sides = dataclasses.replace(config, task="classify", classes=["left", "right"])
    assert held_out_probabilities(samples, sides, 2).shape == (8, 2)
