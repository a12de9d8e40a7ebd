"""The layers of the package: imports go downwards, siblings never import each other."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "tinyml"
LAYERS = [
    {"cli"},
    {"commands"},
    {"vision", "conversion", "compiler", "device", "report"},
    {"data", "inference", "boards", "paths"},
    {"files", "progress", "processes", "console"},
    {"errors"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
FILES = sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def tinyml_imports(tree: ast.AST) -> set[str]:
    """Return the first-level parts of tinyml that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("tinyml.")}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "use absolute imports"
            if node.module == "tinyml":
                found |= {alias.name for alias in node.names if not alias.name.startswith("__")}
            elif node.module and node.module.startswith("tinyml."):
                found.add(node.module.split(".")[1])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downwards(path: Path) -> None:
    name = part(path)
    if name == "__init__":
        return
    for imported in tinyml_imports(ast.parse(path.read_text())) - {name}:
        if name == "paths" or LEVEL[name] == LEVEL["data"]:
            assert LEVEL[imported] >= LEVEL[name], f"{path} imports {imported} from a higher layer"
        else:
            assert LEVEL[imported] > LEVEL[name], f"{path} imports {imported}: a sibling or a higher layer"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_torch_stays_in_vision(path: Path) -> None:
    if part(path) == "vision":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        assert not any(name.split(".")[0] in ("torch", "torchvision") for name in names), path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_prints_and_exits(path: Path) -> None:
    if path == PACKAGE / "cli.py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("print", "sys.exit", "exit", "quit", "pickle.load", "pickle.loads"), (
                f"{path}:{node.lineno} calls {called}"
            )
            if called == "torch.load":
                assert any(
                    keyword.arg == "weights_only" and ast.unparse(keyword.value) == "True"
                    for keyword in node.keywords
                ), f"{path}:{node.lineno}: torch.load without weights_only=True"


def test_help_loads_neither_torch_nor_tensorflow() -> None:
    code = (
        "import sys; sys.argv = ['tinyml', '--help']\n"
        "from tinyml.cli import main\n"
        "try: main()\nexcept SystemExit as end: assert end.code == 0, end.code\n"
        "heavy = {'torch', 'tensorflow', 'numpy', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
