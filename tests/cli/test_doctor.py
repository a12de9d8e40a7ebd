"""The doctor finds what is wrong with a computer, and says what to do."""

from importlib import metadata
from pathlib import Path

import pytest

from tinyml.commands.doctor import STYLES
from tinyml.workflow import doctor
from tinyml.workflow.doctor import CHECKS, compilers, folders, packages


def test_every_finding_that_is_not_ok_has_a_cure() -> None:
    findings = [finding for check in CHECKS for finding in check()]
    assert {"python", "packages", "emulated ESP32", "runs"} <= {finding.what for finding in findings}
    for finding in findings:
        assert finding.state in STYLES
        assert finding.state == "ok" or finding.cure, finding


def test_a_wrong_and_a_missing_package_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "rich":
            raise metadata.PackageNotFoundError(name)
        return "0.0.1" if name == "onnx2tf" else real(name)

    real = metadata.version
    monkeypatch.setattr(doctor.metadata, "version", version)
    (finding,) = packages()
    assert finding.state == "broken"
    assert "rich is missing" in finding.detail and "onnx2tf is 0.0.1, pinned is" in finding.detail


def test_missing_tools_are_grouped_by_what_they_are_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        doctor.shutil, "which", lambda tool: None if tool.startswith("qemu") else f"/bin/{tool}"
    )
    states = {finding.what: finding for finding in compilers()}
    assert states["the C stage on this computer"].state == "ok"
    assert (
        states["emulated ESP32"].state == "missing"
        and states["emulated ESP32"].detail == "qemu-system-xtensa"
    )


def test_a_full_disk_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Usage:
        free = 1_000_000

    monkeypatch.setenv("TINYML_RUNS", str(tmp_path / "not" / "there" / "yet"))
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: Usage)
    assert {finding.state for finding in folders()} == {"missing"}
