"""`tinyml compile`: a .tflite model of any origin to plain C."""

from pathlib import Path

import rich_click as click

from tinyml.commands import Result
from tinyml.compiler.pipeline import INPUT_MODES, compile_model
from tinyml.compiler.targets import KERNELS
from tinyml.terminal.options import ram_option

SUMMARY = (
    "name", "input_mode", "kernels", "macs", "weights_bytes", "ram_bytes", "arena_bytes", "state_bytes",
    "ram_bytes_layerwise", "bound_bytes", "optimal", "psram",
)  # fmt: skip


@click.command("compile")
@click.argument("model", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder for the files."
)
@click.option("--name", default="model", show_default=True, help="Prefix of the files and of every C name.")
@click.option(
    "--input",
    "input_mode",
    type=click.Choice(INPUT_MODES),
    default="frame",
    show_default=True,
    help="A whole frame in the arena, or rows pushed one by one as a camera delivers them.",
)
@ram_option
@click.option(
    "--strips",
    type=click.IntRange(0, 4096),
    default=0,
    show_default=True,
    help="Run pairs of layers together on strips of this many columns: less RAM, more calls. 0: whole rows.",
)
@click.option(
    "--board",
    metavar="BOARD",
    help="Take kernels and workers from a board, place constants in its RAM and predict its latency.",
)
@click.option(
    "--reserve-heap",
    "reserve_heap_bytes",
    default=0,
    type=click.IntRange(0),
    metavar="BYTES",
    help="With --board: leave this much more static RAM to the heap, for Wi-Fi and the like.",
)
@click.option(
    "--kernels",
    type=click.Choice(KERNELS),
    help="The kernels that the C file will be built with.  [default: the board's, or portable]",
)
@click.option(
    "--workers", type=click.IntRange(1, 2), help="Cores that share a row.  [default: the board's, or 1]"
)
def command(
    model: Path,
    out: Path,
    name: str,
    input_mode: str,
    ram: int | str | None,
    strips: int,
    board: str | None,
    reserve_heap_bytes: int,
    kernels: str | None,
    workers: int | None,
) -> Result:
    """Compile an int8 .tflite model to plain C99 that runs row by row, without an interpreter.

    Writes NAME.c, NAME.h, plan.json and plan.svg (RAM over time). The kernels are in firmware/lib/tinyml_kernels.
    """
    from tinyml.boards import PORTABLE, load_board
    from tinyml.device.latency import predict_planned
    from tinyml.device.memory import external_of, memory_of
    from tinyml.terminal.compile import compile_view

    target = load_board(board) if board else None
    chosen = target.compiler if target else PORTABLE
    plan = compile_model(
        model,
        out,
        name=name,
        input_mode=input_mode,
        ram_limit=ram if isinstance(ram, int) else None,
        strips=strips,
        kernels=kernels or chosen["kernels"],
        workers=workers or chosen["workers"],
        memory=memory_of(target, 0, reserve_heap_bytes) if target else None,
        external=external_of(target, 0, ram == "psram"),
    )
    data: dict[str, object] = {key: plan.get(key) for key in SUMMARY}
    files = [str(out / file) for file in (f"{name}.c", f"{name}.h", "plan.json", "plan.svg")]
    if predicted := predict_planned(plan):
        data["predicted"] = predicted
    return Result(data | {"files": files}, compile_view(plan, predicted, files))
