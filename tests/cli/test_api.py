"""The front door: `import tinyml` offers the use cases, lazily and typed, and the documents show what there is."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tinyml

ROOT = Path(__file__).parents[2]
HEAVY = (
    "torch",
    "torchvision",
    "tensorflow",
    "ai_edge_litert",
    "onnxruntime",
    "numpy",
    "rich",
    "click",
    "matplotlib",
)


def test_importing_loads_nothing_heavy() -> None:
    code = f"import sys, tinyml; assert not {set(HEAVY)!r} & set(sys.modules), sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("name", tinyml.__all__)
def test_each_name_is_there_and_says_what_it_is(name: str) -> None:
    found = getattr(tinyml, name)
    assert found.__name__ == name and name in dir(tinyml)
    assert inspect.getdoc(found), name
    if inspect.isfunction(found):
        signature = inspect.signature(found)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(one.annotation is not inspect.Parameter.empty for one in signature.parameters.values()), (
            name
        )


def test_the_names_load_neither_torch_nor_tensorflow() -> None:
    code = (
        "import sys, tinyml\n"
        "for name in tinyml.__all__: getattr(tinyml, name)\n"
        f"assert not {set(HEAVY[:5])!r} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = tinyml.trian  # type: ignore[attr-defined]


def test_the_page_names_all_of_it_and_nothing_else() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    assert set(re.findall(r"^### `(\w+)", page, flags=re.M)) == set(tinyml.__all__)
    for name, arguments in re.findall(r"^### `(\w+)\((.*?)\)", page, flags=re.M):
        shown = [part.split("=")[0].strip("* ") for part in arguments.split(", ")]
        given = inspect.signature(getattr(tinyml, name)).parameters
        assert {part for part in shown if part} <= set(given), f"{name} has no such argument"
        required = {
            key
            for key, one in given.items()
            if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD
        }
        assert required <= set(shown), name


def test_submodules_do_not_take_the_place_of_functions() -> None:
    packages = {path.stem for path in (ROOT / "tinyml").iterdir()}
    assert not packages & set(tinyml.__all__)
