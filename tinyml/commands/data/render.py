"""`tinyml data render`: synthetic pictures."""

from pathlib import Path

import rich_click as click

from tinyml.commands import Result


@click.command("render")
@click.argument("name", type=click.Choice(["fruit"]))
@click.option(
    "--count",
    default=300,
    show_default=True,
    type=click.IntRange(2),
    help="How many pictures; one in five is for testing.",
)
@click.option(
    "--size",
    default=160,
    show_default=True,
    type=click.IntRange(32, 1024),
    help="Width and height in pixels.",
)
@click.option("--seed", default=2026, show_default=True, type=click.IntRange(0), help="Seed of the pictures.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write; it is replaced.",
)
def render_command(name: str, count: int, size: int, seed: int, out: Path) -> Result:
    """Draw synthetic fruit scenes as JPEG pictures with Pascal VOC boxes.

    NAME is `fruit`. The same seed gives the same pictures. They are synthetic: good for trying things out and for
    pretraining, but no measure of how well a model does on photographs.
    """
    from tinyml.data.fruit.render import render_fruit
    from tinyml.errors import TinymlError

    if out.exists() and any(out.iterdir()) and not (out / "rendered.json").is_file():
        raise TinymlError(f"{out} holds other files", cure="choose an empty or a new folder with --out")
    test = max(count // 5, 1)
    render_fruit(out, count - test, test, size, seed)
    message = f"{count - test} + {test} synthetic pictures of {size} x {size} in {out}"
    return Result(
        {"path": str(out), "train": count - test, "test": test, "size": size, "seed": seed}, [message]
    )
