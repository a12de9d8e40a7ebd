"""`tinyml verify`: the compiled C against TFLite-Micro."""

from dataclasses import asdict
from pathlib import Path

import rich_click as click

from tinyml.commands import Result
from tinyml.compiler.check.verify import verify
from tinyml.compiler.pipeline import INPUT_MODES
from tinyml.terminal.facts import facts_table


@click.command("verify")
@click.argument("model", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--count",
    type=click.IntRange(min=0),
    help="How many random inputs to compare.  [default: 100, or as many as fit in 25 seconds]",
)
@click.option(
    "--inputs",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A .npy file of inputs, [count, ...]; for a model of several inputs a .npz file with an array for each.",
)
@click.option(
    "--input",
    "input_mode",
    type=click.Choice(INPUT_MODES),
    default="frame",
    show_default=True,
    help="Pass inputs as whole frames, or row by row.",
)
@click.option(
    "--strips", type=click.IntRange(0, 4096), default=0, show_default=True, help="As in `tinyml compile`."
)
@click.option(
    "--kernels",
    type=click.Choice(("portable", "reference")),
    default="portable",
    show_default=True,
    help="Which kernels to build: the fast portable ones, or the plain reference ones.",
)
def command(
    model: Path, count: int | None, inputs: Path | None, input_mode: str, strips: int, kernels: str
) -> Result:
    """Compile a .tflite model for this computer and compare its outputs with TFLite-Micro's, byte for byte.

    Where an output differs, the first layer and element that differ from TensorFlow Lite's reference kernels are named.
    Exits with 1 if anything differs.
    """
    found = verify(model, count=count, inputs=inputs, input_mode=input_mode, strips=strips, kernels=kernels)
    data = {
        "model": str(model),
        "inputs": found.inputs,
        "different": found.different,
        "bit_exact": found.different == 0,
        "first_difference": asdict(found.difference) if found.difference else None,
        "arena_bytes": found.plan["arena_bytes"],
        "ram_bytes": found.plan["ram_bytes"],
        "ram_bytes_layerwise": found.plan["ram_bytes_layerwise"],
        "tflite_micro_arena_bytes": found.micro_arena_bytes,
    }
    micro = f"{found.micro_arena_bytes:,} B" if found.micro_arena_bytes else "unknown"
    table = facts_table(f"{model.name} against TFLite-Micro")
    table.add_row("inputs compared", f"{found.inputs:,}")
    table.add_row("outputs that differ", f"{found.different:,}")
    table.add_row("arena", f"{found.plan['arena_bytes']:,} B")
    table.add_row("layer by layer", f"{found.plan['ram_bytes_layerwise']:,} B")
    table.add_row("TFLite-Micro's arena", micro)
    view: list[object] = [table]
    if first := found.difference:
        if first.layer:
            where = f"layer {first.layer}, element {first.element}: {first.got}, the reference has {first.expected}"
        else:
            where = (
                f"element {first.element} of output {first.output}: {first.got}, TFLite-Micro has {first.expected}; no layer "
                "differs from TensorFlow Lite's reference kernels, which differ from TFLite-Micro here"
            )
        view.append(f"first difference: input {first.input_number}, {where}")
    return Result(data, view, exit_code=1 if found.different else 0)
