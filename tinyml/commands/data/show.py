"""`tinyml data show`: what is in a data set."""

from pathlib import Path
from typing import Any

import rich_click as click
from rich.table import Table

from tinyml.commands import Result


@click.command("show")
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
