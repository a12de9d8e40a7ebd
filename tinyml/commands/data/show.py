"""`tinyml data show`: what is in a data set."""

from pathlib import Path
from typing import Any

import rich_click as click

from tinyml.commands import Result
from tinyml.terminal.completion import datasets


@click.command("show")
@click.argument("name", shell_complete=datasets)
@click.option(
    "--data", "data_dir", type=click.Path(path_type=Path), help="The folder that holds the data set."
)
@click.option(
    "--skip-bad", is_flag=True, help="Leave out pictures and annotations that cannot be read, and count them."
)
@click.option(
    "--negatives", is_flag=True, help="Treat pictures without an annotation as pictures without objects."
)
@click.option(
    "--sheet", type=click.Path(path_type=Path, dir_okay=False), help="Write a contact sheet (.png or .jpg)."
)
@click.option(
    "--split",
    type=click.Choice(["train", "validation", "test"]),
    default="train",
    show_default=True,
    help="Which split is on the sheet.",
)
@click.option(
    "--count", type=click.IntRange(1, 500), default=24, show_default=True, help="Pictures on the sheet."
)
def show_command(
    name: str,
    data_dir: Path | None,
    skip_bad: bool,
    negatives: bool,
    sheet: Path | None,
    split: str,
    count: int,
) -> Result:
    """Show a data set: where it is, its counts per class, and a contact sheet with the boxes drawn.

    NAME is the name of a data set or the path of a folder of your own.
    """
    from tinyml.data import dataset_names, load_dataset
    from tinyml.data.alike import alike_notices
    from tinyml.data.contact_sheet import contact_sheet
    from tinyml.data.description import load_description
    from tinyml.data.fetch import count_differences
    from tinyml.files import replacing
    from tinyml.terminal.data import count_by_column, counts_table

    dataset = load_dataset(name, data_dir, skip_bad, negatives)
    notices = dataset.notices + alike_notices(dataset)
    columns, totals = count_by_column(dataset)
    view: list[Any] = [counts_table(dataset, columns, totals)]
    view += [f"note: {notice}" for notice in notices]
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
        "format": dataset.format,
        "counts": columns,
        "unsorted": {part: dataset.unsorted_counts(part) for part in dataset.splits},
        "totals": totals,
        "notices": notices,
        "left_out": dataset.left_out,
        "not_as_expected": differences,
        "skipped": dataset.skipped,
        "sheet": str(sheet) if sheet else None,
    }
    return Result(data, view)
