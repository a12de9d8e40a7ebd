"""`tinyml predict`: what runs say about pictures, drawn and as JSON."""

from pathlib import Path

import rich_click as click
from rich.table import Table
from rich.text import Text

from tinyml.commands import Result
from tinyml.terminal.completion import boards, runs


@click.command("predict")
@click.argument("run", shell_complete=runs)
@click.argument("rest", nargs=-1, required=True, metavar="[RUN]... PICTURES...")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the drawn pictures.  [default: RUN/predicted]",
)
@click.option(
    "--stage",
    type=click.Choice(["float", "tflite_int8", "c_host"]),
    help="The trained network, the int8 TFLite model, or its generated C on this computer.  [default: float]",
)
@click.option(
    "--target",
    shell_complete=boards,
    metavar="BOARD",
    help="The board whose export the stages tflite_int8 and c_host run.  [default: the latest export]",
)
@click.option("--port", help="Ask the board at this serial port, or at socket://host:port, instead.")
@click.option(
    "--emulate",
    shell_complete=boards,
    metavar="BOARD",
    help="Build the firmware for this emulated board (or 'host') and ask that.",
)
def command(
    run: str,
    rest: tuple[str, ...],
    out: Path | None,
    stage: str | None,
    target: str | None,
    port: str | None,
    emulate: str | None,
) -> Result:
    """Show what a run sees in pictures; with several runs, side by side.

    PICTURES are files, folders or zip files. Draws centroids and names (or the class) on copies of them, counts each
    class, and writes predictions.csv and predictions.json beside the drawings. Uses the trained network, with --stage
    one of its exports, or with --port or --emulate a board that runs the run's firmware.
    """
    from tinyml.workflow.predict import count_classes, draw_predictions, predict, sort_out, write_tables

    if sum(choice is not None for choice in (stage, port, emulate)) > 1:
        raise click.UsageError("--stage, --port and --emulate cannot be combined")
    runs, pictures = sort_out([run, *rest])
    if (port or emulate) and len(runs) > 1:
        raise click.UsageError(
            "a board runs the firmware of one run: give a single run with --port or --emulate"
        )
    said = [
        predict(one, pictures, stage=stage or "float", board=target, port=port, emulate=emulate)
        for one in runs
    ]
    out = out or runs[0].files.predicted
    drawn = draw_predictions(pictures, runs, said, out)
    table = Table("picture", *(one.folder.name for one in runs))
    rows = []
    for path, saved, *predictions in zip(pictures, drawn, *said, strict=True):
        table.add_row(path.name, *map(str, predictions))
        told = [
            {"run": str(one.folder), **found.as_dict()} for one, found in zip(runs, predictions, strict=True)
        ]
        rows.append({"file": str(path), "predictions": told, "drawn": str(saved)})
    asked = emulate or port or stage or "float"
    counts = {one.folder.name: count_classes(found) for one, found in zip(runs, said, strict=True)}
    data = {"stage": asked, "pictures": rows, "counts": counts}
    write_tables(out, pictures, runs, said, data)
    summary = Table(
        "run", "class", "pictures", "objects", title=f"{len(pictures)} pictures", title_justify="left"
    )
    for name, classes in counts.items():
        for label, row in classes.items():
            summary.add_row(name, label, str(row["pictures"]), str(row.get("objects", "")))
    return Result(
        data, [table, summary, Text(f"drawn, and predictions.csv and predictions.json written: {out}")]
    )
