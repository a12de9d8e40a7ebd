"""The notebook: committed without outputs, made of what `import tinyml` offers, and right from top to bottom."""

import ast
import inspect
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import tinyml
from tinyml.data.fruit.render import render_fruit

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "from-pictures-to-board.ipynb"
SHORT = (
    "EPOCHS, PICTURES, SIZE, WIDTH = 1, 40, 32, 0.1"  # instead of its own parameters: it need not find much
)


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    found = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(found)
    return found


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_it_is_committed_without_outputs_and_each_cell_is_explained(notebook: nbformat.NotebookNode) -> None:
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown" and ("code", "code") not in pairwise(kinds)
    for cell in code(notebook):
        assert cell.outputs == [] and cell.execution_count is None


def test_it_needs_nothing_but_the_public_interface(notebook: nbformat.NotebookNode) -> None:
    tree = ast.parse("\n".join(cell.source for cell in code(notebook)))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported == {"json", "PIL", "tinyml"}
    called = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("tinyml."):
            called[ast.unparse(node.func).removeprefix("tinyml.")] = node
    assert set(called) <= set(tinyml.__all__)
    assert set(called) >= {"estimate", "train", "export", "verify", "predict", "build", "benchmark"}
    for name, node in called.items():
        words = {keyword.arg or "": None for keyword in node.keywords}
        inspect.signature(getattr(tinyml, name)).bind(*node.args, **words)


@pytest.mark.timeout(600)
def test_it_runs_from_top_to_bottom(
    notebook: nbformat.NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On few pictures: the whole set takes minutes to draw."""
    render_fruit(tmp_path / "data" / "fruit", train=40, test=8, size=64)
    monkeypatch.setenv("TINYML_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("TINYML_RUNS", raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    place = next(
        at for at, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", [])
    )
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(SHORT))
    NotebookClient(notebook, timeout=500, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = ["".join(output.get("text", "") for output in cell.outputs) for cell in code(notebook)]
    shown = [any("image/png" in output.get("data", {}) for output in cell.outputs) for cell in code(notebook)]
    assert sum(shown) == 2, "the curves, and a picture with what was found in it"
    assert any(text.endswith("inputs, 0 of them with a different output\n") for text in said)
    assert said[-1] == "equal to TensorFlow Lite, byte for byte: True\n"
    assert (tmp_path / "runs" / "notebook" / "export" / "host" / "model.c").is_file()
