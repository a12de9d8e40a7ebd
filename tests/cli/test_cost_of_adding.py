"""What a board, a format, an operator, a command and a loss cost to add, measured by adding each from its template.

Every test makes the files that a person would write, and one line of a table where there is one; nothing else may be needed.
"""

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from support.operator_cases import CASES, network
from support.oracles import lite_outputs

from tinyml import boards, cli
from tinyml.compiler import ops
from tinyml.compiler.check import host
from tinyml.compiler.check.host import HostModel
from tinyml.compiler.check.verify import random_inputs
from tinyml.compiler.targets import structs
from tinyml.data import formats, load_dataset
from tinyml.data.formats import Format

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "docs" / "templates"


def load(name: str, module: str) -> ModuleType:
    """Import a template under the name of the module that a copy of it would be."""
    spec = importlib.util.spec_from_file_location(module, TEMPLATES / f"{name}.py")
    assert spec and spec.loader
    loaded = sys.modules[module] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def equal_to_tensorflow_lite(case: dict[str, Any], folder: Path, *flags: str) -> str:
    """Compile a case, compare its bytes with TensorFlow Lite's, and return the C that was generated."""
    data = network(case)
    (folder / "model.tflite").write_bytes(data)
    with HostModel(folder / "model.tflite", kernels="reference", flags=("-O0", *flags)) as model:
        codes = random_inputs(6, model.input_bytes)
        inputs = [one.reshape(model.plan["inputs"][0]["shape"]) for one in codes]
        for got, expected in zip(map(model.run, codes), lite_outputs(data, inputs), strict=True):
            np.testing.assert_array_equal(got, expected.reshape(-1))
        return (model.folder / "model.c").read_text()


def test_a_board_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "adding-a-board.md").read_text()
    example = page.split("```toml\n")[1].split("```")[0]
    (tmp_path / "mine.toml").write_text(example)
    monkeypatch.setenv("TINYML_BOARDS", str(tmp_path))
    boards.board_names.cache_clear()
    try:
        board = boards.load_board("mine")
        assert board.region_for("arena").usable_bytes > 0
        shown = CliRunner().invoke(cli.app, ["boards"], standalone_mode=False, obj={}).return_value
        assert "mine" in {row["name"] for row in shown.data["boards"]}
    finally:
        boards.board_names.cache_clear()


def test_a_format_is_one_reader_and_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = load("format", "tinyml.data.formats.lines")
    row = Format(template.is_lines, template.read_lines, False, "a list of labels (labels.txt)")
    monkeypatch.setattr(formats, "FORMATS", {"lines": row, **formats.FORMATS})
    monkeypatch.setattr("tinyml.data.load.FORMATS", formats.FORMATS)
    monkeypatch.setattr("tinyml.data.assemble.FORMATS", formats.FORMATS)
    for number in range(12):
        Image.new("RGB", (9, 9), (20 * number, 9, 9)).save(tmp_path / f"{number}.png")
    lines = [f"{number}.png {'ab'[number % 2]}" for number in range(12)]
    (tmp_path / "labels.txt").write_text("\n".join(lines))
    dataset = load_dataset(tmp_path)
    assert dataset.format == "lines" and dataset.classes == ("a", "b")
    assert len(dataset.train) + len(dataset.test) == 12


@pytest.mark.parametrize("name", ["lookup: ABS", "lookup: ABS with another scale"])
def test_an_operator_of_a_table_is_one_file_one_line_and_one_case(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ops.OPERATORS, "ABS", load("operator", "tinyml.compiler.ops.mine").OPERATOR)
    equal_to_tensorflow_lite(CASES[name], tmp_path)


def test_an_operator_with_a_kernel_is_five_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in ops/, its line in the table, the kernel, its declaration, and a case; the compiler is as it was."""
    library = tmp_path / "firmware" / "lib" / "tinyml_kernels"
    shutil.copytree(ROOT / "firmware" / "lib" / "tinyml_kernels", library)
    header = library / "include" / "tm_operators.h"
    text, end = header.read_text(), "\n#endif\n"
    assert text.endswith(end)
    header.write_text(text.removesuffix(end) + (TEMPLATES / "kernel.h").read_text() + end)
    shutil.copy(TEMPLATES / "kernel.c", library / "src" / "reference" / "absolute_row_s8.c")
    for module in (host, structs):
        monkeypatch.setattr(module, "share_dir", lambda name: tmp_path / name)
    monkeypatch.setitem(
        ops.OPERATORS, "ABS", load("kernel_operator", "tinyml.compiler.ops.absolute").OPERATOR
    )
    structs.structs.cache_clear()
    try:
        source = equal_to_tensorflow_lite(
            CASES["lookup: ABS"], tmp_path, "-DWITH_ABSOLUTE"
        )  # no archive made before
    finally:
        structs.structs.cache_clear()
    assert "tm_absolute_row_s8" in source


def test_a_command_is_one_handler_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "regions", "List the memory regions of a board.")
    load("command", "tinyml.commands.regions")
    result = CliRunner().invoke(cli.app, ["regions", "host"], standalone_mode=False, obj={}).return_value
    assert set(result.data["regions"]) == {"ram", "flash"}
    assert "regions" in CliRunner().invoke(cli.app, ["--help"]).output
    monkeypatch.delitem(sys.modules, "tinyml.commands.regions")


def test_a_loss_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who replaces loss.py has changed what training lowers and what validation reports, for both tasks."""
    from tinyml.data.samples import Box, Sample
    from tinyml.vision import train
    from tinyml.vision.config import Phase, TrainConfig

    template, losses = load("loss", "tinyml.vision.mine"), []

    def loss_of(*arguments: object) -> object:
        losses.append(template.loss_of(*arguments))
        return losses[-1]

    monkeypatch.setattr(train, "loss_of", loss_of)
    noise = np.random.default_rng(0)
    samples = []
    for number in range(4):
        path = tmp_path / f"{number}.png"
        Image.fromarray(noise.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(path)
        samples.append(Sample(path, number % 2, (Box(number % 2, 0.2, 0.2, 0.8, 0.8),)))
    for task in ("detect", "classify"):
        losses.clear()
        config = TrainConfig(
            task=task,
            classes=["a", "b"],
            size=32,
            width=0.1,
            batch=4,
            weights="none",
            phases=[Phase(epochs=1)],
        )
        (row,) = train.train(config, samples, samples, tmp_path / task).progress.history
        assert row["train_loss"] == losses[0].item()
        assert task == "classify" or row["validation_loss"] == losses[1].item()
