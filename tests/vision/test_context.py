"""Detection with context: coarser maps that the head sees, from the network to the compiled bytes; audited labels."""

from pathlib import Path

import numpy as np
import pytest
import torch
from support.untrained_run import write_untrained_run

from tinyml.compiler.check.verify import verify
from tinyml.data import load_dataset
from tinyml.data.corrections import read_corrections
from tinyml.errors import DataError, ModelError, TinymlError
from tinyml.vision.config import TrainConfig
from tinyml.vision.model import build_model

CLASSES = ["background", "apple", "banana", "orange"]
ROOT = Path(__file__).parents[2]


def config(**settings: object) -> TrainConfig:
    chosen = {"task": "detect", "classes": CLASSES, "size": 64, "width": 0.35} | settings
    return TrainConfig(mean=[0.5] * 3, std=[0.5] * 3, **chosen)  # type: ignore[arg-type]


@pytest.mark.parametrize("context", [[9], [11], [14], [14, 17]])
def test_the_map_keeps_its_grid_and_sees_further(context: list[int]) -> None:
    torch.manual_seed(0)
    model = build_model(config(context=context)).eval()
    picture = torch.rand(1, 3, 64, 64)
    out = model(picture)
    assert out.shape[-2:] == (8, 8)
    far = picture.clone()
    far[..., -8:, -8:] = 0  # beyond the 59 pixels that the first cell sees at cut 7
    plain = build_model(config()).eval()
    assert torch.equal(plain(picture)[..., 0, 0], plain(far)[..., 0, 0])
    if len(context) > 1 or context[0] > 9:
        assert not torch.equal(out[..., 0, 0], model(far)[..., 0, 0])


@pytest.mark.parametrize(
    "settings",
    [
        {"task": "classify", "context": [14]},
        {"context": [5]},
        {"context": [14, 9]},
        {"context": [14], "size": 72},
    ],
)
def test_context_that_cannot_be(settings: dict) -> None:
    with pytest.raises(ModelError) as caught:
        build_model(config(**settings))
    assert caught.value.cure


def test_the_real_sets_corrections_are_whole() -> None:
    found = read_corrections(ROOT / "datasets" / "fruit" / "corrections.toml", ("apple", "banana", "orange"))
    splits = {name.split("/")[0] for name in found}
    assert splits == {"train", "test"} and len(found) > 100


def test_a_wrong_correction_is_named(tmp_path: Path) -> None:
    path = tmp_path / "corrections.toml"
    for row in ('boxes = [["pear", 0, 0, 1, 1]]', 'boxes = [["apple", 0.5, 0, 0.5, 1]]', "boxes = 3", ""):
        path.write_text(f'[train."a.jpg"]\nreasons = ["moved"]\n{row}\n')
        with pytest.raises(DataError, match=r"train/a\.jpg"):
            read_corrections(path, ("apple",))


def test_audited_labels_of_the_real_set(real_data: Path) -> None:
    dataset = load_dataset("fruit", real_data / "fruit")
    audited = dataset.with_labels("audited")
    boxes = [sum(len(sample.boxes) for sample in one.train) for one in (dataset, audited)]
    assert boxes[0] == 465 and boxes[1] > 550
    assert len(audited.test) == len(dataset.test) == 60


def test_a_set_without_an_audit_says_so(tmp_path: Path) -> None:
    from PIL import Image

    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for number in range(4):
            Image.fromarray(np.full((16, 16, 3), 40 * number, np.uint8)).save(
                tmp_path / label / f"{number}.png"
            )
    with pytest.raises(TinymlError, match="no audited labels"):
        load_dataset(str(tmp_path), None).with_labels("audited")


def test_a_context_network_compiles_to_the_reference_s_bytes(tmp_path: Path) -> None:
    """The coarse map is enlarged twice and joined to the fine one, row by row."""
    from tinyml.conversion.convert import convert
    from tinyml.vision.onnx import export_onnx

    run = write_untrained_run(
        tmp_path / "run", dataset="none", task="detect", classes=CLASSES, size=64, width=0.35, context=[14]
    )
    export_onnx(run, tmp_path / "model.onnx")
    pictures = np.random.default_rng(0).integers(0, 256, (8, 64, 64, 3), np.uint8)
    files = convert(tmp_path / "model.onnx", pictures, [0.5] * 3, [0.5] * 3, tmp_path)
    result = verify(files["int8"], count=3)
    assert result.different == 0
