"""List the runs, and remove some."""

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tinyml.contracts import Metrics, read_checked, read_trained_as
from tinyml.contracts.run import RunRow, metric_of
from tinyml.errors import TinymlError
from tinyml.files import readable_os_errors
from tinyml.inference.metrics import MAIN_METRIC
from tinyml.locks import sole_writer
from tinyml.paths import RunFiles, find_run, run_names, runs_dir


def list_runs() -> list[RunRow]:
    """Return a row for each run under the folder of runs: what it is, how good, how large, and what was exported.

    `score` is None where the training was not finished; `bytes` counts all files of the run.
    """
    return [describe(RunFiles(runs_dir() / name)) for name in run_names()]


def describe(files: RunFiles) -> RunRow:
    """Return one run's row; a damaged file of the run is named in `trouble` and hides no other run."""
    newest = files.metrics if files.metrics.is_file() else files.config
    row: RunRow = {
        "name": files.name,
        "task": "",
        "dataset": "",
        "metric": None,
        "score": None,
        "trouble": "",
        "date": datetime.fromtimestamp(newest.stat().st_mtime).isoformat(" ", "minutes"),
        "bytes": sum(
            path.stat().st_size
            for path in files.folder.rglob("*")
            if path.is_file() and not path.is_symlink()
        ),
        "exports": [export.board_name for export in files.exports()],
    }
    try:
        config = read_trained_as(files.config)
        row["task"], row["dataset"] = config["task"], Path(config["dataset"]).name
        if files.metrics.exists():
            metrics = read_checked(files.metrics, Metrics)
            row["dataset"] = metrics["data"].get("name") or row["dataset"]
            row["metric"] = MAIN_METRIC[metrics["task"]]
            row["score"] = metric_of(metrics["test"], MAIN_METRIC[metrics["task"]])
    except TinymlError as error:
        row["trouble"] = error.what
    return row


def remove_runs(names: Sequence[str]) -> list[Path]:
    """Remove runs with their exports and return their folders; raises TinymlError where one is not there or in use."""
    folders = [find_run(name) for name in names]
    for folder in folders:
        with sole_writer(folder.resolve(), "wait for it"), readable_os_errors(folder):
            if folder.is_symlink():
                folder.unlink()
            else:
                shutil.rmtree(folder)
    return folders
