"""The network, its weights, its targets, its augmentation: each against something computed another way."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tinyml.data import load_dataset, read_picture
from tinyml.errors import ModelError, TinymlError
from tinyml.inference.metrics import detection, visible_boxes
from tinyml.inference.preprocess import prepare
from tinyml.vision.augment import draw_mosaic, vary
from tinyml.vision.config import Augment, Block, Phase, TrainConfig, from_table, read_config, write_config
from tinyml.vision.loss import IGNORED, cell_targets, detection_loss
from tinyml.vision.model import build_model, mobilenet_v2_trunk, parameter_count
from tinyml.vision.pictures import read_labels
from tinyml.vision.predict import probabilities
from tinyml.vision.weights import load_weights, read_weights, settle_batchnorm


def configuration(**choices) -> TrainConfig:
    return TrainConfig(
        **{"classes": ["apple", "banana", "orange"], "mean": [0.5] * 3, "std": [0.5] * 3} | choices
    )


def test_trunk_has_the_published_parameters() -> None:
    assert parameter_count(mobilenet_v2_trunk(1.0, 7, 3, "symmetric")) == 55_488


@pytest.mark.parametrize("width", [1.0, 0.75, 0.5, 0.35, 0.1])
@pytest.mark.parametrize(("size", "channels", "padding"), [(96, 3, "symmetric"), (40, 1, "same")])
def test_shapes(width: float, size: int, channels: int, padding: str) -> None:
    config = configuration(width=width, size=size, channels=channels, padding=padding)
    x = torch.zeros(2, channels, size, size)
    assert build_model(config)(x).shape == (2, 4, size // 8, size // 8)
    config.task = "classify"
    assert build_model(config)(x).shape == (2, 3)


@pytest.mark.parametrize(
    "choice",
    [
        {"size": 100},
        {"size": 8},
        {"size": 10**30 * 8},
        {"cut": 0},
        {"cut": 40},
        {"width": 1e30},
        {"head": 10**30},
        {"task": "classify", "hidden": 10**30},
        {"task": "classify", "blocks": [Block(repeat=10**30)]},
        {"task": "classify", "blocks": [Block(channels=10**30)]},
        {"task": "classify", "blocks": [Block("inverted", expand=10**30)]},
    ],
)
def test_impossible_networks_are_refused(choice: dict) -> None:
    with pytest.raises(ModelError):
        build_model(configuration(**choice))


def test_configuration_survives_its_file(tmp_path: Path) -> None:
    config = configuration(
        phases=[Phase(epochs=2, frozen="trunk"), Phase(3)], augment=Augment(area=(0.5, 1.2))
    )
    write_config(tmp_path / "config.toml", config)
    assert read_config(tmp_path / "config.toml") == config
    assert [config.phase_at(epoch)[1] for epoch in range(config.epochs)] == [0, 1, 0, 1, 2]


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"widht": 1.0}, "widht"),
        ({"size": "96"}, "size"),
        ({"size": True}, "size"),
        ({"task": "segment"}, "task"),
        ({"phases": [{"rate": 1.0}]}, "rate"),
        ({"augment": {"flip": 1}}, "flip"),
        ({"mean": [0.5, 0.4]}, "mean"),
        ({"channels": 1, "std": [0.5, 0.5, 0.5]}, "std"),
        ({"classes": ["ripe", "green"], "thresholds": [0.5]}, "1 thresholds for 2 classes"),
    ],
)
def test_a_wrong_key_is_named(table: dict, named: str) -> None:
    with pytest.raises(TinymlError, match=named):
        from_table(table)


def test_answers_that_are_no_numbers_are_refused() -> None:
    config = configuration()
    model = build_model(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(3e38)  # finite, but its products are not
    with pytest.raises(ModelError, match="not numbers"):
        probabilities(model, np.full((1, 96, 96, 3), 200, np.uint8), config)


# Weights


def pictures(real_data: Path, count: int, size: int = 96) -> torch.Tensor:
    paths = sorted((real_data / "fruit" / "test").glob("*.jpg"))[:: 60 // count][:count]
    seen = np.stack([prepare(read_picture(path), size, size) for path in paths])
    return torch.from_numpy(seen).permute(0, 3, 1, 2).float() / 127.5 - 1


@pytest.mark.parametrize("name", ["128", "224"])
def test_keras_weights_give_tensorflows_features(real_data: Path, name: str, request) -> None:
    tf = pytest.importorskip("tensorflow")
    path = real_data / "weights" / f"mobilenet_v2_0.35_{name}_no_top_imagenet.npz"
    # In float64: the features reach 60, where float32's own rounding is near the tolerance.
    tf.keras.backend.set_floatx("float64")
    request.addfinalizer(lambda: tf.keras.backend.set_floatx("float32"))
    keras = tf.keras.applications.MobileNetV2((96, 96, 3), alpha=0.35, include_top=False, weights=None)
    with np.load(path) as archive:
        for layer in keras.layers:
            if layer.weights:
                layer.set_weights(
                    [archive[f"{layer.name}/{weight.name.split('/')[-1]}"] for weight in layer.weights]
                )
    features = tf.keras.Model(keras.input, keras.get_layer("block_5_add").output)

    config = configuration(width=0.35, padding="same")
    model = build_model(config)
    load_weights(model, str(path), config)
    x = pictures(real_data, 6).double()
    with torch.no_grad():
        ours = model.double().trunk.eval()(x).permute(0, 2, 3, 1).numpy()
    theirs = features(x.permute(0, 2, 3, 1).numpy(), training=False).numpy()
    assert theirs.std() > 0.1
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_folded_weights_keep_their_function(real_data: Path) -> None:
    from torchvision.models import mobilenet_v2

    path = real_data / "weights" / "mobilenet_v2_1.0_imagenet_bnfolded.pth"
    original = mobilenet_v2()
    original.load_state_dict(read_weights(path))
    config = configuration()
    model = build_model(config)
    load_weights(model, str(path), config)
    x = pictures(real_data, 4)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    imagenet = ((x + 1) / 2 - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)
    with torch.no_grad():
        before = model.trunk.eval()(x)
        theirs = original.features[:7].eval()(imagenet)
        # The padding's colour differs, which reaches three cells from the picture's edge.
        torch.testing.assert_close(before[:, :, 4:-4, 4:-4], theirs[:, :, 4:-4, 4:-4], atol=1e-3, rtol=1e-3)
        settle_batchnorm(model.trunk, x)
        torch.testing.assert_close(model.trunk(x), before, atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(model.trunk.train()(x), before, atol=2e-2, rtol=2e-2)


def test_gray_weights_see_three_equal_channels(real_data: Path) -> None:
    path = str(real_data / "weights" / "mobilenet_v2_1.0_imagenet_bnfolded.pth")
    outputs = []
    gray = pictures(real_data, 2)[:, :1]
    for channels in (1, 3):
        config = configuration(channels=channels, mean=[0.5] * channels, std=[0.5] * channels)
        model = build_model(config)
        load_weights(model, path, config)
        with torch.no_grad():
            outputs.append(model.trunk.eval()(gray.expand(-1, channels, -1, -1)))
    torch.testing.assert_close(outputs[0], outputs[1], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors", ".npz"])
def test_damaged_weights_are_named(tmp_path: Path, suffix: str) -> None:
    import safetensors.torch

    path = tmp_path / f"weights{suffix}"
    state = {"features.0.0.weight": torch.zeros(32, 3, 3, 3)}
    if suffix == ".pth":
        torch.save(state, path)
    elif suffix == ".npz":
        np.savez(path, **{"Conv1/kernel": np.zeros((3, 3, 3, 16))})
    else:
        safetensors.torch.save_file(state, path)
    whole = path.read_bytes()
    for cut in (0, 7, len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:cut])
        with pytest.raises(ModelError, match=path.name):
            read_weights(path)


def test_missing_and_foreign_weights_are_named(tmp_path: Path) -> None:
    config = configuration()
    model = build_model(config)
    with pytest.raises(ModelError, match="does not exist"):
        load_weights(model, str(tmp_path / "none.pth"), config)
    torch.save(
        {"features.0.0.weight": torch.zeros(16, 3, 3, 3), "features.0.1.running_mean": torch.zeros(16)},
        tmp_path / "w.pth",
    )
    with pytest.raises(ModelError, match=r"w\.pth does not fit"):
        load_weights(model, str(tmp_path / "w.pth"), config)
    torch.save({"fc.weight": torch.zeros(3)}, tmp_path / "w.pth")
    with pytest.raises(ModelError, match="no weights of a MobileNetV2"):
        load_weights(model, str(tmp_path / "w.pth"), config)


# Targets and loss


def test_an_object_takes_its_middle_and_its_rim_does_not_count() -> None:
    boxes = torch.tensor([[[0.5, 0.5, 0.8, 0.8], [0.25, 0.25, 0.05, 0.05], [1.2, 0.5, 0.6, 0.2]]])
    classes = torch.tensor([[0, 2, 1]])
    targets = cell_targets(boxes, classes, (8, 8), 0.4, 1.0)[0]
    assert targets[3, 3] == targets[4, 4] == 1
    assert targets[1, 3] == IGNORED  # inside the box, away from its middle
    assert targets[1, 1] == 3 or targets[2, 2] == 3  # the small object on top of the large one
    assert targets[0, 0] == targets[7, 7] == 0
    assert not (targets == 2).any()  # its centre is outside
    alone = cell_targets(boxes[:, :1] + torch.tensor([0.01, 0.01, 0, 0]), classes[:, :1], (8, 8), 0.0, 0.0)[0]
    assert (alone == 1).sum() == 1 and alone[4, 4] == 1


def test_loss_sees_neither_ignored_cells_nor_their_gradient() -> None:
    logits = torch.randn(1, 4, 3, 3, requires_grad=True)
    targets = torch.tensor([[[0, 1, IGNORED], [IGNORED, 3, 0], [0, 0, 2]]])
    for soft_f1 in (0.0, 1.0):
        (gradient,) = torch.autograd.grad(
            detection_loss(logits, targets, configuration(soft_f1=soft_f1)), logits
        )
        ignored = (targets == IGNORED)[:, None].expand_as(gradient)
        assert gradient[ignored].abs().max() == 0
        assert gradient[~ignored].abs().min() > 0


# Augmentation


def blob(x: float, y: float, size: int) -> torch.Tensor:
    steps = (torch.arange(size) + 0.5) / size
    return torch.exp(-((steps[None, :] - x) ** 2 + (steps[:, None] - y) ** 2) / 0.002)


def centre_of(picture: torch.Tensor) -> tuple[float, float]:
    steps = (torch.arange(picture.shape[-1]) + 0.5) / picture.shape[-1]
    total = picture.sum()
    return float((picture.sum(0) * steps).sum() / total), float((picture.sum(1) * steps).sum() / total)


def test_boxes_move_with_their_pictures() -> None:
    generator = torch.Generator().manual_seed(3)
    places = torch.rand(64, 2, generator=generator) * 0.4 + 0.3
    pictures = torch.stack([blob(x, y, 144).expand(3, -1, -1) for x, y in places.tolist()])
    boxes = torch.cat([places, torch.full((64, 2), 0.1)], 1)[:, None]
    plain = Augment(area=(0.5, 1.0), rotate=20, brightness=0, contrast=0, saturation=0, hue=0)
    varied, moved = vary(pictures, boxes, 96, plain, generator, slice(0, 64))
    checked = 0
    for picture, box in zip(varied, moved[:, 0]):
        x, y, width, height = box.tolist()
        if 0.2 < x < 0.8 and 0.2 < y < 0.8:
            assert centre_of(picture[0]) == pytest.approx((x, y), abs=0.01)
            assert 0.09 < width < 0.25 and 0.09 < height < 0.25
            checked += 1
    assert checked > 20


def test_mosaic_moves_boxes_into_their_quarters() -> None:
    torch.manual_seed(0)
    places = [(0.5, 0.5), (0.3, 0.6), (0.6, 0.4), (0.4, 0.4)]
    pictures = torch.stack([blob(x, y, 96).expand(3, -1, -1) for x, y in places])
    boxes = torch.tensor([[[x, y, 0.1, 0.1]] for x, y in places])
    mosaic = draw_mosaic(torch.zeros(4, dtype=torch.int64), 1.0)
    mixed = mosaic.pictures(pictures)
    moved, classes = mosaic.boxes(boxes, torch.zeros(4, 1, dtype=torch.int64))
    assert moved.shape == (4, 4, 4) and (classes == 0).all()
    for picture, row in zip(mixed, moved):
        for quarter, box in enumerate(row):
            left, top = 48 * (quarter % 2), 48 * (quarter // 2)
            x, y = centre_of(picture[0, top : top + 48, left : left + 48])
            assert ((left + 48 * x) / 96, (top + 48 * y) / 96) == pytest.approx(box[:2].tolist(), abs=0.01)


def test_targets_and_centroids_alone_would_find_nearly_all_fruit(real_data: Path) -> None:
    samples = load_dataset("fruit", real_data / "fruit").train
    labels, settings = read_labels(samples, "squash"), TrainConfig()
    targets = cell_targets(labels.boxes, labels.box_classes, (12, 12), settings.cover, settings.rim)
    perfect = 0.9 * np.eye(4)[targets.clamp(min=0).numpy()]
    boxes = [visible_boxes(sample, "squash") for sample in samples]
    assert detection(perfect, boxes, ["apple", "banana", "orange"], [0.5] * 3)["f1"] > 0.94


def test_a_mosaic_of_several_classes_is_mixed_and_half_keep_to_one() -> None:
    torch.manual_seed(0)
    classes = torch.arange(300) % 3
    mosaic = draw_mosaic(classes, 0.8, alike=0.5)
    named = mosaic.classes(classes, mixed=9)
    assert (named == classes)[~mosaic.replaced].all() and 200 < mosaic.replaced.sum() < 280
    several = torch.tensor([len(set(column)) > 1 for column in classes[mosaic.parts].T.tolist()])
    assert ((named == 9) == (several & mosaic.replaced)).all()
    assert 0.35 < several.float().mean() < 0.6
    assert (draw_mosaic(classes, 1.0, alike=1.0).classes(classes, mixed=9) == classes).all()


def test_colours_keep_their_range_and_nothing_changes_without_augmentation() -> None:
    pictures = torch.rand(8, 3, 32, 32)
    boxes = torch.rand(8, 2, 4)
    still = Augment(
        area=(1.0, 1.0), aspect=1.0, flip=False, rotate=0, brightness=0, contrast=0, saturation=0, hue=0
    )
    same, kept = vary(pictures, boxes, 32, still, torch.Generator().manual_seed(0), slice(0, 8))
    torch.testing.assert_close(same, pictures, atol=1e-4, rtol=0)
    torch.testing.assert_close(kept, boxes)
    wild = Augment(brightness=2.0, contrast=2.0, saturation=2.0, hue=0.5)
    varied, _ = vary(pictures, boxes, 32, wild, torch.Generator().manual_seed(0), slice(0, 8))
    assert varied.min() >= 0 and varied.max() <= 1 and (varied - pictures).abs().mean() > 0.05


def test_two_processes_see_the_batch_of_one() -> None:
    pictures, boxes = torch.rand(6, 3, 48, 48), torch.rand(6, 1, 4)
    whole, _ = vary(pictures, boxes, 32, Augment(), torch.Generator().manual_seed(1), slice(0, 6))
    parts = [
        vary(pictures[part], boxes, 32, Augment(), torch.Generator().manual_seed(1), part)[0]
        for part in (slice(0, 3), slice(3, 6))
    ]
    torch.testing.assert_close(torch.cat(parts), whole)


def test_drawn_predictions_show_at_their_place() -> None:
    from tinyml.inference.predictions import Detection, Prediction
    from tinyml.vision.draw import draw

    grey = np.full((200, 400, 3), 128, np.uint8)
    prediction = Prediction(detections=(Detection("banana", 0.25, 0.5, 0.9, 1),))
    drawn = np.asarray(
        draw(grey, prediction, ["apple", "banana"], "squash").resize((400, 200), Image.Resampling.BOX)
    )
    changed = np.argwhere((drawn != 128).any(2))
    assert 85 < changed[:, 0].mean() < 115 and changed[:, 1].min() > 80 and changed[:, 1].min() < 100
