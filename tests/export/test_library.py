"""Libraries for other people's firmware: each kind is compiled as its users compile it, and gives the reference's bytes."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from support.emulated import PRELUDE, need, run
from support.oracles import lite_outputs
from support.tflite_builder import ModelBuilder

from tinyml.errors import ModelError, TinymlError
from tinyml.workflow.library import c_name, export_library
from tinyml.workflow.model import Model, load_model

STRICT = ["-Wall", "-Wextra", "-Werror", "-Wshadow", "-O1"]
ROOT = Path(__file__).parents[2]
LX6 = [sys.executable, str(ROOT / "firmware/platform/builder/lx6cc.py"), "--llvm", "/usr/lib/llvm-22/bin"]
LX6 += [f"-I{ROOT}/firmware/platform/support/freestanding/include"]
M4 = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-std=c99"]
RISCV = ["riscv64-unknown-elf-gcc", "-march=rv32imc", "-mabi=ilp32", "-std=c99", "-ffreestanding"]
RISCV += [f"-I{ROOT}/firmware/platform/support/freestanding/include"]


def network(inputs: int) -> bytes:
    """Return a small classifier, of one picture or of two that are added."""
    b = ModelBuilder(6)
    pictures = [b.input((1, 12, 12, 3)) for _ in range(inputs)]
    x = pictures[0] if inputs == 1 else b.add(*pictures)
    x = b.conv(x, 8, stride=(2, 2), activation="RELU6")
    x = b.depthwise(b.conv(x, 12, kernel=(1, 1)))
    return b.finish(b.same("SOFTMAX", b.fully_connected(b.mean(x), 5)))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Model]:
    folder = tmp_path_factory.mktemp("models")
    (folder / "labels.txt").write_text("a\nb\nc\nd\ne\n")
    found = {}
    for name, inputs in (("one", 1), ("two", 2)):
        path = folder / f"{name}.tflite"
        path.write_bytes(network(inputs))
        found[name] = load_model(path, labels=folder / "labels.txt")
    return found


def check(command: list[str]) -> str:
    """Run a command that must succeed and say what it prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
    return done.stdout


def code(folder: Path) -> list[str]:
    return [str(path) for path in sorted((folder / "src").iterdir()) if path.suffix in (".c", ".S")]


def global_names(objects: list[Path]) -> set[str]:
    lines = check(["nm", "--defined-only", "-g", *map(str, objects)]).splitlines()
    return {line.split()[2] for line in lines if len(line.split()) == 3}


def compiled(compiler: list[str], sources: list[str], folder: Path) -> list[Path]:
    """Compile each source with a compiler's command."""
    folder.mkdir()
    objects = [folder / f"{number}.o" for number in range(len(sources))]
    for source, target in zip(sources, objects, strict=True):
        check([*compiler, *STRICT[:3], "-O2", "-c", source, "-o", str(target)])
    return objects


def self_tested(folder: Path, program: Path) -> str:
    """Compile a plain C library with its self test, as C99 and, for its headers, as C++17, and say what the test prints."""
    test, source = folder / "test" / "self_test.c", f"-I{folder / 'src'}"
    check(["cc", "-std=c99", *STRICT, source, str(test), *code(folder), "-o", str(program)])
    check(["g++", "-std=c++17", *STRICT, source, "-x", "c++", "-fsyntax-only", str(test)])
    return check([str(program)])


def test_two_libraries_in_one_program_give_the_reference_bytes(
    models: dict[str, Model], tmp_path: Path
) -> None:
    """Each begins every name with its own; a program that has both still computes the same."""
    names = []
    for name, model in models.items():
        folder = export_library(model, "c", out=tmp_path)
        assert self_tested(folder, tmp_path / f"{name}_test") == f"{name}: 0 bytes differ\n"
        names.append(global_names(compiled(["cc", "-std=c99"], code(folder), tmp_path / f"{name}_objects")))
        assert all(re.match(rf"{name}(_|$)", one) for one in names[-1])
    assert not names[0] & names[1]
    first = tmp_path / "one" / "test" / "self_test.c"
    first.write_text(first.read_text().replace("int main(void)", "int one_main(void)"))
    second = tmp_path / "two" / "test" / "self_test.c"
    calls = second.read_text().replace("return different", "return one_main() + different")
    second.write_text(calls.replace("int main", "int one_main(void);\n\nint main"))
    folders = [f"-I{tmp_path / name / 'src'}" for name in models]
    sources = [str(first), str(second), *code(tmp_path / "one"), *code(tmp_path / "two")]
    check(["cc", "-std=c99", *folders, *sources, "-o", str(tmp_path / "both")])
    assert check([str(tmp_path / "both")]) == "two: 0 bytes differ\none: 0 bytes differ\n"


def test_one_file_with_tensorflow_lites_bytes(models: dict[str, Model], tmp_path: Path) -> None:
    folder = export_library(models["one"], "c", out=tmp_path, single=True)
    assert {path.name for path in (folder / "src").iterdir()} == {"one.c", "one.h"}
    assert self_tested(folder, tmp_path / "x") == "one: 0 bytes differ\n"
    text = (folder / "test" / "one_known.h").read_text()
    given, expected = (
        np.array([int(word) for word in part.replace(",", " ").split()], np.uint8).view(np.int8)
        for part in re.findall(r"\{\n(.*?)\}", text, re.DOTALL)
    )
    wanted = lite_outputs(network(1), [given.reshape(1, 12, 12, 3)])[0]
    assert np.array_equal(wanted.ravel(), expected)
    assert 'one_labels[5] = {"a", "b", "c", "d", "e"}' in (folder / "src" / "one.h").read_text()


@pytest.mark.skipif(shutil.which("cmake") is None, reason="no cmake: run tools/install_debian.sh")
def test_cmake_builds_it_and_runs_its_self_test(models: dict[str, Model], tmp_path: Path) -> None:
    folder = export_library(models["one"], "c", out=tmp_path, input_mode="frame")
    check(["cmake", "-B", str(tmp_path / "build"), "-S", str(folder)])
    check(["cmake", "--build", str(tmp_path / "build")])
    assert "100% tests passed" in check(["ctest", "--test-dir", str(tmp_path / "build")])


ARDUINO = """
#include <stdio.h>
struct Line { void begin(int) {} void print(const char *s) { fputs(s, stdout); } void print(int n) { printf("%d", n); }
              void println(const char *s) { puts(s); } } Serial;
void setup();
int main() { setup(); }
"""


def test_an_arduino_library_and_its_sketch(models: dict[str, Model], tmp_path: Path) -> None:
    archive = export_library(models["one"], "arduino", "host", out=tmp_path, name="fruit")
    zipfile.ZipFile(archive).extractall(tmp_path)
    folder = tmp_path / "fruit"
    told = dict(line.split("=", 1) for line in (folder / "library.properties").read_text().splitlines())
    assert told["name"] == "fruit" and told["architectures"] == "*" and told["includes"] == "fruit.h"
    objects = compiled(["cc"], code(folder), tmp_path / "objects")
    sketch = folder / "examples" / "SelfTest" / "SelfTest.ino"
    (tmp_path / "arduino.h").write_text(ARDUINO)
    check(
        [
            "g++",
            "-std=c++17",
            *STRICT,
            "-include",
            str(tmp_path / "arduino.h"),
            f"-I{folder / 'src'}",
            "-x",
            "c++",
            str(sketch),
            "-x",
            "none",
            *map(str, objects),
            "-o",
            str(tmp_path / "x"),
        ]
    )
    assert check([str(tmp_path / "x")]) == "fruit: 0 bytes differ\n"


def test_an_esp_idf_component_compiles_for_the_lx6(models: dict[str, Model], tmp_path: Path) -> None:
    need("esp32_emulated")
    folder = export_library(models["one"], "esp-idf", out=tmp_path)
    told = yaml.safe_load((folder / "idf_component.yml").read_text())
    assert told["targets"] == ["esp32"] and told["dependencies"] == {"idf": ">=4.4"}
    listed = re.findall(r'"(src/\S+)"', (folder / "CMakeLists.txt").read_text())
    assert sorted(listed) == sorted(str(Path(path).relative_to(folder)) for path in code(folder))
    main = yaml.safe_load((folder / "examples" / "self_test" / "main" / "idf_component.yml").read_text())
    assert (
        folder / "examples" / "self_test" / main["dependencies"]["one"]["override_path"]
    ).resolve() == folder.parent
    names = global_names(compiled(LX6, code(folder), tmp_path / "objects"))
    assert names and all(one.startswith("one") for one in names)


@pytest.mark.parametrize(
    ("board", "compiler"), [("cortex_m4_emulated", M4), ("rv32imc_emulated", RISCV)], ids=["arm", "riscv"]
)
def test_plain_c_compiles_for_other_chips(
    board: str, compiler: list[str], models: dict[str, Model], tmp_path: Path
) -> None:
    need(board)
    folder = export_library(models["one"], "c", board, out=tmp_path)
    assert compiled(compiler, code(folder), tmp_path / "objects")


@pytest.mark.slow
@pytest.mark.parametrize("board", ["esp32_emulated", "cortex_m4_emulated", "rv32imc_emulated"])
def test_it_gives_the_reference_bytes_on_each_chip(
    board: str, models: dict[str, Model], tmp_path: Path
) -> None:
    folder = export_library(models["one"], "c", board, out=tmp_path)
    sources = {path.name: path.read_text() for path in (folder / "src").iterdir()}
    sources["one_known.h"] = (folder / "test" / "one_known.h").read_text()
    test = (
        (folder / "test" / "self_test.c").read_text().split("int main")[0].replace("#include <stdio.h>\n", "")
    )
    sources["main.c"] = (
        f"{PRELUDE}\n{test}\nint main(void) {{ say_number((uint32_t)one_self_test()); return 0; }}\n"
    )
    assert run(tmp_path, board, sources).split() == ["0"]


def test_what_excludes_each_other_is_said(models: dict[str, Model], tmp_path: Path) -> None:
    for kind, board in (("arduino", "host"), ("c", "esp32cam")):
        with pytest.raises(TinymlError, match="a single file has no room"):
            export_library(models["one"], kind, board, out=tmp_path, single=True)
    with pytest.raises(TinymlError, match="no library called 'zip'"):
        export_library(models["one"], "zip", out=tmp_path)
    (tmp_path / "x.tflite").write_bytes(b"not one")
    with pytest.raises(ModelError):
        export_library(Model(tmp_path / "x.tflite"), "c", out=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"x.tflite"}


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Fruit 3", "fruit_3"),
        ("3d", "model_3d"),
        ("int", "model_int"),
        ("äpfel", "pfel"),
        ("", "model"),
        ("x-y", "x_y"),
    ],
)
def test_any_name_becomes_one_for_c(name: str, made: str) -> None:
    assert c_name(name) == made
