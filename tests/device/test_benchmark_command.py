"""`tinyml build` and `tinyml benchmark` on a run: pictures over the serial line, the same bytes as TensorFlow Lite."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from support.firmware_project import copy_project
from support.untrained_run import write_untrained_run

from tinyml import paths as places
from tinyml.boards import load_board
from tinyml.commands import Result, benchmark
from tinyml.device import build as driver
from tinyml.device.benchmark import compare_outputs, percentile
from tinyml.errors import DeviceError, ToolchainError
from tinyml.files import read_json
from tinyml.workflow.build import build

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Path:
    """A run on the real pictures whose network was never trained: its bytes are as good as any."""
    return write_untrained_run(
        tmp_path_factory.mktemp("runs") / "fruit",
        dataset="fruit",
        data=str(real_data / "fruit"),
        task="classify",
        classes=["apple", "banana", "orange", "mixed"],
        width=0.35,
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the commands build in a project of their own."""
    project = copy_project(tmp_path)
    shared = places.share_dir
    for module in (places, driver):
        monkeypatch.setattr(module, "share_dir", lambda name: project if name == "firmware" else shared(name))
    return project


def invoke(command: Any, *arguments: str) -> Result:
    outcome = CliRunner().invoke(command, arguments, standalone_mode=False, catch_exceptions=False)
    result: Result = outcome.return_value
    json.dumps(result.data)
    return result


@pytest.mark.slow
def test_the_host_board_gives_the_same_bytes_for_all_real_pictures(run: Path, project: Path) -> None:
    options = ["--emulate", "host", "--mode", "both", "--compare", "--window-s", "0.2"]
    result = invoke(benchmark.command, str(run), *options)
    assert result.exit_code == 0
    report = read_json(run / "export" / "host" / "benchmark.json")
    assert report["bit_exact"] and report["pictures"] == report["of_pictures"] == 60
    exported = read_json(run / "export" / "host" / "accuracy.json")["stages"]["tflite_int8"]
    assert report["accuracy"] == {key: exported[key] for key in report["accuracy"]}
    assert len(report["latency_us"]["windows"]) == 5
    assert report["latency_us"]["median"] == percentile(report["latency_us"]["windows"], 0.5)
    assert report["ram_bytes"] > report["arena_bytes"] and report["flash_bytes"] > 0
    assert read_json(run / "export" / "host" / "budget.json")["source"] == "elf"


@pytest.mark.slow
def test_the_emulated_esp32_gives_the_same_bytes_and_counts(run: Path, project: Path) -> None:
    try:
        options = ["--emulate", "esp32_emulated", "--mode", "both", "--compare", "--limit", "6"]
        result = invoke(benchmark.command, str(run), *options)
    except ToolchainError as error:
        pytest.skip(error.what)
    assert result.exit_code == 0
    report = read_json(run / "export" / "esp32_emulated" / "benchmark.json")
    assert report["bit_exact"] and report["pictures"] == 6
    assert "latency_us" not in report, "an emulated board has no time"
    assert report["predicted"]["board"] == "esp32cam" and len(report["predicted"]["cores"]) == 2
    assert report["instructions_per_mac"] == report["instructions_per_inference"] / report["macs"]
    assert len(set(report["windows"])) == 1
    counted = sum(layer["instructions"] for layer in report["layers"])
    assert 0.9 < counted / report["instructions_per_inference"] < 1.2
    assert [layer["index"] for layer in report["layers"]] == list(range(len(report["layers"])))


def test_wrong_usage() -> None:
    import rich_click as click

    for arguments in (
        ["--emulate", "host"],
        ["--mode", "accuracy", "--port", "socket://127.0.0.1:1"],
        ["run", "--emulate", "host", "--port", "x"],
    ):
        with pytest.raises(click.UsageError):
            invoke(benchmark.command, *arguments)


def test_the_first_different_byte_is_named() -> None:
    expected = np.zeros((3, 2, 2), np.int8)
    got = expected.copy()
    assert compare_outputs(got, expected) is None
    got[1, 1, 0], got[2, 0, 0] = 5, 6
    difference = compare_outputs(got, expected)
    assert difference is not None
    assert (
        difference.picture,
        difference.element,
        difference.expected,
        difference.got,
        difference.pictures,
    ) == (1, 2, 0, 5, 2)
    with pytest.raises(DeviceError, match="4 output bytes, the model has 5"):
        compare_outputs(got, np.zeros((3, 5), np.int8))


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3.0], 0.95, 3.0), ([1, 2, 3, 4, 5], 0.5, 3), ([5, 1, 3], 0.95, 4.8), ([1, 2], 0, 1)],
)
def test_percentile(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == pytest.approx(expected)


def test_a_real_board_without_its_platform_is_refused_before_any_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No export of a minute before the message."""
    if driver.have_platform(load_board("esp32cam"), places.share_dir("firmware")):
        pytest.skip("the ESP32's platform is installed here")
    monkeypatch.setattr(driver, "registry_answers", lambda: False)
    with pytest.raises(ToolchainError, match="is not installed"):
        build(Path("no-run-is-looked-at"), load_board("esp32cam"))
