"""What a board, a format, an operator, a command and a loss cost to add, measured by adding each from its template.

Every test makes the files that a person would write, and one line of a table where there is one; nothing else may be needed.
"""

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from support.operator_cases import CASES, network
from support.oracles import lite_outputs

from tinyml import boards, cli
from tinyml.compiler import ops
from tinyml.compiler.check.host import HostModel
from tinyml.compiler.check.verify import random_inputs
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
    data = network(CASES[name])
    (tmp_path / "model.tflite").write_bytes(data)
    with HostModel(tmp_path / "model.tflite", kernels="reference", flags=("-O0",)) as model:
        codes = random_inputs(6, model.input_bytes)
        inputs = [one.reshape(model.plan["inputs"][0]["shape"]) for one in codes]
        for got, expected in zip(map(model.run, codes), lite_outputs(data, inputs), strict=True):
            np.testing.assert_array_equal(got, expected.reshape(-1))


def test_an_operator_with_a_kernel_is_at_most_five_files() -> None:
    """The compiler's other files know neither TRANSPOSE_CONV nor its kernel, which is a file of its own."""
    files = {
        "tinyml/compiler/ops/transpose_conv.py",
        "tinyml/compiler/ops/__init__.py",
        "firmware/lib/tinyml_kernels/include/tinyml_kernels.h",
        "tests/cases/transpose_conv.toml",
    }
    assert all((ROOT / file).is_file() for file in files)
    kernel = [*(ROOT / "firmware" / "lib").rglob("src/reference/transpose_conv*.c")]
    assert len(kernel) == 1 and len(files) + len(kernel) <= 5
    for path in (ROOT / "tinyml" / "compiler").rglob("*.py"):
        known = "TRANSPOSE_CONV" in path.read_text() or "transpose_conv" in path.read_text()
        inside = str(path.relative_to(ROOT)) in files
        assert inside or not known, path


def test_a_command_is_one_handler_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli.COMMANDS, "regions", "List the memory regions of a board.")
    load("command", "tinyml.commands.regions")
    result = CliRunner().invoke(cli.app, ["regions", "host"], standalone_mode=False, obj={}).return_value
    assert set(result.data["regions"]) == {"ram", "flash"}
    assert "regions" in CliRunner().invoke(cli.app, ["--help"]).output
    monkeypatch.delitem(sys.modules, "tinyml.commands.regions")


def test_a_loss_is_one_file() -> None:
    """One module turns logits and targets into the number that training lowers; who calls it names none of its parts."""
    calls = {
        path.name
        for path in (ROOT / "tinyml" / "vision").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name == "detection_loss"
    }
    assert len(calls) == 1
