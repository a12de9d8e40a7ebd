"""Long work in processes of its own: found again, stopped, its end told; and what of runs may be asked for."""

import json
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.example_run import write_example_run
from support.studio_pages import draw_scene, open_studio

from tinyml.errors import DataError

pytest.importorskip("starlette", reason="the studio needs tinyml[studio]")


def until(jobs: Any, name: str, *states: str) -> dict[str, Any]:
    """Wait for a job to be in one of these states."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        job = next(job for job in jobs.list() if job["id"] == name)
        if job["state"] in states:
            return dict(job)
        time.sleep(0.05)
    raise AssertionError(job)


def test_a_job_runs_a_command_and_tells_how_it_ended(tmp_path: Path) -> None:
    from tinyml.studio.jobs import Jobs

    jobs = Jobs(tmp_path)
    good = jobs.start("boards", "Listing the boards", command=["boards"])
    assert until(jobs, good, "done", "failed")["state"] == "done"
    assert json.loads((tmp_path / good / "out.json").read_text())["boards"]
    bad = jobs.start("show", "Showing nothing", command=["data", "show", str(tmp_path / "nowhere")])
    ended = until(jobs, bad, "done", "failed")
    assert ended["state"] == "failed" and "nowhere" in ended["error"] and ended["cure"]
    assert [job["id"] for job in Jobs(tmp_path).list()] == [bad, good]  # a server that starts anew knows them


def test_a_killed_job_is_lost_and_a_stopped_one_stopped(tmp_path: Path) -> None:
    from tinyml.studio.jobs import Jobs

    jobs = Jobs(tmp_path)
    for wanted in ("lost", "stopped"):
        # a prompt that nobody answers would end at once: a port that never speaks does not
        name = jobs.start(wanted, "Waiting", command=["compile", "/dev/fd/0"])
        place = tmp_path / name
        deadline = time.monotonic() + 60
        while not (place / "pid").is_file() and time.monotonic() < deadline:
            time.sleep(0.01)
        if wanted == "lost":
            os.kill(int((place / "pid").read_text()), signal.SIGKILL)
            assert until(jobs, name, "lost", "failed", "done")["state"] in ("lost", "failed")
        else:
            jobs.stop(name)
            assert until(jobs, name, "stopped", "failed")["state"] in ("stopped", "failed")


def test_a_job_of_a_kind_runs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tinyml.studio.jobs import Jobs

    jobs = Jobs(tmp_path)
    monkeypatch.setattr(jobs, "list", lambda: [{"state": "running", "kind": "train", "run": "a"}])
    with pytest.raises(DataError, match="under way already"):
        jobs.start("train", "Training a", run="a")


def test_the_curves_come_from_the_checkpoint(tmp_path: Path) -> None:
    from tinyml.paths import RunFiles
    from tinyml.studio.jobs import training_progress

    header = json.dumps(
        {"__metadata__": {"progress": json.dumps({"epoch": 3, "seconds": 6.0, "history": [{"epoch": 1}]})}}
    ).encode()
    run = RunFiles(tmp_path)
    assert training_progress(run) is None
    run.checkpoint.write_bytes(len(header).to_bytes(8, "little") + header)
    run.config.write_text("[[phases]]\nepochs = 5\n")
    assert training_progress(run) == {"done": 3, "total": 5, "history": [{"epoch": 1}], "seconds_left": 4}
    run.checkpoint.write_bytes(b"\xff" * 40)
    assert training_progress(run) is None


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TINYML_RUNS", str(tmp_path / "runs"))
    metrics = write_example_run(tmp_path / "runs", "fruit") / "metrics.json"
    metrics.write_text(json.dumps({**json.loads(metrics.read_text()), "best_epoch": 40}))
    draw_scene(tmp_path / "pictures" / "0.png", 0)
    with open_studio(tmp_path / "pictures") as client:
        yield client


def test_runs_are_those_of_the_command_line(page: Any, tmp_path: Path) -> None:
    rows = page.get("/api/runs").json()["runs"]
    assert [(row["name"], row["metric"], row["resumable"]) for row in rows] == [("fruit", "f1", False)]
    facts = page.get("/api/run", params={"name": "fruit"}).json()
    assert facts["config"]["classes"] == ["apple", "banana", "orange"]
    assert "c_host" in facts["exports"]["esp32cam"]["stages"] and facts["troubles"] == []
    accuracy = tmp_path / "runs" / "fruit" / "export" / "esp32cam" / "accuracy.json"
    accuracy.write_text("{}")
    damaged = page.get("/api/run", params={"name": "fruit"}).json()
    assert damaged["exports"] == {} and "is missing" in damaged["troubles"][0]  # hides nothing else


@pytest.mark.parametrize("name", ["../runs/fruit", "..", "", "nothing", "/tmp", "fruit/../fruit"])
def test_a_run_is_named_not_found_by_path(page: Any, name: str) -> None:
    for path, query in (("run", {"name": name}), ("outputs", {"run": name}), ("images", {"run": name})):
        assert page.get(f"/api/{path}", params=query).status_code == 400
    for body in ({"kind": "export", "run": name, "board": "host"}, {"kind": "outputs", "run": name}):
        if name or body["kind"] == "export":
            assert page.post("/api/jobs", json=body).status_code == 400
    assert page.post("/api/runs/remove", json={"name": name}).status_code == 400


def test_only_known_files_of_an_export_are_given(page: Any) -> None:
    query = {"run": "fruit", "board": "esp32cam", "file": "budget.json"}
    assert page.get("/api/download", params=query).status_code == 200
    for wrong in ({"file": "../../config.toml"}, {"board": "../esp32cam"}, {"file": "application.c"}):
        assert page.get("/api/download", params=query | wrong).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "train", "run": "../x"},
        {"kind": "train", "run": "a b"},
        {"kind": "train", "run": "fruit"},  # finished: another name, or overwrite
        {"kind": "flash", "run": "fruit", "board": "esp32cam", "port": "/etc/passwd"},
        {"kind": "rm", "run": "fruit"},
        {"kind": "train", "width": "wide"},
    ],
)
def test_what_cannot_be_started_is_one_message(page: Any, body: dict[str, Any]) -> None:
    answer = page.post("/api/jobs", json=body)
    assert answer.status_code == 400 and answer.json()["error"]


def test_removing_a_run_is_the_commands(page: Any, tmp_path: Path) -> None:
    assert page.post("/api/runs/remove", json={"name": "fruit"}).json()["runs"] == []
    assert not (tmp_path / "runs" / "fruit").exists()


def test_boards_come_with_the_presets(page: Any) -> None:
    found = page.get("/api/boards").json()
    names = {row["name"] for row in found["boards"]}
    assert {"esp32cam", "host"} <= names
    for preset in found["presets"]:
        assert set(preset["boards"]) <= names and preset["ram_bytes"] > 0


def test_a_frame_that_newer_ones_have_replaced_is_no_fault() -> None:
    from tinyml.studio import live_answers
    from tinyml.studio.live import REMEMBERED, Live

    studio = SimpleNamespace(live=Live())
    seen = SimpleNamespace(frame=np.zeros((4, 4, 3), np.uint8), latency_us=None)
    for _ in range(REMEMBERED + 1):
        studio.live._remember(seen, lambda _: [])

    def status(number: int) -> int:
        return int(live_answers.frame(studio, SimpleNamespace(query={"number": str(number)})).status_code)

    assert [status(1), status(2)] == [204, 200]
    for never in (0, -1, REMEMBERED + 2):
        with pytest.raises(DataError, match="gone"):
            status(never)


def test_looking_without_a_session_and_without_a_picture(page: Any) -> None:
    assert page.post("/api/live/look", content=b"no picture").status_code == 400
    assert page.get("/api/live/frame", params={"number": 1}).status_code == 400
    assert page.post("/api/live/keep", json={"number": 1}).status_code == 400
    assert (
        page.post(
            "/api/live/begin", json={"source": "board", "run": "fruit", "port": "/dev/null"}
        ).status_code
        == 400
    )
