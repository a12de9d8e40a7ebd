"""`tinyml data`: the data sets, what is in them, and how they get here."""

from pathlib import Path
from typing import Any

import rich_click as click
from rich.table import Table

from tinyml.commands import Result


@click.group("data")
def command() -> None:
    """List, look at, fetch and draw data sets.

    A data set is a folder in datasets/ with a dataset.toml; the commands that take its name also take the path of a
    folder or zip file of your own: one folder per class, or pictures with Pascal VOC files beside them.
    """


@command.command("list")
def list_command() -> Result:
    """List the data sets, and where a copy of each is found."""
    from tinyml.data.description import dataset_names, load_description
    from tinyml.data.load import find_copy

    table = Table(title="data sets", title_justify="left")
    for column in ("name", "title", "pictures", "copy here", "licence"):
        table.add_column(column, overflow="fold")
    rows: list[dict[str, Any]] = []
    for name in dataset_names():
        description = load_description(name)
        copy = find_copy(description)
        pictures = sum(sum(counts.values()) for counts in description.expected_pictures.values())
        rows.append(
            {
                "name": name,
                "title": description.title,
                "pictures": pictures,
                "path": str(copy[0]) if copy else None,
                "embedded_default": bool(description.render),
                "source": description.source,
                "licence": description.licence,
            }
        )
        otherwise = (
            "none: synthetic pictures are drawn" if description.render else f"none: tinyml data fetch {name}"
        )
        place = str(copy[0]) if copy else otherwise
        table.add_row(name, description.title, f"{pictures:,}", place, description.licence)
    return Result({"datasets": rows}, [table])


@command.command("show")
@click.argument("name")
@click.option(
    "--data", "data_dir", type=click.Path(path_type=Path), help="The folder that holds the data set."
)
@click.option(
    "--skip-bad", is_flag=True, help="Leave out pictures and annotations that cannot be read, and count them."
)
@click.option(
    "--sheet", type=click.Path(path_type=Path, dir_okay=False), help="Write a contact sheet (.png or .jpg)."
)
@click.option(
    "--split",
    type=click.Choice(["train", "test"]),
    default="train",
    show_default=True,
    help="Part of the set on the sheet.",
)
@click.option(
    "--count", type=click.IntRange(1, 500), default=24, show_default=True, help="Pictures on the sheet."
)
def show_command(
    name: str, data_dir: Path | None, skip_bad: bool, sheet: Path | None, split: str, count: int
) -> Result:
    """Show a data set: where it is, its counts per class, and a contact sheet with the boxes drawn in.

    NAME is the name of a data set or the path of a folder of your own.
    """
    from tinyml.data import dataset_names, load_dataset
    from tinyml.data.contact_sheet import contact_sheet
    from tinyml.data.description import load_description
    from tinyml.data.fetch import count_differences
    from tinyml.files import replacing

    dataset = load_dataset(name, data_dir, skip_bad)
    table = Table(
        title=f"{dataset.title} ({dataset.folder})", title_justify="left", caption=dataset.remark or None
    )
    columns = {
        f"{part} {what}": counts(part)
        for what, counts in (("pictures", dataset.picture_counts), ("boxes", dataset.box_counts))
        for part in ("train", "test")
    }
    for column in ("class", *columns):
        table.add_column(column, justify="left" if column == "class" else "right")
    for label in dataset.classes:
        table.add_row(
            label,
            *(str(counts.get(label, "")) for counts in columns.values()),
            end_section=label == dataset.classes[-1],
        )
    table.add_row("all", *(str(sum(counts.values()) or "") for counts in columns.values()))
    view: list[Any] = [table]
    differences = []
    if name in dataset_names() and not dataset.synthetic:
        differences = count_differences(dataset, load_description(name))
        view += [f"not as expected: {sentence}" for sentence in differences]
    view += [f"skipped: {what}" for what in dataset.skipped]
    if sheet is not None:
        picture = contact_sheet(dataset, split, count)
        with replacing(sheet) as temporary:
            picture.save(temporary)
        view.append(f"{sheet}: {count} pictures of {split} with their boxes")
    data = {
        "name": dataset.name,
        "title": dataset.title,
        "path": str(dataset.folder),
        "synthetic": dataset.synthetic,
        "remark": dataset.remark,
        "counts": columns,
        "not_as_expected": differences,
        "skipped": dataset.skipped,
        "sheet": str(sheet) if sheet else None,
    }
    return Result(data, view)


@command.command("fetch")
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to put it into, instead of the cache.",
)
def fetch_command(name: str, out: Path | None) -> Result:
    """Fetch a data set from its source into the user's cache, where every command finds it.

    NAME is the name of a data set. Its hashes and counts are checked; nothing half-fetched is ever taken for whole.
    """
    from tinyml.data.description import load_description
    from tinyml.data.fetch import fetch
    from tinyml.paths import cache_dir

    path = fetch(load_description(name), out or cache_dir() / "datasets")
    return Result({"name": name, "path": str(path)}, [f"{name} is in {path}"])


@command.command("render")
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
@click.option(
    "--seed", default=2026, show_default=True, type=click.IntRange(0), help="Another seed, other pictures."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write; it is replaced.",
)
def render_command(name: str, count: int, size: int, seed: int, out: Path) -> Result:
    """Draw synthetic fruit scenes as JPEG pictures with Pascal VOC boxes.

    NAME is `fruit`. The same seed gives the same pictures. They are synthetic: good for trying things out and for
    pretraining, no measure of how well a model does on photographs.
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
