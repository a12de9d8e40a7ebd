"""The end of training: the test figures and where the run is."""

from typing import Any

from tinyml.contracts import Stage
from tinyml.terminal.stages import stage_table
from tinyml.workflow.run import Run


def training_view(run: Run) -> list[Any]:
    """Return what is shown at the end of training."""
    metrics = run.metrics
    stages: dict[str, Stage] = {"float": metrics["test"]}
    if audited := metrics["test"].get("audited"):
        stages["float, audited labels"] = audited
    return [
        stage_table("test pictures", stages),
        *filter(None, [metrics["data"]["remark"]]),
        f"{metrics['parameters']:,} parameters, best epoch {metrics['best_epoch']}, {metrics['train_seconds']:.0f} s of training",
        f"run: {run.folder}",
    ]
