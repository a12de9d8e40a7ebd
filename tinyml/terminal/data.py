"""A data set as shown to the user."""

from rich.table import Table
from rich.text import Text

from tinyml.data import Dataset


def counts_table(dataset: Dataset, columns: dict[str, dict[str, int]], totals: dict[str, int]) -> Table:
    """Return the table of a data set: a row per class, one for pictures of several kinds or none, and the totals."""
    table = Table(
        title=Text(f"{dataset.title} ({dataset.folder})"),
        title_justify="left",
        caption=dataset.remark or None,
    )
    for column in ("class", *columns):
        table.add_column(column, justify="left" if column == "class" else "right")
    rows = {label: [str(counts.get(label, "")) for counts in columns.values()] for label in dataset.classes}
    for kind in ("several kinds", "nothing"):
        unsorted = {f"{part} pictures": dataset.unsorted_counts(part)[kind] for part in dataset.splits}
        if any(unsorted.values()):
            rows[f"({kind})"] = [str(unsorted.get(column, "")) for column in columns]
    for place, (label, cells) in enumerate(rows.items(), 1):
        table.add_row(Text(label), *cells, end_section=place == len(rows))
    table.add_row("all", *(str(totals[column] or "") for column in columns))
    return table


def count_by_column(dataset: Dataset) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """Return pictures and boxes of each split, such as "train pictures": by class, and in all."""
    columns = {
        f"{part} {what}": counts(part)
        for what, counts in (("pictures", dataset.picture_counts), ("boxes", dataset.box_counts))
        for part in dataset.splits
    }
    totals = {}
    for part in dataset.splits:
        totals[f"{part} pictures"] = len(dataset.split(part))
        totals[f"{part} boxes"] = sum(dataset.box_counts(part).values())
    return columns, totals
