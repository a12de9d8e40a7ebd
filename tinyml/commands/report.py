"""`tinyml report`: one HTML file about a run."""

from pathlib import Path

import rich_click as click
from rich.text import Text

from tinyml.commands import Result
from tinyml.terminal.completion import runs


@click.command("report")
@click.argument("run", shell_complete=runs)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The HTML file to write.  [default: report.html in the run]",
)
def command(run: str, out: Path | None) -> Result:
    """Write one self-contained HTML file about a run: data, training, test, every stage, memory, layers.

    It opens from disk, without a network connection, and shows what earlier commands measured; it measures nothing itself.
    """
    from tinyml.workflow.report import report

    path = report(run, out)
    size = path.stat().st_size
    return Result({"report": str(path), "bytes": size}, [Text(f"{path} ({size / 1e6:.1f} MB)")])
