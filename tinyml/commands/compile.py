"""`tinyml compile`: a .tflite model of any origin to plain C."""

from pathlib import Path
from typing import Any

import rich_click as click
from rich.table import Table

from tinyml.commands import Result
from tinyml.compiler.pipeline import INPUT_MODES, compile_model
from tinyml.compiler.targets import KERNELS

SUMMARY = (
    "name", "input_mode", "kernels", "macs", "weights_bytes", "ram_bytes", "arena_bytes", "state_bytes",
    "ram_bytes_layerwise", "bound_bytes", "optimal",
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
@click.option("--ram", "ram_limit", type=click.IntRange(min=1), help="Bytes of arena: the fastest that fits.")
@click.option(
    "--strips",
    type=click.IntRange(0, 4096),
    default=0,
    show_default=True,
    help="Let pairs of layers share a row, so many columns at a time: less RAM, more calls. 0: whole rows.",
)
@click.option(
    "--kernels",
    type=click.Choice(KERNELS),
    default="portable",
    show_default=True,
    help="The kernels that the C file will be built with.",
)
@click.option(
    "--workers", type=click.IntRange(1, 2), default=1, show_default=True, help="Cores that share a row."
)
def command(
    model: Path,
    out: Path,
    name: str,
    input_mode: str,
    ram_limit: int | None,
    strips: int,
    kernels: str,
    workers: int,
) -> Result:
    """Compile an int8 .tflite model to plain C99 that runs row by row, without an interpreter.

    Writes NAME.c, NAME.h, plan.json and plan.svg (RAM over time). The kernels are in firmware/lib/tinyml_kernels.
    """
    plan = compile_model(
        model,
        out,
        name=name,
        input_mode=input_mode,
        ram_limit=ram_limit,
        strips=strips,
        kernels=kernels,
        workers=workers,
    )
    data: dict[str, Any] = {key: plan[key] for key in SUMMARY}
    data["files"] = [str(out / file) for file in (f"{name}.c", f"{name}.h", "plan.json", "plan.svg")]
    return Result(data, [summary(plan), f"wrote {', '.join(data['files'])}"])


def summary(plan: dict[str, Any]) -> Table:
    """Return the plan's figures as a table."""
    table = Table(
        title=f"{plan['name']}: {len(plan['layers'])} layers", title_justify="left", show_header=False
    )
    input_mode = "a whole frame" if plan["input_mode"] == "frame" else "row by row"
    bound = "proven least" if plan["optimal"] else f"lower bound {plan['bound_bytes']:,}"
    for what, value in (
        ("input", input_mode),
        ("multiply-accumulates", f"{plan['macs']:,}"),
        ("RAM", f"{plan['ram_bytes']:,} B (arena {plan['arena_bytes']:,}, {bound})"),
        ("RAM layer by layer", f"{plan['ram_bytes_layerwise']:,} B"),
        ("constants", f"{plan['weights_bytes']:,} B"),
        ("segments", ", ".join(str(len(segment["layers"])) for segment in plan["segments"]) + " layers"),
    ):
        table.add_row(what, value)
    return table
