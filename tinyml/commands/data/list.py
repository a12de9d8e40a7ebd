"""`tinyml data list`: the data sets, and where a copy of each is found."""

import rich_click as click
from rich.table import Table

from tinyml.commands import Result


@click.command("list")
def list_command() -> Result:
    """List the data sets, and where a copy of each is found."""
    from tinyml.data.description import dataset_names, load_description
    from tinyml.data.load import find_copy

    table = Table(title="data sets", title_justify="left")
    for column in ("name", "title", "pictures", "copy here", "licence"):
        table.add_column(column, overflow="fold")
    rows: list[dict[str, object]] = []
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
