"""The layers of the package: imports go downwards, siblings never import each other."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tinyml"
LAYERS = [
    {"cli"},
    {"commands"},
    {"terminal"},
    {"workflow", "studio", "tuning"},
    {"vision", "conversion", "device", "report"},
    {"compiler", "data", "inference", "boards"},
    {"reference"},
    {"contracts"},
    {"paths"},
    {"locks"},
    {"files", "progress", "processes", "console", "layers"},
    {"errors"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# Within a layer, what may be asked by its neighbours: the studio and tuning call the use cases, metrics know samples.
NEIGHBOURS = {("studio", "workflow"), ("tuning", "workflow"), ("inference", "data")}
# The compiler's wings in the order of flow: each may use those before it. The graph is what all of them speak of; the
# operators' tables come before the reader and the passes, which ask them; the words of a team are the styles' too.
WINGS = [
    "quantize",
    "frontend.graph",
    "emit.text",
    "emit.team",
    "styles",
    "ops",
    "frontend",
    "planning",
    "targets",
    "emit",
    "pipeline",
    "check",
]
FILES = sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def nodes_of(path: Path) -> list[ast.AST]:
    """Return all that a file's syntax tree holds: several tests look at it, none changes it."""
    return list(ast.walk(ast.parse(path.read_text())))


@functools.cache
def imported_modules(path: Path, *, for_types: bool = True) -> set[str]:
    """Return the dotted names that a module imports, anywhere in it: modules, and what is taken from them.

    `for_types`: also those that only a type checker sees.
    """
    found, seen_by_checkers = set(), set()
    for node in nodes_of(path):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not for_types:
            seen_by_checkers |= set(node.body)
    for node in nodes_of(path):
        if node in seen_by_checkers:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "use absolute imports"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def tinyml_imports(path: Path) -> set[str]:
    """Return the first-level parts of tinyml that a module imports."""
    names = {name.split(".")[1] for name in imported_modules(path) if name.startswith("tinyml.")}
    return {name for name in names if not name.startswith("__")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downwards(path: Path) -> None:
    name = part(path)
    if name == "__init__":  # the public API, which loads what it offers when it is asked for
        return
    for imported in tinyml_imports(path) - {name}:
        assert LEVEL[imported] > LEVEL[name] or (name, imported) in NEIGHBOURS, (
            f"{path} imports {imported}: a sibling or a higher layer"
        )


def wing(module: str) -> str | None:
    """Return the compiler's wing that a dotted name lies in, None for one outside."""
    parts = module.removeprefix("tinyml.compiler.").split(".")
    if not module.startswith("tinyml.compiler."):
        return None
    return ".".join(parts[:2]) if ".".join(parts[:2]) in WINGS else parts[0]


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "compiler").rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_the_compilers_wings_stand_in_the_order_of_flow(path: Path) -> None:
    own = wing("tinyml." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts))
    assert own is not None
    if own == "__init__":
        return
    for imported in filter(None, map(wing, imported_modules(path, for_types=False))):
        assert WINGS.index(imported) <= WINGS.index(own), (
            f"{path} imports {imported}, which comes after {own}"
        )


@pytest.mark.parametrize("path", sorted((PACKAGE / "commands").rglob("*.py")), ids=lambda path: path.name)
def test_handlers_are_small_and_import_no_other_handler(path: Path) -> None:
    others = {name for name in imported_modules(path) if name.startswith("tinyml.commands.")}
    others -= {"tinyml.commands.Result"}
    if path.name == "__init__.py":  # a group takes its own commands together
        others = {name for name in others if name.split(".")[2] != path.parent.name}
    assert not others, f"{path} imports {others}"
    assert len(path.read_text().splitlines()) <= 100, f"{path} is more than a handler: use tinyml/workflow"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_tests_import_support_and_never_the_tools_or_each_other(path: Path) -> None:
    own = {"tests", *(other.stem for other in (ROOT / "tests").rglob("test_*.py"))}
    tools = {"tools", *(other.stem for other in (ROOT / "tools").glob("*.py"))}
    for name in imported_modules(path):
        assert name.split(".")[0] not in own | tools, f"{path} imports {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "tools").glob("*.py")), ids=lambda path: path.name)
def test_tools_import_support_and_no_test(path: Path) -> None:
    own = {other.stem for other in (ROOT / "tests").rglob("test_*.py")} | {"tests", "conftest"}
    tools = {other.stem for other in (ROOT / "tools").glob("*.py")}
    for name in imported_modules(path):
        assert name.split(".")[0] not in own | tools, f"{path} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_torch_stays_in_vision(path: Path) -> None:
    if part(path) == "vision":
        return
    for node in nodes_of(path):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        assert not any(name.split(".")[0] in ("torch", "torchvision") for name in names), path


LOOSE = "dict[str, Any]"


def test_public_signatures_name_what_they_hold() -> None:
    """A table of anything may stand in a handful of places, never in what others call: that has a type."""
    assert sum(path.read_text().count(LOOSE) for path in FILES) <= 8
    for path in FILES:
        for node in nodes_of(path):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                for kind in (node.returns, *(one.annotation for one in arguments)):
                    assert kind is None or LOOSE not in ast.unparse(kind), f"{path}:{node.lineno} {node.name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_prints_and_exits(path: Path) -> None:
    if path == PACKAGE / "cli.py":
        return
    for node in nodes_of(path):
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


# A comment above a function that is longer than 60 lines for a reason begins like this, and gives it.
LONGER = "# Longer than 60 lines: "


@pytest.mark.parametrize("folder", ["tinyml", "tools", "tests", "firmware"])
def test_a_function_over_60_lines_gives_its_reason(folder: str) -> None:
    for path in sorted((ROOT / folder).rglob("*.py")):
        lines = path.read_text().splitlines()
        reasoned = {below for below, line in enumerate(lines, 2) if line.strip().startswith(LONGER)}
        longer = {
            min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            for node in nodes_of(path)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (node.end_lineno or 0) - node.lineno >= 60
        }
        assert longer == reasoned, (
            f"{path}: without a reason {longer - reasoned}, not so long {reasoned - longer}"
        )


def test_help_loads_neither_torch_nor_tensorflow() -> None:
    code = (
        "import sys; sys.argv = ['tinyml', '--help']\n"
        "from tinyml.cli import main\n"
        "try: main()\nexcept SystemExit as end: assert end.code == 0, end.code\n"
        "heavy = {'torch', 'tensorflow', 'numpy', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
