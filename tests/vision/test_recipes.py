"""Recipes as data: they all build, count what was published, survive pruning, and teach one another."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import rich_click as click
import torch
import torch.nn.functional as F
from PIL import Image

from tinyml.errors import ModelError, TinymlError
from tinyml.files import sha256, write_json
from tinyml.paths import RunFiles
from tinyml.vision import recipes
from tinyml.vision.augment import vary
from tinyml.vision.blocks import build_trunk
from tinyml.vision.checkpoint import Progress, save_checkpoint, save_tensors
from tinyml.vision.complexity import complexity, measure, training_bytes
from tinyml.vision.config import Augment, Block, Phase, TrainConfig, write_config
from tinyml.vision.distill import Teacher
from tinyml.vision.model import build_model
from tinyml.vision.optimizer import make_optimizer, rate_drops, set_training
from tinyml.vision.prune import prune, prune_run, table_of
from tinyml.vision.recipes import load_recipe, recipe_names
from tinyml.vision.weights import _without_stride
from tinyml.workflow.train import in_epochs

PUBLISHED = ("cifar10-mobilenetv1", "cifar10-mobilenetv1-custom")
CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def settled(name: str) -> TrainConfig:
    config = load_recipe(name).config
    config.classes, config.mean, config.std = CLASSES, config.mean * 3, config.std * 3
    return config


def small(**changes: object) -> TrainConfig:
    blocks = [
        Block("conv", 16, stride=2),
        Block("inverted", 24, 2, 2, residual=True),
        Block("separable", 32, 2, 2),
    ]
    config = TrainConfig(task="classify", size=32, blocks=blocks, head=16, classes=CLASSES, weights="none")
    config.mean, config.std = [0.5] * 3, [0.5] * 3
    for name, value in changes.items():
        setattr(config, name, value)
    return config


def write_run(folder: Path, config: TrainConfig) -> Path:
    """Write a finished run whose weights are random, its normalization's statistics too."""
    torch.manual_seed(1)
    network = build_model(config)
    network(torch.randn(8, 3, config.size, config.size))
    folder.mkdir(parents=True)
    write_config(folder / "config.toml", config)
    save_tensors(RunFiles(folder).model, network.state_dict())
    return folder


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_builds_and_says_what_it_is(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.about.title and recipe.about.differs
    config = settled(name)
    model = build_model(config).eval()
    with torch.no_grad():
        assert model(torch.zeros(2, 3, config.size, config.size)).shape == (2, 10)
    assert config.recipe == name


def test_published_counts() -> None:
    plain, custom = (complexity(settled(name)) for name in PUBLISHED)
    assert (plain.parameters, plain.flops) == (3_217_226, 48_412_672)
    assert plain.macs == 46_354_432
    assert custom.parameters == pytest.approx(1_001_642, rel=0.02)
    assert custom.flops == pytest.approx(28_374_016, rel=0.02)
    baseline = complexity(settled("cifar10-mobilenetv2"))
    assert custom.flops < baseline.flops < plain.flops


def test_a_shorter_exponential_schedule_falls_as_far() -> None:
    long = Phase(epochs=105, schedule="exponential", decay=0.94)
    short = in_epochs(long, 5)
    assert short.epochs == 5 and short.decay**5 == pytest.approx(0.94**105)
    assert in_epochs(Phase(schedule="plateau"), 5).decay == Phase().decay


def test_a_mosaic_that_cannot_show_is_no_departure() -> None:
    recipe, run = small(), small(batch=7)
    run.augment.mosaic = 0.9
    assert recipes.changes(run, recipe) == {"batch": 7}
    run.mixed = "salad"
    assert recipes.changes(run, recipe) == {"batch": 7, "augment.mosaic": 0.9}


def test_custom_network_is_narrow_and_residual() -> None:
    blocks = settled("cifar10-mobilenetv1-custom").blocks
    assert max(block.channels for block in blocks) == 256
    trunk = build_trunk(blocks, 3)
    same = [row for row in trunk if getattr(row, "residual", False)]
    assert len(same) == 15


def test_macs_are_those_of_the_layers_formulas() -> None:
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, 2, 1), torch.nn.BatchNorm2d(8), torch.nn.ReLU())
    cost = measure(network, torch.zeros(1, 3, 10, 10))
    assert cost.macs == 5 * 5 * 8 * 3 * 9
    assert cost.flops == cost.macs + 5 * 5 * 5 * 8
    assert cost.parameters == 8 * 27 + 8 + 16
    assert cost.activation_bytes == 4 * (300 + 200)


def test_training_bytes_follow_what_learns() -> None:
    config = settled("cifar10-mobilenetv2-fp16")
    state = sum(v.numel() for v in build_model(config).state_dict().values() if v.is_floating_point())
    assert 4 * state < training_bytes(config) < 12 * state
    config.phases[-1].frozen = ""
    assert training_bytes(config) == 4 * (state + 2 * complexity(config).parameters)


def test_training_bytes_are_those_of_the_file_that_holds_them(tmp_path: Path) -> None:
    config = settled("cifar10-mobilenetv2-fp16")
    model, phase = build_model(config), config.phases[-1]
    set_training(model, phase)
    optimizer = make_optimizer(model, phase)
    model(torch.rand(2, 3, 32, 32)).sum().backward()
    optimizer.step()
    save_checkpoint(tmp_path / "file", Progress(), {"model": model}, optimizer)
    assert (tmp_path / "file").stat().st_size == pytest.approx(training_bytes(config), rel=0.005)


def test_unknown_names_and_kinds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TinymlError, match="no recipe called 'cifar'"):
        load_recipe("cifar")
    for block in (Block("dense"), Block(stride=3), Block(channels=0)):
        with pytest.raises(ModelError, match="row 2 of the blocks"):
            build_trunk([Block(), block], 3)
    (tmp_path / "wrong.toml").write_text('[recipe]\ntitel = "?"\n')
    monkeypatch.setattr(recipes, "FOLDER", tmp_path)
    with pytest.raises(TinymlError, match=r"wrong.toml: recipe: unknown key 'titel'"):
        load_recipe("wrong")


def test_stem_without_stride_sees_the_enlarged_picture() -> None:
    weight, picture = torch.randn(4, 3, 3, 3), torch.rand(1, 3, 12, 12)
    enlarged = F.interpolate(picture, scale_factor=2, mode="bilinear")
    wanted = F.conv2d(enlarged, weight, stride=2, padding=1)
    found = F.conv2d(picture, _without_stride(weight), padding=1)
    torch.testing.assert_close(found[..., 1:-1, 1:-1], wanted[..., 1:-1, 1:-1])


def test_shift_moves_whole_pixels() -> None:
    augment = Augment((1, 1), 1, flip=False, rotate=0, brightness=0, contrast=0, saturation=0, hue=0, shift=2)
    pictures = torch.rand(32, 3, 8, 8)
    generator = torch.Generator().manual_seed(0)
    moved, _ = vary(pictures, torch.zeros(32, 0, 4), 8, augment, generator, slice(0, 32))
    offsets = set()
    for old, new in zip(pictures, moved):
        found = [
            (y, x)
            for y in range(-2, 3)
            for x in range(-2, 3)
            if torch.allclose(new[:, 2:6, 2:6], old[:, 2 + y : 6 + y, 2 + x : 6 + x], atol=1e-4)
        ]
        assert len(found) == 1
        offsets |= set(found)
    assert len(offsets) > 10


def test_last_layers_learn_on_a_frozen_trunk() -> None:
    model = build_model(small())
    set_training(model, Phase(frozen="trunk", last_layers=4))
    learning = {name for name, value in model.trunk.named_parameters() if value.requires_grad}
    layers = {name.rpartition(".")[0] for name in learning}
    assert len(layers) == 4 and all(name.startswith("4.") for name in layers)
    assert all(value.requires_grad for value in model.classifier.parameters())
    before = model.trunk[0][1].running_mean.clone()
    model(torch.randn(4, 3, 32, 32))
    assert torch.equal(before, model.trunk[0][1].running_mean)


def test_rate_drops_after_each_plateau_of_two() -> None:
    losses = [1.0, 0.9, 0.95, 0.92, 0.8, 0.9, 0.9, 0.9, 0.9]
    drops = [
        rate_drops([{"train_loss": loss} for loss in losses[:count]]) for count in range(len(losses) + 1)
    ]
    assert drops == [0, 0, 0, 0, 1, 1, 1, 2, 2, 3]


@pytest.mark.parametrize("name", ["cifar10-esp32cam", "cifar10-mobilenetv1-custom", "fruit-fomo"])
def test_a_pruned_network_is_a_table_of_blocks(name: str) -> None:
    pytest.importorskip("torch_pruning")
    config = settled(name)
    torch.manual_seed(0)
    network = build_model(config).eval()
    x = torch.rand(2, 3, config.size, config.size)
    before = measure(network, x[:1])
    prune(network, x[:1], 0.5)
    after = measure(network, x[:1])
    assert 0.35 * before.macs < after.macs <= 0.5 * before.macs
    config.blocks = table_of(network.trunk)
    config.head = network.head.out_channels if network.head is not None else 0
    rebuilt = build_model(config).eval()
    rebuilt.load_state_dict(network.state_dict())
    torch.testing.assert_close(rebuilt(x), network(x))
    assert complexity(config).macs == after.macs


def test_pruned_run_starts_from_the_smaller_network(tmp_path: Path) -> None:
    pytest.importorskip("torch_pruning")
    run = write_run(tmp_path / "run", small(hidden=24))
    config = prune_run(run, 0.4, tmp_path / "pruned")
    state = recipes_state(config)
    assert config.blocks and complexity(config).macs <= 0.6 * complexity(small(hidden=24)).macs
    torch.testing.assert_close(state["classifier.weight"], build_with_weights(config).classifier.weight)
    with pytest.raises(ModelError, match="share"):
        prune_run(run, 1.5, tmp_path / "pruned")
    with pytest.raises(ModelError, match="no network is left"):
        prune_run(run, 0.999, tmp_path / "pruned")


def recipes_state(config: TrainConfig) -> dict[str, torch.Tensor]:
    from tinyml.vision.weights import read_weights

    return read_weights(Path(config.weights))


def build_with_weights(config: TrainConfig) -> torch.nn.Module:
    from tinyml.vision.weights import load_weights

    torch.manual_seed(99)
    model = build_model(config)
    load_weights(model, config.weights, config)
    return model


def test_teacher_agrees_with_itself_and_sees_its_own_normalization(tmp_path: Path) -> None:
    run = write_run(tmp_path / "teacher", small())
    student = small(teacher=str(run))
    student.mean, student.std = [0.4] * 3, [0.25] * 3
    teacher = Teacher(student, torch.device("cpu"))
    pictures = torch.rand(4, 3, 32, 32)
    x = (pictures - 0.4) / 0.25
    with torch.no_grad():
        wanted = teacher.network((pictures - 0.5) / 0.5)
    torch.testing.assert_close(teacher.logits(x), wanted, atol=1e-4, rtol=1e-4)
    assert teacher.loss(x, wanted).item() == pytest.approx(0, abs=1e-5)
    assert teacher.loss(x, wanted.flip(1)).item() > 1e-3
    other = copy.deepcopy(student)
    other.classes = CLASSES[:5]
    with pytest.raises(TinymlError, match="cannot teach this run: its classes"):
        Teacher(other, torch.device("cpu"))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders like CIFAR-10's: 12 training and 3 test pictures for each of ten classes, of one hue each."""
    folder = tmp_path_factory.mktemp("data") / "squares"
    rng = np.random.default_rng(0)
    for split, count in (("train", 12), ("test", 3)):
        for number, name in enumerate(CLASSES):
            (folder / split / name).mkdir(parents=True)
            for i in range(count):
                noise = rng.integers(0, 60, (32, 32, 3))
                colour = np.array([number * 19, 190 - number * 19, number % 3 * 90])
                Image.fromarray((noise + colour).astype(np.uint8)).save(folder / split / name / f"{i}.png")
    return folder


def run_command(name: str, *arguments: str) -> dict:
    """Run a command of tinyml in this process and return its data."""
    import importlib

    command = importlib.import_module(f"tinyml.commands.{name}").command
    return command.main(list(arguments), standalone_mode=False).data


def test_results_are_recorded_and_shown_beside_the_published(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYML_RUNS", str(tmp_path))
    monkeypatch.setattr(recipes, "RESULTS", tmp_path / "results.json")
    options = ("--data", str(pictures), "--epochs", "1", "--subset", "40", "--batch", "20")
    run_command("train", "cifar10", "--recipe", "cifar10-mobilenet-casestudy", *options)
    rows = run_command("recipes", "--record", "cifar10-mobilenet-casestudy")["recipes"]
    row = next(row for row in rows if row["name"] == "cifar10-mobilenet-casestudy")
    metrics = json.loads((tmp_path / "cifar10-mobilenet-casestudy" / "metrics.json").read_text())
    (reproduced,) = row["reproduced"]
    assert reproduced["figures"]["accuracy"] == metrics["test"]["accuracy"]
    assert (reproduced["epochs"], reproduced["subset"], reproduced["seed"]) == (1, 40, 0)
    assert row["published"]["accuracy"] == 0.7158
    assert reproduced["changed"] == {"batch": 20, "phases.1.epochs": 1}
    compared = run_command("compare", "cifar10-mobilenet-casestudy")["runs"]
    assert compared[0]["float"] == metrics["test"]["accuracy"] and compared[0]["int8"] is None
    with pytest.raises(TinymlError, match="none of these runs"):
        run_command("compare", "cifar10-mobilenet-casestudy", "--out", str(tmp_path / "plot.png"))


def test_instructions_are_those_of_the_same_file(tmp_path: Path) -> None:
    for board, content, counted in (("esp32cam", b"model", 0), ("esp32_emulated", b"model", 700)):
        folder = tmp_path / "export" / board
        folder.mkdir(parents=True)
        (folder / "model_int8.tflite").write_bytes(content)
        stages = {name: {"accuracy": 0.5} for name in ("float", "tflite_int8")}
        about = {"task": "classify", "split": "test", "of_pictures": 10, "data": "", "synthetic": False}
        about |= {"remark": "", "tflm_arena_bytes": None, "warnings": []}
        write_json(folder / "accuracy.json", {"pictures": 10, "stages": stages} | about)
        if counted:
            benchmark = {
                "board": board,
                "runtime": "stream",
                "model_sha256": sha256(folder / "model_int8.tflite"),
            }
            write_json(folder / "benchmark.json", benchmark | {"instructions_per_inference": counted})
    (row,) = recipes.exports(tmp_path)
    assert (row["board"], row["int8_bytes"]) == ("esp32cam", 5)
    assert row["instructions"] == {"esp32_emulated": 700}
    (tmp_path / "export" / "esp32cam" / "model_int8.tflite").write_bytes(b"other")
    assert recipes.exports(tmp_path)[0]["instructions"] == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in recipe_names() if name.startswith("cifar10")])
def test_a_recipe_trains_resumes_and_exports(
    name: str, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinyml.boards import load_board
    from tinyml.vision import train
    from tinyml.workflow.export import export_run
    from tinyml.workflow.int8 import Choice
    from tinyml.workflow.run import Run

    monkeypatch.setenv("TINYML_RUNS", str(tmp_path))
    config = load_recipe(name).config
    options = (
        "--data",
        str(pictures),
        "--epochs",
        "1",
        "--subset",
        "60",
        "--batch",
        "20",
        "--weights",
        "none",
    )
    if len(config.phases) == 1:
        options = (*options[:3], "2", *options[4:])
    save, saved = train.save_checkpoint, []

    def save_and_stop(*arguments: object) -> None:
        save(*arguments)
        saved.append(True)
        if len(saved) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(train, "save_checkpoint", save_and_stop)
    with pytest.raises(click.Abort):  # what click makes of the interrupt
        run_command("train", "cifar10", "--recipe", name, *options)
    metrics = run_command("train", "cifar10", "--recipe", name, "--resume")
    assert len(saved) == 2 and [row["epoch"] for row in metrics["history"]] == [1, 2]

    run = tmp_path / name
    export_run(
        Run(run),
        load_board("host"),
        Choice(test_pictures=10),
        run / "export" / "host",
        tmp_path / "generated",
    )
    (row,) = run_command("compare", name, "--target", "host", "--out", str(tmp_path / "plot.png"))["runs"]
    # MACs of the compiled network: those of the graph, whatever the converter and the compiler did to it.
    assert row["macs"] == complexity(settled(name)).macs
    assert (
        row["float16_bytes"] < 0.6 * row["float32_bytes"] and row["int8_bytes"] < row["float32_bytes"] / 2.5
    )
    assert row["ram_bytes"] > 0 and (tmp_path / "plot.png").stat().st_size > 5000
    stages = json.loads((tmp_path / name / "export" / "host" / "accuracy.json").read_text())["stages"]
    assert stages["tflm"]["bit_exact"] and stages["c_host"]["bit_exact"]
