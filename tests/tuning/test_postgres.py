"""A study on PostgreSQL with several workers: one is killed, the database is restarted, and nothing is lost or done twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState
from support.postgres import Server, server_programs
from support.simulated_training import LOG, SECONDS, TRAINER
from support.untrained_run import write_noise_run

from tinyml.tuning.tune import open_study, show, tune

ROOT = Path(__file__).parents[2]
SMALL: dict[str, Any] = {
    "study": "shared", "trainer": TRAINER, "proposals": 400, "epochs": (1, 2), "heartbeat_s": 1,
    "widths": [0.1, 0.15, 0.2, 0.25, 0.3], "sizes": [16, 32], "cuts": [3, 4, 5], "heads": [8, 16, 24, 32],
}  # fmt: skip

pytestmark = pytest.mark.skipif(
    server_programs() is None, reason="no PostgreSQL server: tools/install_debian.sh"
)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'tests'}")
    return write_noise_run(tmp_path / "noise") / "data"


def begun(data: Path) -> list[dict[str, Any]]:
    """Return the trainings that have begun."""
    path = data.parents[1] / "log"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def workers_alive(name: str) -> list[int]:
    """Return the processes that work on a study at this moment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "tinyml.tuning.workers" in words and name in words:
            found.append(int(path.parent.name))
    return found


def test_a_restart_of_the_database_between_two_trials_costs_none(server: Server, data: Path) -> None:
    options = SMALL | {"storage": server.address, "sizes": [16], "cuts": [3]}
    tune(data, **options, trials=1)
    server.stop()
    server.start()
    found = tune(data, **options, trials=3)
    assert found.counts["trained"] == 3 and found.counts["failed"] == 0


@pytest.mark.slow
def test_four_workers_one_killed_and_the_database_restarted(
    server: Server, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECONDS, "0.5")
    options = SMALL | {"storage": server.address, "trials": 40, "workers": 4, "name": "shared"}
    code = f"import json; from tinyml.tuning.tune import tune; o = json.loads({json.dumps(json.dumps(options))!s}); o.pop('name'); tune({str(data)!r}, **o)"
    search = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: len({one["pid"] for one in begun(data)}) >= 3 and len(begun(data)) >= 8, search)
        victim = begun(data)[-1]["pid"]
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: len(begun(data)) >= 24, search)
        server.stop()
        time.sleep(1)
        server.start()
        _, said = search.communicate(timeout=280)
        assert search.returncode == 0, said
    finally:
        search.kill()
    assert not workers_alive("shared")
    trials = open_study("shared", server.address).get_trials()
    found = show("shared", server.address)
    assert found.counts["trained"] >= 40 and found.counts["running"] == 0
    assert all(trial.state.is_finished() for trial in trials)
    lost = [trial for trial in trials if trial.state == TrialState.FAIL]
    retried = {trial.system_attrs.get("failed_trial") for trial in trials}
    assert lost and {trial.number for trial in lost} <= retried, "the killed worker's trial was run again"
    trained = Counter(
        json.dumps(trial.params, sort_keys=True)
        for trial in trials
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED) and "score_0" in trial.user_attrs
    )
    assert sum(trained.values()) == found.counts["trained"] and max(trained.values()) == 1, "none twice"
    numbers = [trial.number for trial in trials]
    assert numbers == list(range(len(trials)))
    stored = {trial.number: trial.values for trial in trials if trial.state == TrialState.COMPLETE}
    assert all(
        stored[one.number] == [one.score, one.cost["latency_ms"], one.cost["ram_bytes"]]
        for one in found.networks
    )


def wait_for(ready: Any, process: subprocess.Popen[str]) -> None:
    """Wait until `ready`, at most as long as the process runs."""
    for _ in range(1200):
        if ready():
            return
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.2)
    raise AssertionError("it takes too long")
