"""From a run to a linked firmware that fits its board."""

from dataclasses import dataclass
from pathlib import Path

from tinyml import paths
from tinyml.boards import Board, load_board
from tinyml.contracts import Budget, read_checked
from tinyml.device.build import build_firmware, generated_dir, require_platform
from tinyml.device.project import run_project, shared_core
from tinyml.files import write_json
from tinyml.workflow.generated import is_generated_from, write_generated
from tinyml.workflow.run import Run, load_run


@dataclass(frozen=True)
class Firmware:
    """A linked firmware: the program, and what it takes of each memory region of its board."""

    board: Board
    program: Path
    budget: Budget


def build(run: Run | Path | str, board: Board | str = "esp32cam", *options: str) -> Firmware:
    """Build a run's firmware for a board; its budget also goes into the export folder.

    `options` are PlatformIO's (`-t upload`). Exports where the export is missing or older than the run's weights.
    Raises ToolchainError, before any work, where the board's platform cannot be had; BudgetError where it does not fit.
    """
    board = load_board(board) if isinstance(board, str) else board
    core = None if board.emulated else shared_core()
    require_platform(board, paths.share_dir("firmware"), core)
    run = load_run(run)
    export = run.export(board.name)
    if not export.fresh:
        from tinyml.workflow.export import export as make_export

        make_export(run, board)
    with run_project(run.folder) as project:
        generated = generated_dir(board, project)
        if not is_generated_from(export, generated):
            write_generated(run, board, "stream", export.files, generated)
        program = build_firmware(board, project, *options, core=core)
        report = read_checked(paths.ExportFiles(program.parent).budget, Budget)
    write_json(export.files.budget, report, inputs={"elf": program})
    return Firmware(board, program, report)
