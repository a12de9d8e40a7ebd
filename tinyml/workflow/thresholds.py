"""Thresholds that a person chose, kept in a run."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tinyml.contracts import Metrics, read_checked
from tinyml.errors import TinymlError
from tinyml.files import write_json
from tinyml.layers import require
from tinyml.locks import sole_writer
from tinyml.workflow.run import Run, load_run


def keep_thresholds(run: Run | Path | str, chosen: Mapping[str, float], data: Path | None = None) -> Run:
    """Write thresholds into a detection run and judge it by them on its test pictures; its exports are stale then.

    chosen: of some classes or all, above 0 and below 1. Raises TinymlError for a class or a threshold that there cannot be,
    DataError where the test pictures are not there; the run stays as it was then.
    """
    require("train", "evaluation")
    from tinyml.vision.config import write_config
    from tinyml.vision.run import evaluate_run

    run = load_run(run)
    config = run.config
    if config.task != "detect":
        raise TinymlError(f"{run.name} tells pictures apart, which takes no thresholds")
    for name, threshold in chosen.items():
        if name not in config.classes:
            raise TinymlError(
                f"{run.name} has no class '{name}'", cure=f"its classes: {', '.join(config.classes)}"
            )
        if not 0 < threshold < 1:
            raise TinymlError(
                f"the threshold of '{name}' is {threshold:g}", cure="choose one between 0 and 1"
            )
    with sole_writer(run.folder.resolve(), cure="wait for it"):
        metrics = read_checked(run.files.metrics, Metrics)
        before = config.thresholds or [0.5] * len(config.classes)
        after = [chosen.get(name, own) for name, own in zip(config.classes, before, strict=True)]
        write_config(run.files.config, replace(config, thresholds=after))
        try:
            metrics["test"] = evaluate_run(run.folder, data)
        except BaseException:
            write_config(run.files.config, config)
            raise
        write_json(run.files.metrics, {**metrics}, inputs={"model": run.files.model})
    return run
