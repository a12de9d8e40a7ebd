"""A run and its exports: where their files are, what they say, and whether they still belong together."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tinyml.contracts import Accuracy, Benchmark, Budget, Metrics, Plan, Predicted, read_checked
from tinyml.contracts.run import Made
from tinyml.device.latency import predict_planned
from tinyml.device.project import interface
from tinyml.errors import ModelError, TinymlError
from tinyml.files import sha256
from tinyml.paths import ExportFiles, RunFiles, find_run

if TYPE_CHECKING:
    from tinyml.vision.config import TrainConfig


class Source(Protocol):
    """What a firmware can be built from: a run, or a .tflite file of any origin."""

    @property
    def folder(self) -> Path: ...

    @property
    def name(self) -> str: ...

    def export(self, board: str) -> "Export":
        """Return its export for a board, whether or not it has been made."""
        ...


@dataclass(frozen=True)
class Export:
    """What was made for one board; `files` says where each file is."""

    run: Source
    folder: Path

    @property
    def files(self) -> ExportFiles:
        return ExportFiles(self.folder)

    @property
    def board_name(self) -> str:
        return self.files.board_name

    @property
    def accuracy(self) -> Accuracy:
        """Every stage's metrics on the test pictures."""
        return read_checked(self.files.accuracy, Accuracy)

    @property
    def plan(self) -> Plan | None:
        """The compiled model's memory and layers; None where no int8 model was exported."""
        return read_checked(self.files.plan, Plan) if self.files.plan.is_file() else None

    @property
    def predicted(self) -> Predicted | None:
        """The latency predicted for the real board; None where there is none that the compiled model stands for."""
        return predict_planned(self.plan) if self.plan else None

    @property
    def budget(self) -> Budget | None:
        """Bytes of each memory region, planned or linked; None where no int8 model was exported."""
        return read_checked(self.files.budget, Budget) if self.files.budget.is_file() else None

    @property
    def benchmark(self) -> Benchmark | None:
        """What the board's benchmark measured; None before its first benchmark."""
        return read_checked(self.files.benchmark, Benchmark) if self.files.benchmark.is_file() else None

    @property
    def fresh(self) -> bool:
        """Whether the export is complete, of the present weights and of this version of tinyml."""
        return not self.stale

    @property
    def stale(self) -> str:
        """Why the export cannot be relied on, in words that follow the run's name; "" where it can."""
        try:
            accuracy = read_checked(self.files.accuracy, Made)
            weights = accuracy["provenance"]["inputs"]["weights"]["sha256"]
        except (TinymlError, KeyError):  # missing, damaged or of another version
            return "has no complete export"
        if not self.files.model_source.is_file():
            return "has no complete export"
        if weights != sha256(RunFiles(self.run.folder).model):
            return "has been trained again since it was exported"
        if isinstance(self.run, Run) and accuracy.get("thresholds") not in (None, self.run.config.thresholds):
            return "has been given other thresholds since it was exported"
        if accuracy.get("firmware_interface") != interface():
            return "was exported by another version of tinyml, whose C this firmware does not take"
        return ""


@dataclass(frozen=True)
class Run:
    """A trained run, by its folder; `files` says where each file is."""

    folder: Path

    @property
    def files(self) -> RunFiles:
        return RunFiles(self.folder)

    @property
    def name(self) -> str:
        return self.files.name

    @property
    def config(self) -> "TrainConfig":
        """Everything that made the run, from its config.toml."""
        from tinyml.vision.config import read_config

        return read_config(self.files.config)

    @property
    def metrics(self) -> Metrics:
        """The network's figures on validation and test pictures, and how its training went."""
        return read_checked(self.files.metrics, Metrics)

    def export(self, board: str) -> Export:
        """Return the run's export for a board, whether or not it has been made."""
        return Export(self, self.files.export(board).folder)

    def fresh_exports(self, board: str | None = None) -> list[Export]:
        """Return the exports that can be relied on (the one for `board`), the latest first.

        Raises ModelError where there is none.
        """
        found = [files for files in self.files.exports() if files.accuracy.is_file()]
        found = [files for files in found if board in (None, files.board_name)]
        found.sort(key=lambda files: files.accuracy.stat().st_mtime, reverse=True)
        exports = [Export(self, files.folder) for files in found]
        fresh = [export for export in exports if export.fresh]
        if not fresh:
            what = exports[0].stale if exports else "has not been exported"
            raise ModelError(
                f"{self.folder.name} {what}{f' for {board}' if board else ''}",
                cure=f"tinyml export {self.folder.name} --target {board or 'esp32cam'}",
            )
        return fresh


def load_run(run: Run | Path | str) -> Run:
    """Return a run by its folder or by its name under the folder of runs; raises TinymlError where there is none."""
    return run if isinstance(run, Run) else Run(find_run(str(run)))
