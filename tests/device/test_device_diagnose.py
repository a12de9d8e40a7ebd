"""The doctor's findings about boards: each thing that is wrong has its own, with its cure."""

import json
import os
import pty
from pathlib import Path

import msgspec
import pytest
from support.serial_line import INFO, PASSED, serving, well_behaved

from tinyml.device import diagnose
from tinyml.device.answers import Info, SelfTest
from tinyml.device.diagnose import boards, judge


def states(info: dict, selftest: dict) -> dict[str, str]:
    found = list(
        judge("port", msgspec.convert(INFO | info, Info), msgspec.convert(PASSED | selftest, SelfTest))
    )
    assert all(one.cure for one in found if one.state != "ok")
    return {one.what: one.state for one in found}


def test_a_healthy_board() -> None:
    assert states({}, {}) == {"port": "ok", "port: self test": "ok"}


@pytest.mark.parametrize(
    ("info", "selftest", "what", "state"),
    [
        ({"reset_cause": "brown-out: the power supply is too weak"}, {}, "port: last reset", "missing"),
        ({"reset_cause": "watchdog: the firmware hung"}, {}, "port: last reset", "missing"),
        ({"largest_internal_block_bytes": 4000}, {}, "port: memory", "missing"),
        ({"free_psram_bytes": 0}, {}, "port: PSRAM", "missing"),
        ({}, {"pass": False, "colours": False, "colours_differ": "swapped"}, "port: colours", "missing"),
        ({}, {"pass": False, "model": False, "name": "conv_3"}, "port: self test", "broken"),
    ],
)
def test_findings(info: dict, selftest: dict, what: str, state: str) -> None:
    assert states(info, selftest)[what] == state


def test_another_model_than_the_last_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / "generated" / "nowhere" / "export.json"
    marker.parent.mkdir(parents=True)
    whose = {"run": "runs/fruit", "board": "nowhere", "runtime": "stream"}
    marker.write_text(json.dumps(whose | {"model_sha256": "cd" * 32}))
    monkeypatch.setattr(diagnose, "share_dir", lambda name: tmp_path)
    assert states({}, {})["port: model"] == "missing"
    marker.write_text(json.dumps(whose | {"model_sha256": INFO["model_sha256"]}))
    assert "port: model" not in states({}, {})


def test_boards_are_asked() -> None:
    def reply(command: str) -> bytes:
        if command in ("info", "selftest"):
            return json.dumps({command: INFO if command == "info" else PASSED}).encode() + b"\r\nm-ready\r\n"
        return well_behaved(command)

    with serving(reply) as url:
        assert [one.state for one in boards(url)] == ["ok", "ok"]
    (finding,) = boards("socket://127.0.0.1:1")  # nothing listens there
    assert finding.state == "missing" and finding.cure


def test_a_port_that_may_not_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    _, slave = pty.openpty()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    (finding,) = boards(os.ttyname(slave))
    assert "may not open" in finding.detail and "usermod" in finding.cure
