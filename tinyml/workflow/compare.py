"""Runs side by side, from the files that training, export and benchmark wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tinyml.conversion.convert import PRECISIONS
from tinyml.errors import TinymlError
from tinyml.inference.metrics import MAIN_METRIC
from tinyml.workflow.run import Export, Run, load_run

Share = float  # for the class below, where `float` is a field


@dataclass(frozen=True)
class ComparedRun:
    """A run's figures; one that no file has is None. `metric` names what `float`, `int8` and `float_of_export` are."""

    run: str
    metric: str
    data: str
    remark: str
    parameters: int
    float: Share
    test_pictures: int
    int8: Share | None
    float_of_export: Share | None
    export_pictures: int | None
    float32_bytes: int | None
    float16_bytes: int | None
    int8_bytes: int | None
    ram_bytes: int | None
    macs: int | None
    instructions: int | None
    instructions_board: str | None


def compare_runs(runs: Sequence[Run | Path | str], board: str = "esp32cam") -> list[ComparedRun]:
    """Return the figures of runs and of their exports for a board; raises TinymlError where their tasks differ."""
    rows = [figures_of(load_run(run), board) for run in runs]
    if len({row.metric for row in rows}) > 1:
        raise TinymlError(
            "these runs have different tasks",
            cure="compare only runs that classify, or only runs that detect",
        )
    return rows


def figures_of(run: Run, board: str) -> ComparedRun:
    """Return what a run's files say; raises TinymlError where they lack a figure that every run has."""
    metrics, export = run.metrics, run.export(board)
    accuracy: Mapping[str, Any] = export.accuracy if export.files.accuracy.is_file() else {}
    plan: Mapping[str, Any] = export.plan or {}
    benchmark, test = counted_benchmark(run, export), cast(Mapping[str, Any], metrics["test"])
    metric, stages = MAIN_METRIC[metrics["task"]], accuracy.get("stages", {})
    if missing := {metric, "pictures"} - test.keys():
        raise TinymlError(
            f"{run.files.metrics}: test lacks {', '.join(sorted(missing))}",
            cure="recreate it: tinyml evaluate",
        )
    sizes = {f"{precision}_bytes": size_of(export.files.tflite(precision)) for precision in PRECISIONS}
    return ComparedRun(
        run=run.name,
        metric=metric,
        data=metrics["data"]["title"],
        remark=metrics["data"]["remark"],
        parameters=metrics["parameters"],
        float=test[metric],
        test_pictures=test["pictures"],
        int8=stages.get("tflite_int8", {}).get(metric),
        float_of_export=stages.get("float", {}).get(metric),
        export_pictures=accuracy.get("pictures"),
        **sizes,
        ram_bytes=plan.get("ram_bytes"),
        macs=plan.get("macs"),
        instructions=benchmark.get("instructions_per_inference"),
        instructions_board=benchmark.get("board"),
    )


def size_of(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def counted_benchmark(run: Run, export: Export) -> Mapping[str, Any]:
    """Return the benchmark of the export, or of an emulated board where that one counted no instructions."""
    own: Mapping[str, Any] = export.benchmark or {}
    if "instructions_per_inference" in own:
        return own
    for files in run.files.exports():
        if files.board_name.endswith("_emulated") and (found := run.export(files.board_name).benchmark):
            return found
    return own
