"""`tinyml data fetch`: a data set from its source into the cache."""

from pathlib import Path

import rich_click as click

from tinyml.commands import Result
from tinyml.terminal.completion import datasets


@click.command("fetch")
@click.argument("name", shell_complete=datasets)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to put it into, instead of the cache.",
)
def fetch_command(name: str, out: Path | None) -> Result:
    """Fetch a data set from its source into the user's cache, where every command finds it.

    NAME is the name of a data set. Its hashes and counts are checked; a partial download is never used.
    """
    from tinyml.data.description import load_description
    from tinyml.data.fetch import fetch
    from tinyml.paths import cache_dir

    path = fetch(load_description(name), out or cache_dir() / "datasets")
    return Result({"name": name, "path": str(path)}, [f"{name} is in {path}"])
