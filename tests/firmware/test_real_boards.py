"""Every real board's environment of the unmodified platformio.ini, built by PlatformIO over the stand-in of tests/vendor."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.emulated import need
from support.firmware_project import copy_project
from support.firmware_project import generate as generate_model
from support.gated_network import gated
from support.public_shapes import mobilenet_v2, person_detection
from support.seed_network import seed_network
from support.tiny_firmware import FIRMWARE, TINY
from support.vendor_platform import install

from tinyml import boards
from tinyml.boards import board_names, load_board
from tinyml.boards.budget import application_bytes, budget, planned_bytes
from tinyml.commands import build as build_command
from tinyml.compiler.ops.base import COPIED
from tinyml.compiler.pipeline import compile_model
from tinyml.compiler.targets import KERNELS, refuse_other_kernels
from tinyml.conversion.c_source import Application, Golden, Value, application_source
from tinyml.device.build import build_firmware
from tinyml.device.memory import PLACES, memory_of
from tinyml.device.project import shared_objects
from tinyml.errors import BudgetError, ToolchainError
from tinyml.files import read_json
from tinyml.workflow.model import load_model

REAL = [name for name in board_names() if not load_board(name).emulated]
OURS = re.compile(
    r"(tinyml|tm|tv|model)_\w+|setup|loop"
)  # a name that no sketch and no other library has; Arduino's two
FILES = ("model.h", "model.c", "application.c")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the vendor's stand-in installed, and the tiny model generated for every real board."""
    need("esp32_emulated")
    project = copy_project(tmp_path_factory.mktemp("real"))
    install(project)
    for name in [*REAL, "esp32cam_tflm"]:
        generate(project, name)
    return project


def generate(project: Path, environment: str, **sizes: int) -> None:
    """Write the tiny model for an environment; `sizes` replace numbers in its header: MODEL_ARENA_BYTES=1000."""
    generated = project / "generated" / environment
    generated.mkdir(parents=True, exist_ok=True)
    for file in FILES:
        shutil.copy(TINY / file, generated)
    header = generated / "model.h"
    for name, value in sizes.items():
        header.write_text(re.sub(rf"#define {name} \d+", f"#define {name} {value}", header.read_text()))


def pio(project: Path, environment: str, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run PlatformIO as a person does."""
    return subprocess.run(
        [sys.executable, "-m", "platformio", "run", "-e", environment, *options],
        cwd=project,
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
    )


def global_names(objects: Path) -> set[str]:
    """Return what the objects in a folder of PlatformIO's define for the linker."""
    files = [str(path) for path in objects.rglob("*.o")]
    said = subprocess.run(["nm", "--defined-only", "-g", *files], capture_output=True, text=True).stdout
    return {line.split()[2] for line in said.splitlines() if len(line.split()) == 3}


@pytest.mark.parametrize(
    ("network", "options"),
    [
        (person_detection, []),
        pytest.param(lambda: gated(64), ["--ram", "psram"], marks=pytest.mark.slow),
    ],
)
def test_a_file_of_any_origin_becomes_an_image(
    network: Callable[[], bytes],
    options: list[str],
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`tinyml build --model`, as a person calls it; the second network needs more RAM than the chip has inside."""
    monkeypatch.setenv("TINYML_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("tinyml.workflow.build.shared_core", lambda: project / ".pio-core")
    path = tmp_path / "any.tflite"
    path.write_bytes(network())
    given = ["--model", str(path), "--target", "esp32cam", *options]
    result = build_command.command.main(given, standalone_mode=False)
    program = Path(result.data["program"])
    image = subprocess.run(
        [sys.executable, "-m", "esptool", "image-info", str(program.with_name("firmware.bin"))],
        capture_output=True,
        text=True,
    ).stdout
    assert "Validation hash" in image and result.data["budget"]["ok"]
    used = {row["region"]: row["used_bytes"] for row in result.data["budget"]["regions"]}
    plan = load_model(path, psram=bool(options)).export("esp32cam").plan
    copied = plan["constants_bytes"].get(COPIED, 0)
    outer = "psram" in plan
    assert outer == bool(options) and (plan["psram"]["bytes"] >= 64 * 64 * 32 if outer else True)
    assert used["heap_block"] == -(-plan["arena_bytes"] // 16) * 16 + copied


@pytest.mark.parametrize("name", REAL)
def test_a_board_builds_up_to_its_image(name: str, project: Path) -> None:
    # One is built as `pio run` does by hand, the others as `tinyml build` does: with what was compiled before at hand.
    before = {} if name == "esp32cam" else {"TINYML_OBJECTS": str(shared_objects())}
    done = pio(project, name, **before)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = project / ".pio" / "build" / name
    report = read_json(folder / "budget.json")
    assert report["ok"] and report["source"] == "elf" and report["board"] == name
    assert report["unplaced"] == []
    used = {row["region"]: row["used_bytes"] for row in report["regions"]}
    beside = load_board(name).region_for("input").name == "heap_block"
    assert used["heap_block"] == 64 + 48 * beside, (
        "the arena, and the input where the board has no PSRAM for it"
    )
    program = (folder / "firmware.elf").read_bytes()
    assert name.encode() + b"\0" in program, "info tells the board's name"
    board = load_board(name)
    libraries = [folder / "lib"] if before else folder.glob("lib*")
    names = set.union(*(global_names(objects) for objects in (folder / "src", *libraries)))
    assert names and not [one for one in names if not OURS.fullmatch(one)]
    told = subprocess.run(
        [sys.executable, "-m", "esptool", "image-info", str(folder / "firmware.bin")],
        capture_output=True,
        text=True,
    ).stdout
    assert re.search(r"Flash mode: (\w+)", told)[1].lower() == board.flash["mode"]  # type: ignore[index]
    assert f"{board.flash['clock_hz'] // 1_000_000}m" in re.search(r"Flash freq: (\w+)", told)[1]  # type: ignore[index]
    assert re.search(r"hecksum: 0x[0-9a-f]{2} \(valid\)", told)


@pytest.mark.slow
def test_the_comparison_with_tflite_micro_builds(project: Path) -> None:
    generated = project / "generated" / "esp32cam_tflm"
    (generated / "model.c").unlink(missing_ok=True)
    shutil.copy(TINY / "model_data.h", generated)
    (generated / "model_data.c").write_text(
        '#include "model_data.h"\nconst unsigned char model_data[16] = {1};\n'
    )
    done = pio(project, "esp32cam_tflm")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("size", [96, pytest.param(176, marks=pytest.mark.slow)])
def test_a_trained_network_takes_what_was_planned(size: int, project: Path) -> None:
    """The detector with the chip's own kernels: never more than the plan said, in any region."""
    board = load_board("esp32cam")
    model = seed_network(0.35, size, task="detect")
    generate_model(board, project, model, model)
    plan = read_json(project / "generated" / "esp32cam" / "plan.json")
    constants_bytes = plan["weights_bytes"] + application_bytes(
        size * size * 3, len(plan["layers"]), goldens=1
    )
    planned = planned_bytes(board, plan["arena_bytes"], constants_bytes, input_bytes=size * size * 3)
    if (
        planned["heap_block"] > board.region_for("arena").usable_bytes
    ):  # the largest input that one could think of
        with pytest.raises(BudgetError, match="heap_block by"):
            build_firmware(board, project)
    else:
        build_firmware(board, project)
    report = read_json(project / ".pio" / "build" / "esp32cam" / "budget.json")
    used = {row["region"]: row["used_bytes"] for row in report["regions"]}
    assert used["heap_block"] == (plan["arena_bytes"] + 15) // 16 * 16
    for region in ("iram", "dram", "flash"):
        assert used[region] <= planned[region], (region, used[region], planned[region])
    generate(project, "esp32cam")


def test_v_is_refused_in_words(project: Path) -> None:
    """The vendor's own build script fails under it, with a traceback."""
    done = pio(project, "esp32cam", "-v")
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "Build without -v; `pio run -e ENVIRONMENT -t compiledb`" in done.stderr


NETWORKS = {  # a model, and the shape of its picture
    "width 1.0": lambda: (seed_network(1.0), (96, 96, 3)),
    "MobileNetV2-0.25": lambda: (mobilenet_v2(), (32, 32, 3)),
    "person detection": lambda: (person_detection(), (96, 96, 1)),
    "a heap full of constants": lambda: (seed_network(1.4, 104, task="detect"), (104, 104, 3)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_constants_in_ram_link_with_what_both_cores_need(name: str, project: Path) -> None:
    """The plan fits, and so does what the linker makes of it, region by region."""
    model, shape = NETWORKS[name]()
    board, generated = load_board("esp32cam"), project / "generated" / "esp32cam"
    (project / "model.tflite").write_bytes(model)
    shutil.rmtree(generated)
    input_bytes = int(np.prod(shape))
    plan = compile_model(
        project / "model.tflite",
        generated,
        input_mode="rows",
        kernels="lx6",
        workers=2,
        memory=memory_of(board, input_bytes),
    )
    golden = Golden(np.zeros(shape, np.uint8), np.zeros(plan["outputs"][0]["shape"], np.int8), None)
    tables = np.tile((np.arange(256) - 128).astype(np.int8), (shape[2], 1))
    application = Application(
        "test", "0" * 64, "classify", "squash", ["a"] * golden.output.shape[-1], [], tables,
        [Value("picture", "int8", shape)], [Value("scores", "int8", (1, 1, golden.output.size), 1 / 256, -128)], [golden],
    )  # fmt: skip
    (generated / "application.c").write_text(application_source(application, "a test"))
    placed = plan["constants_bytes"]
    constants_bytes = plan["weights_bytes"] + application_bytes(input_bytes, len(plan["layers"]), goldens=1)
    places = {f"{PLACES[place]}_bytes": size for place, size in placed.items() if place in PLACES}
    planned = planned_bytes(
        board,
        plan["ram_bytes"] + placed.get(COPIED, 0),
        constants_bytes,
        input_bytes=input_bytes,
        **places,
    )
    assert budget(board, planned, "plan")["ok"]
    build_firmware(board, project)
    report = read_json(project / ".pio" / "build" / "esp32cam" / "budget.json")
    for row in report["regions"]:
        assert row["used_bytes"] <= planned[row["region"]], (row, planned)
    generate(project, "esp32cam")


# Each takes one line away that the build needs: (file, the text that goes, what takes its place).
MUTATIONS = [
    ("include/hal.h", None, ""),
    ("platformio.ini", "-I generated/$PIOENV", ""),
    ("platformio.ini", "+<esp32/>", ""),
    ("platformio.ini", "+<*.c>", "+<serve.c>"),
    ("platformio.ini", "+<../generated/$PIOENV/*.c>", ""),
    ("platformio.ini", "  pre:scripts/board.py\n", ""),
    ("scripts/board.py", '"TINYML_BOARD": ', '"TINYML_OTHER": '),
    ("scripts/board.py", '"CAMERA_FRAMES": ', '"CAMERA_OTHER": '),
]


@pytest.mark.slow
@pytest.mark.parametrize(("file", "text", "instead"), MUTATIONS)
def test_nothing_can_be_taken_away(
    file: str, text: str | None, instead: str, project: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "firmware"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("build"), symlinks=True)
    path = copy / file
    if text is None:
        path.unlink()
    else:
        assert text in path.read_text()
        path.write_text(path.read_text().replace(text, instead))
    assert pio(copy, "esp32cam").returncode != 0


def test_the_arena_fits_up_to_the_last_byte(project: Path) -> None:
    """The heap's block, just below and just above its limit: what the plan says is what the build does."""
    board = load_board("esp32cam")
    limit = board.region_for("arena").limit_bytes
    for arena_bytes in (limit // 16 * 16, limit // 16 * 16 + 16):
        fits = budget(board, planned_bytes(board, arena_bytes, 0, input_bytes=48), "plan")["ok"]
        generate(project, "esp32cam", MODEL_ARENA_BYTES=arena_bytes)
        assert fits == (arena_bytes <= limit)
        if fits:
            build_firmware(board, project)
        else:
            with pytest.raises(BudgetError, match=r"heap_block by [0-9]+ bytes") as failure:
                build_firmware(board, project)
            assert "--ram LIMIT" in failure.value.cure
    generate(project, "esp32cam")


@pytest.mark.slow
@pytest.mark.parametrize("what", ["arena", "static", "constants"])
def test_plans_and_links_agree_around_each_limit(what: str, project: Path) -> None:
    """Seven models of rising size around a region's limit: arena on the heap, static data, constants in flash."""
    board = load_board("esp32cam")
    region = board.region_for(what)
    needs = {"arena": 64, "constants": 0, "input": 48, "static": 0}
    room = region.usable_bytes - planned_bytes(board, 64, 0, input_bytes=48).get(region.name, 0)
    for share in (0.5, 0.9, 0.99, 1.0, 1.08, 1.3, 2.0):
        size = round(room * share) // 16 * 16
        sizes = {f"{name}_bytes": value for name, value in (needs | {what: needs[what] + size}).items()}
        fits = budget(board, planned_bytes(board, **sizes), "plan")["ok"]
        generate(project, "esp32cam", MODEL_ARENA_BYTES=64 + (size if what == "arena" else 0))
        if what != "arena":
            grow(project / "generated" / "esp32cam" / "model.c", what, size)
        if fits:
            build_firmware(board, project)
        elif (
            share >= 1.3 or what == "arena"
        ):  # nearer, the plan's allowance for the core may refuse what would link
            with pytest.raises(BudgetError, match=f"{region.name} by"):
                build_firmware(board, project)
    generate(project, "esp32cam")


def grow(source: Path, what: str, size: int) -> None:
    """Let the tiny model have so many bytes more of static data, or of constants."""
    kind, value = ("const ", " = {1}") if what == "constants" else ("", "")
    text, begin = source.read_text(), "int8_t *model_input_row(model *m) {"
    assert begin in text
    more = f"static {kind}volatile uint8_t more[{size}]{value};\n\n"
    source.write_text(text.replace(begin, f"{more}{begin}\n    (void)more[m->row];"))


def test_the_linkers_overflow_comes_in_the_budgets_words(project: Path) -> None:
    board = load_board("esp32cam")
    generate(project, "esp32cam")
    grow(project / "generated" / "esp32cam" / "model.c", "static", 200_000)
    with pytest.raises(BudgetError, match=r"dram by [\d,]+ bytes") as failure:
        build_firmware(board, project)
    assert "--width" in failure.value.cure
    generate(project, "esp32cam")


def test_other_kernels_than_compiled_for_do_not_compile(project: Path) -> None:
    """What was compiled for the LX6's kernels and built with the portable ones dereferenced NULL."""
    model = project / "generated" / "esp32cam" / "model.c"
    model.write_text(model.read_text() + refuse_other_kernels("portable") + "\n")
    with pytest.raises(
        ToolchainError, match="compiled for the portable kernels and is built with the lx6 ones"
    ):
        build_firmware(load_board("esp32cam"), project)
    generate(project, "esp32cam")
    for kernels in KERNELS:
        guard = refuse_other_kernels(kernels)
        assert f"TM_KERNELS == TM_{kernels.upper()}\n" not in guard


@pytest.mark.slow
def test_a_new_board_is_one_file(project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = (boards.FOLDER / "esp_eye.toml").read_text().replace("xclk = 4", "xclk = 2")
    assert 'extends = "esp32"' in text and "xclk = 2" in text
    (tmp_path / "new_board.toml").write_text(text)
    monkeypatch.setenv("TINYML_BOARDS", str(tmp_path))
    board_names.cache_clear()
    try:
        generate(project, "new_board")
        program = build_firmware(load_board("new_board"), project)
        assert b"new_board\0" in program.read_bytes()
        assert "[env:new_board]" not in (project / "platformio.ini").read_text()
    finally:
        monkeypatch.undo()
        board_names.cache_clear()


def test_every_real_board_has_an_environment_of_two_or_three_lines() -> None:
    text = (FIRMWARE / "platformio.ini").read_text()
    for name in REAL:
        section = re.search(rf"^\[env:{name}\]\n((?:\S.*\n)+)", text, re.MULTILINE)
        assert section is not None and f"extends = {load_board(name).extends}" in section[1]
        assert len(section[1].splitlines()) <= 2
