"""An export: its stages, the model in memory, the budget, and what to do if it does not fit."""

from typing import Any, NotRequired, TypedDict

from rich.bar import Bar
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tinyml.boards import load_board
from tinyml.contracts import Accuracy, Budget, Plan, Predicted
from tinyml.device.budget import PSRAM_CURE
from tinyml.device.latency import sentence
from tinyml.terminal.compile import psram_lines
from tinyml.terminal.stages import stage_table
from tinyml.workflow.run import Export

BAR_CHARACTERS = 30


class Exported(TypedDict):
    """What `tinyml export --json` says."""

    run: str
    board: str
    folder: str
    accuracy: Accuracy
    plan: NotRequired[Plan]
    budget: NotRequired[Budget]
    predicted: NotRequired[Predicted]


def export_view(result: Exported) -> list[Any]:
    """Return an export as shown to the user."""
    accuracy = result["accuracy"]
    kind = "synthetic " if accuracy.get("synthetic") else ""
    title = f"{accuracy['pictures']} {kind}{accuracy['split']} pictures"
    shown: list[Any] = [stage_table(title, accuracy["stages"])]
    shown += [Text(f"warning: {warning}", style="yellow") for warning in result["accuracy"]["warnings"]]
    if "budget" in result:
        shown += [runtimes_table(result), budget_bars(result["budget"]), *psram_lines(result["plan"])]
        shown += [Text(line) for line in sentence(result["predicted"])] if "predicted" in result else []
        if not result["budget"]["ok"]:
            shown.append(Text.assemble(("does not fit: ", "bold red"), cure(result)))
    shown.append(Text(f"written to {result['folder']}"))
    return shown


def runtimes_table(result: Exported) -> Table:
    """Return what the model needs under each runtime."""
    plan = result["plan"]
    table = Table(title="the model in memory", title_justify="left")
    table.add_column("runtime")
    table.add_column("RAM", justify="right")
    table.add_column("constants", justify="right")
    table.add_column("fits")
    for name, row in result["budget"]["runtimes"].items():
        title = (
            Text.assemble((name, "bold"), " (chosen)") if name == result["budget"]["runtime"] else Text(name)
        )
        fits = Text("yes", "green") if row["ok"] else Text("no", "red")
        table.add_row(title, f"{row['ram_bytes']:,} B", f"{row['constants_bytes']:,} B", fits)
    table.add_row("layer by layer", f"{plan['ram_bytes_layerwise']:,} B", "", "", style="dim")
    return table


def cure(result: Exported) -> str:
    """Return what to do about the first region over its limit."""
    budget = result["budget"]
    board = load_board(budget["board"])
    over = next(row for row in budget["regions"] if not row["ok"])
    excess = f"{over['region']} is over by {over['used_bytes'] - over['limit_bytes']:,} bytes; "
    if over["region"] == board.region_for("arena").name:
        if budget["runtime"] == "tflm" and budget["runtimes"]["stream"]["ok"]:
            return (
                f"{excess}--runtime stream needs {budget['runtimes']['stream']['ram_bytes']:,} bytes and fits"
            )
        rows = "" if result["plan"].get("input_mode") == "rows" else "export with --input rows, or "
        outer = f", or {PSRAM_CURE}" if board.has_psram and "psram" not in result["plan"] else ""
        return f"{excess}{rows}train again with --width 0.35 or a smaller --size{outer}"
    return f"{excess}train again with --width 0.35, or choose a board with more of it"


def budget_bars(budget: Budget) -> RenderableType:
    """Return budget.json as one bar per region."""
    table = Table(title=f"memory of {budget['board']} ({budget['source']})", title_justify="left", box=None)
    table.add_column("region", style="bold")
    table.add_column("")
    table.add_column("used", justify="right")
    table.add_column("limit", justify="right")
    table.add_column("")
    for row in budget["regions"]:
        used, limit = row["used_bytes"], row["limit_bytes"]
        colour = "green" if row["ok"] else "red"
        table.add_row(
            row["region"],
            Bar(limit, 0, min(used, limit), width=BAR_CHARACTERS, color=colour, bgcolor="grey30"),
            f"{used:,} B",
            f"{limit:,} B",
            f"{used / limit:.0%}" if row["ok"] else Text(f"over by {used - limit:,} B", "red"),
        )
    return table


def export_result(made: Export, board: str) -> Exported:
    """Return what `tinyml export --json` says of an export."""
    result: Exported = {
        "run": str(made.run.folder),
        "board": board,
        "folder": str(made.folder),
        "accuracy": made.accuracy,
    }
    if made.plan and made.budget:
        result["plan"], result["budget"] = made.plan, made.budget
    if predicted := made.predicted:
        result["predicted"] = predicted
    return result
