"""Names for a model's C: what C would stumble over is refused, what is accepted compiles as C and as C++."""

import subprocess
from pathlib import Path

import pytest
from support.seed_network import seed_network

from tinyml.compiler.emit.names import RESERVED, check_name
from tinyml.compiler.pipeline import compile_model
from tinyml.errors import TinymlError

KERNELS = Path(__file__).parents[2] / "firmware" / "lib" / "tinyml_kernels" / "include"


@pytest.mark.parametrize(
    "name", ["", "1st", "Model", "my-model", "ä", "x" * 1_000_000, "_x", "tm_run", "tv_x"]
)
def test_no_name(name: str) -> None:
    with pytest.raises(TinymlError) as caught:
        check_name(name)
    assert len(caught.value.what) < 200 and caught.value.cure


@pytest.mark.parametrize("name", [*sorted(RESERVED), "uint8_t", "int_fast16_t", "size_t"])
def test_reserved_names(name: str) -> None:
    with pytest.raises(TinymlError, match="already") as caught:
        check_name(name)
    check_name(caught.value.cure.removeprefix("try --name "))


@pytest.mark.parametrize(
    "name", ["a", "model", "input", "output", "run", "rows", "scratch", "arena", "state", "layer", "y"]
)
def test_accepted_names_compile(name: str, tmp_path: Path) -> None:
    model = tmp_path / "seed.tflite"
    model.write_bytes(seed_network(0.35, size=32))
    compile_model(model, tmp_path, name=name)
    source, header = tmp_path / f"{name}.c", tmp_path / f"{name}.h"
    strict = ["-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{KERNELS}"]
    subprocess.run(["gcc", "-std=c99", "-pedantic", *strict, str(source)], check=True)
    subprocess.run(["g++", "-std=c++17", "-x", "c++", *strict, str(header)], check=True)
