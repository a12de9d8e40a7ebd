"""`tinyml tune show`: what a study has found."""

from pathlib import Path

import rich_click as click

from tinyml.commands import Result
from tinyml.layers import require


@click.command("show")
@click.argument("study")
@click.option("--storage", metavar="ADDRESS", help="Where the study is kept.  [default: a file under runs]")
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write an SVG file: accuracy over predicted milliseconds, bubbles by RAM.",
)
def show_command(study: str, storage: str | None, picture: Path | None) -> Result:
    """Show a study: the networks that no other beats, what mattered, and what was rejected and why."""
    require("tune", "the search")
    from tinyml.terminal.tune import study_view
    from tinyml.tuning.tune import show, write_picture

    found = show(study, storage)
    view = study_view(found)
    if picture:
        write_picture(found, picture)
        view.append(f"wrote {picture}")
    return Result(found.as_dict(), view)
