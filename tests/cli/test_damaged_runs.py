"""A few rounds of tools/fuzz_runs.py; and what a checkpoint must not hold."""

from pathlib import Path

import pytest
import torch
from support.damaged_runs import Runs, read_damaged
from support.untrained_run import write_noise_run

from tinyml.errors import ModelError
from tinyml.paths import RunFiles
from tinyml.vision.checkpoint import load_run, read_tensors, save_tensors


def test_a_damaged_run_is_read_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYML_RUNS", "")
    monkeypatch.chdir(tmp_path)
    runs, outcomes = Runs(tmp_path), []
    for seed in range(20):
        outcome, told = read_damaged(runs, seed)
        assert outcome != "failed", f"seed {seed}: {told}"
        outcomes.append(outcome)
    assert {"read", "refused"} <= set(outcomes)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(value: float, tmp_path: Path) -> None:
    files = RunFiles(write_noise_run(tmp_path / "run"))
    tensors, _ = read_tensors(files.model, "")
    tensors["classifier.bias"] = torch.full_like(tensors["classifier.bias"], value)
    save_tensors(files.model, tensors)
    with pytest.raises(ModelError, match=r"classifier\.bias holds values that are not finite"):
        load_run(files.folder)
