"""From a run, or a .tflite file of any origin, to a linked firmware that fits its board."""

from dataclasses import dataclass
from pathlib import Path

from tinyml import paths
from tinyml.boards import Board, load_board
from tinyml.contracts import Budget, read_checked
from tinyml.device.budget import blame
from tinyml.device.build import build_firmware, generated_dir, require_platform
from tinyml.device.project import run_project, shared_core
from tinyml.errors import BudgetError
from tinyml.files import write_json
from tinyml.workflow.generated import is_generated_from, write_generated
from tinyml.workflow.model import Model, export_model
from tinyml.workflow.run import Export, Run, load_run


@dataclass(frozen=True)
class Firmware:
    """A linked firmware: the program, and what it takes of each memory region of its board."""

    board: Board
    program: Path
    budget: Budget


def build(run: Run | Model | Path | str, board: Board | str = "esp32cam", *options: str) -> Firmware:
    """Build a run's or a model's firmware for a board; its budget also goes into the export folder.

    `options` are PlatformIO's (`-t upload`). Exports where the export is missing, older than the run's weights or of another
    version of tinyml. Raises ToolchainError, before any work, where the board's platform cannot be had; BudgetError where it
    does not fit, by the plan before anything is compiled, else by the linked program.
    """
    board = load_board(board) if isinstance(board, str) else board
    core = None if board.emulated else shared_core()
    require_platform(board, paths.share_dir("firmware"), core)
    export = exported(run, board)
    refuse_over_plan(export, board)
    with run_project(export.run.folder) as project:
        generated = generated_dir(board, project)
        if not is_generated_from(export, generated):
            write_generated(export.run, board, "stream", export.files, generated)
        program = build_firmware(board, project, *options, core=core)
        report = read_checked(paths.ExportFiles(program.parent).budget, Budget)
    write_json(export.files.budget, report, inputs={"elf": program})
    return Firmware(board, program, report)


def exported(run: Run | Model | Path | str, board: Board) -> Export:
    """Return the export of a run or a model for a board, made where the one that is there cannot be relied on."""
    if isinstance(run, Model):
        return export_model(run, board)
    export = load_run(run).export(board.name)
    if not export.fresh:
        from tinyml.workflow.export import export as make_export

        make_export(run, board)
    return export


def refuse_over_plan(export: Export, board: Board) -> None:
    """Raise BudgetError where the plan says that the firmware cannot fit its board."""
    planned = export.budget
    if planned is None or planned["source"] != "plan":
        return
    if over := blame({**planned, "largest": {region.name: [] for region in board.regions}}, board):
        raise BudgetError(f"{over[0]}, by the plan", cure=over[1])
