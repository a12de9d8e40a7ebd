"""`tinyml doctor`: what this computer has, what it lacks, and what to do about it."""

from dataclasses import asdict

import rich_click as click
from rich.table import Table
from rich.text import Text

from tinyml.commands import Result

STYLES = {"ok": "green", "missing": "yellow", "broken": "red"}


@click.command("doctor")
@click.option("--port", help="Look for a board at this port only: /dev/ttyUSB0, socket://host:port.")
def command(port: str | None) -> Result:
    """Check this computer and its boards: packages, compilers, emulators, ports; say what is missing and how to fix it.

    "missing" rules out one feature; "broken" stops the main workflow and ends with exit code 1.
    """
    from tinyml.workflow.doctor import examine

    findings = examine(port)
    table = Table(title="doctor", title_justify="left")
    for column in ("what", "state", "found", "cure"):
        table.add_column(column)
    for finding in findings:
        table.add_row(finding.what, Text(finding.state, STYLES[finding.state]), finding.detail, finding.cure)
    broken = any(finding.state == "broken" for finding in findings)
    return Result({"findings": [asdict(finding) for finding in findings]}, [table], exit_code=int(broken))
