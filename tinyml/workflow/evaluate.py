"""How good a run is, stage by stage, from the trained network to the board."""

from dataclasses import dataclass
from pathlib import Path

from tinyml.contracts import Stage
from tinyml.errors import ModelError, TinymlError, ToolchainError
from tinyml.layers import require
from tinyml.workflow.run import Run, load_run


@dataclass
class Evaluation:
    """One row of metrics per stage; `left_out` and `unexported` say why rows that were asked for are not there."""

    task: str
    stages: dict[str, Stage]
    left_out: ToolchainError | None = None  # the emulated board could not be had
    unexported: ModelError | None = None  # there is no export of the present weights
    exports: int = 0

    @property
    def emulated(self) -> bool:
        """Whether an emulated board is among the stages."""
        return any(name.endswith("_emulated") for name in self.stages)

    @property
    def audited(self) -> dict[str, Stage]:
        """The stages judged by audited labels; raises TinymlError where the data set has none."""
        found = {name: row["audited"] for name, row in self.stages.items() if "audited" in row}
        if not found:
            raise TinymlError(
                "no stage was judged by audited labels: the data set has none",
                cure="leave --labels out, or evaluate a detector on the real fruit set",
            )
        return found

    @property
    def failed(self) -> bool:
        """Whether bytes differ that must be equal, or a requested board could not be reached."""
        differ = any(row.get("bit_exact") is False for row in self.stages.values())
        return differ or self.left_out is not None


def evaluate(
    run: Run | Path | str,
    *,
    emulate: str | None = None,
    port: str | None = None,
    data: Path | None = None,
    limit: int | None = None,
) -> Evaluation:
    """Judge a run on its test pictures: "float" now, the board where one is named, the other stages as exported.

    `limit`: send the board at most this many pictures, evenly spaced. Raises DeviceError where a board does not answer.
    """
    require("train", "evaluation")
    from tinyml.vision.run import evaluate_run

    if emulate and port:
        raise TinymlError("a port and an emulated board cannot be combined", cure="give one of them")
    run = load_run(run)
    found = Evaluation(run.config.task, {"float": evaluate_run(run.folder, data)})
    if emulate or port:
        try:
            ask_board(run, emulate, port, data, limit)
        except ToolchainError as error:
            found.left_out = error
    try:
        exports = run.fresh_exports()
    except ModelError as error:
        found.unexported, exports = error, []
    found.exports = len(exports)
    for export in exports:
        for name, row in export.accuracy["stages"].items():
            found.stages.setdefault(name, row)
    return found


def ask_board(run: Run, emulate: str | None, port: str | None, data: Path | None, limit: int | None) -> None:
    """Judge a board on the test pictures: its row goes into the accuracy.json of the export that it runs."""
    from tinyml.workflow.attached import attached
    from tinyml.workflow.judge import identity, judge, record

    with attached(run, port, emulate) as board:
        record(board, {**identity(board), **judge(run, board, data, limit)})
