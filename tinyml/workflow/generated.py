"""What a firmware build takes from an export: its files in the folder where the build expects them."""

import shutil
from pathlib import Path

from filelock import FileLock

from tinyml.boards import Board
from tinyml.contracts import Marker, read_checked
from tinyml.conversion.c_source import export_marker
from tinyml.device.build import generated_dir
from tinyml.device.project import interface
from tinyml.errors import TinymlError
from tinyml.files import replacing_folder, sha256
from tinyml.paths import ExportFiles
from tinyml.workflow.run import Export, Source


def generated_folder(board: Board, runtime: str = "stream") -> Path:
    """Return where the firmware build for a board and a runtime expects its files."""
    folder = generated_dir(board)
    return folder if runtime == "stream" else folder.with_name(f"{folder.name}_{runtime}")


def write_generated(run: Source, board: Board, runtime: str, files: ExportFiles, generated: Path) -> None:
    """Put what the board's firmware build needs of an export into `generated`, whole or not at all."""
    needed = [files.model_header, files.application]
    needed += [files.model_source] if runtime == "stream" else [files.data_source, files.data_header]
    marker = export_marker(str(run.folder.resolve()), board.name, sha256(files.int8), runtime, interface())
    generated.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(generated.parent / ".lock"), replacing_folder(generated) as folder:
        for path in needed:
            shutil.copyfile(path, folder / path.name)
        ExportFiles(folder).marker.write_text(marker)


def is_generated_from(export: Export, generated: Path) -> bool:
    """Tell whether a build's folder holds the files of this export, for the runtime "stream"."""
    there, files = ExportFiles(generated), export.files
    try:
        marker = read_checked(there.marker, Marker)
    except TinymlError:  # missing or damaged: the files are written again
        return False
    return bool(
        marker["run"] == str(export.run.folder.resolve())
        and marker["model_sha256"] == sha256(files.int8)
        and marker["runtime"] == "stream"
        and marker.get("firmware_interface") == interface()
        and there.application.read_bytes() == files.application.read_bytes()
        and there.model_source.read_bytes() == files.model_source.read_bytes()
    )
