"""`tinyml evaluate`: how good a run is, stage by stage."""

from pathlib import Path

import rich_click as click
from rich.text import Text

from tinyml.commands import Result
from tinyml.data.samples import LABELS
from tinyml.terminal.completion import boards, runs


@click.command("evaluate")
@click.argument("run", shell_complete=runs)
@click.option(
    "--emulate",
    shell_complete=boards,
    metavar="BOARD",
    help="Also ask this emulated board (or 'host'), picture by picture: an emulated ESP32 takes seconds for each.",
)
@click.option("--port", help="Also ask the board at this serial port, or at socket://host:port.")
@click.option(
    "--limit", type=click.IntRange(1), help="Send the board at most this many test pictures, evenly spaced."
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of the data set.  [default: as in training]"
)
@click.option(
    "--labels",
    type=click.Choice(LABELS),
    default="original",
    help="audited: also judge by the boxes that an audit corrected, in a second table.",
)
@click.option(
    "--keep-threshold",
    "kept",
    multiple=True,
    metavar="CLASS=SHARE",
    help="Write this threshold into the run first (repeatable); its exports are out of date then.",
)
def command(
    run: str,
    emulate: str | None,
    port: str | None,
    limit: int | None,
    data: Path | None,
    labels: str,
    kept: tuple[str, ...],
) -> Result:
    """Judge a run on its test pictures: one row for each stage, from the trained network to the board.

    The stage "float" is computed now. ONNX, TFLite, TFLite-Micro and the generated C (c_host) were judged by
    `tinyml export`; boards by --emulate or --port here, or by `tinyml benchmark --mode accuracy`. Their rows are shown
    as long as they belong to the run's present weights. Ends with exit code 1 if bytes differ
    that must be equal, or if the requested board cannot be reached.
    """
    from tinyml.paths import find_run
    from tinyml.terminal.stages import stage_table
    from tinyml.workflow.evaluate import evaluate
    from tinyml.workflow.thresholds import keep_thresholds

    if emulate and port:
        raise click.UsageError("--port and --emulate cannot be combined")
    if kept:
        keep_thresholds(run, thresholds_of(kept), data)
    found = evaluate(run, emulate=emulate, port=port, data=data, limit=limit)
    notes = []
    if error := found.left_out:
        notes.append(Text(f"{emulate} was left out: {error.what}; {error.cure}", style="yellow"))
    if reason := found.unexported:
        notes.append(Text(f"only the float stage: {reason.what}; {reason.cure}"))
    if found.exports and not found.emulated and not found.left_out:
        notes.append(Text(f"on an emulated ESP32: tinyml evaluate {run} --emulate esp32_emulated"))
    title = f"{found.stages['float']['pictures']} test pictures"
    tables = [stage_table(title, found.stages)]
    if labels == "audited":
        tables.append(stage_table(f"{title}, audited labels", found.audited))
    data_found = {"run": str(find_run(run)), "task": found.task, "stages": found.stages}
    return Result(data_found, [*tables, *notes], exit_code=int(found.failed))


def thresholds_of(words: tuple[str, ...]) -> dict[str, float]:
    """Return {class: threshold}; raises UsageError for what is not CLASS=SHARE."""
    found = {}
    for word in words:
        name, _, share = word.rpartition("=")
        try:
            found[name] = float(share)
        except ValueError as error:
            raise click.UsageError(f"'{word}' is not CLASS=SHARE, such as apple=0.6") from error
    return found
