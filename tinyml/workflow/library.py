"""A run, or a .tflite file of any origin, as a library for firmware of one's own."""

import re
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from tinyml.boards import Board, load_board
from tinyml.compiler.check.host import HostModel
from tinyml.compiler.check.verify import random_inputs, verify
from tinyml.compiler.emit.names import RESERVED
from tinyml.compiler.pipeline import compile_model
from tinyml.compiler.planning.external import External
from tinyml.contracts.plan import Plan
from tinyml.conversion.library.layout import KINDS, Known, Library, files_of
from tinyml.conversion.library.picture import Picture, picture_sources
from tinyml.conversion.library.sources import library_sources, single_file, vision_sources
from tinyml.device.memory import external_of
from tinyml.errors import ModelError, TinymlError, ToolchainError
from tinyml.files import replacing, replacing_folder
from tinyml.inference.metrics import threshold_step
from tinyml.inference.preprocess import input_tables
from tinyml.workflow.build import exported
from tinyml.workflow.model import Model, pixels_of, resolved
from tinyml.workflow.run import Run, load_run

FIRST_UNIFORM = 3  # of `random_inputs`: before it come the extremes
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same files make the same zip


def export_library(
    source: Run | Model | Path | str,
    kind: str,
    board: str = "",
    *,
    out: Path | None = None,
    name: str = "",
    input_mode: str = "rows",
    ram_limit: int | None = None,
    psram: bool = False,
    single: bool = False,
) -> Path:
    """Write a run's or a model's C as a library and return its folder, for "arduino" the .zip file.

    `kind`: one of KINDS. `board`: whose kernels it has; without one the portable ones for "c", else the ESP32's. `name`: of
    the library and before every name in C; without one the run's or the file's. `single`: "c" as one .h and one .c file. `psram`: two
    arenas, the second for what does not fit in the board's internal RAM.
    Raises ModelError where it cannot be compiled or is not TFLite Micro's equal, TinymlError for what excludes each other.
    """
    if kind not in KINDS:
        raise TinymlError(f"no library called '{kind}'", cure=f"kinds: {', '.join(KINDS)}")
    target = load_board(board or ("host" if kind == "c" else "esp32cam"))
    kernels, workers = target.compiler["kernels"], 1 if single else target.compiler["workers"]
    if single and (kind != "c" or kernels not in ("portable", "reference")):
        raise TinymlError(
            f"a single file has no room for {kind} with the {kernels} kernels, which are assembly",
            cure="leave --single-file out, or give --as c --target host",
        )
    source = source if isinstance(source, Model) else load_run(source)
    path, external = int8_file(source, target), external_of(target, 0, psram)
    name = name or c_name(source.name)
    with tempfile.TemporaryDirectory(prefix="tinyml-library-") as folder:
        plan = compile_model(
            path,
            folder,
            name=name,
            input_mode=input_mode,
            kernels=kernels,
            workers=workers,
            ram_limit=ram_limit,
            external=external,
        )
        generated = {
            file: (Path(folder) / file).read_text(encoding="utf-8") for file in (f"{name}.h", f"{name}.c")
        }
    picture = picture_of(source, plan)
    sources = {
        **library_sources(name, generated, kernels, workers),
        **vision_sources(name, picture.vision),
        **picture_sources(name, path_told(source), picture),
    }
    if single:
        sources = single_file(name, sources)
    known = known_of(path, plan, input_mode, external)
    library = Library(name, kernels, workers, sources, known, picture, path_told(source), single)
    return write_library(files_of(library, kind), name, kind, out or Path())


def int8_file(source: Run | Model, board: Board) -> Path:
    """Return the .tflite file of a source; a run's is that of its latest export, whichever board that is for."""
    if isinstance(source, Model):
        return source.path
    try:
        return source.fresh_exports()[0].files.int8
    except ModelError:
        return exported(source, board).files.int8


def c_name(name: str) -> str:
    """Return a name as C names may begin with it."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40]
    return plain if re.match(r"[a-z]", plain) and plain not in RESERVED else f"model_{plain}".rstrip("_")


def path_told(source: Run | Model) -> str:
    """Return what a library says that it was made from."""
    return source.path.name if isinstance(source, Model) else f"the run {source.name}"


def picture_of(source: Run | Model, plan: Plan) -> Picture:
    """Return what a source's input and output mean, as far as a library can make use of it."""
    inputs, outputs = plan.get("inputs", []), plan.get("outputs", [])
    taken, given = inputs[0], outputs[0]
    channels = taken["shape"][-1] if len(taken["shape"]) == 4 else 0
    if isinstance(source, Run):
        config = source.config
        pixels = input_tables(config.mean, config.std, taken["scale"], taken["zero_point"])
        tables = np.broadcast_to(pixels, (channels, 256)).tolist()
        limits = tuple(map(threshold_step, config.thresholds))
        return Picture(tuple(config.classes), tables, config.fit, config.task, limits, given["dtype"])
    told, found = resolved(source, outputs), pixels_of(source, inputs)
    tables = [] if found is None else found.tolist()
    limits = (threshold_step(source.threshold),) * len(told.labels) if told.task == "detect" else ()
    return Picture(source.labels, tables, source.fit, told.task, limits, given["dtype"])


def known_of(path: Path, plan: Plan, input_mode: str, external: External | None) -> Known:
    """Return an input of noise with the model's output, held against TFLite Micro where that runs the model."""
    judge = "TFLite Micro"
    try:
        if verify(path, count=FIRST_UNIFORM + 1, input_mode=input_mode).different:
            raise ModelError(
                f"{path.name} as C is not TFLite Micro's equal",
                cure="tinyml verify FILE names the layer that differs",
            )
    except ToolchainError:  # TFLite Micro is not installed
        judge = "its C on the computer that made it"
    with HostModel(path, input_mode=input_mode, external=external) as host:
        values = [
            random_inputs(FIRST_UNIFORM + 1, edge.bytes // edge.dtype.itemsize, edge.dtype)[FIRST_UNIFORM]
            for edge in host.inputs
        ]
        outputs = host.run_all(values)
    pushed = [number for number, edge in enumerate(plan.get("inputs", [])) if edge["by_rows"]]
    inputs = b"".join(one.tobytes() for one in values)
    return Known(inputs, b"".join(one.tobytes() for one in outputs), pushed[0] if pushed else -1, judge)


def write_library(files: dict[str, str], name: str, kind: str, out: Path) -> Path:
    """Write a library's files into the folder `out`, whole or not at all, and return its folder or .zip file."""
    if kind == "arduino":
        target = out / f"{name}.zip"
        with replacing(target) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, text in sorted(files.items()):
                archive.writestr(zipfile.ZipInfo(f"{name}/{file}", ZIP_DATE), text, zipfile.ZIP_DEFLATED)
        return target
    with replacing_folder(out / name) as folder:
        for file, text in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")
    return out / name
