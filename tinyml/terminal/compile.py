"""A compiled model: its memory, where its constants lie, and the latency predicted for a board."""

from typing import Any

from rich.table import Table

from tinyml.contracts import Plan, Predicted
from tinyml.device.latency import reason, sentence
from tinyml.terminal.facts import facts_table


def compile_view(plan: Plan, predicted: Predicted | None, files: list[str]) -> list[Any]:
    """Return a compilation as shown to the user."""
    shown: list[Any] = [summary(plan)]
    if predicted:
        shown += [f"latency of a real {predicted['board']}:", *sentence(predicted)]
    elif why := reason(plan):
        shown.append(f"no latency is predicted: {why}")
    return [*shown, f"wrote {', '.join(files)}"]


def summary(plan: Plan) -> Table:
    """Return the plan's figures as a table."""
    table = facts_table(f"{plan['name']}: {len(plan['layers'])} layers")
    input_mode = "a whole frame" if plan["input_mode"] == "frame" else "row by row"
    bound = "proven minimum" if plan["optimal"] else f"lower bound {plan['bound_bytes']:,}"
    for what, value in (
        ("input", input_mode),
        ("multiply-accumulates", f"{plan['macs']:,}"),
        ("RAM", f"{plan['ram_bytes']:,} B (arena {plan['arena_bytes']:,}, {bound})"),
        ("RAM layer by layer", f"{plan['ram_bytes_layerwise']:,} B"),
        ("constants", f"{plan['weights_bytes']:,} B ({where(plan)})"),
        ("segments", ", ".join(str(len(segment["layers"])) for segment in plan["segments"]) + " layers"),
    ):
        table.add_row(what, value)
    return table


def where(plan: Plan) -> str:
    """Return where the constants lie, in words."""
    fetched = sum(constant["fetched_bytes"] for constant in plan["constants"])
    parts = [f"{place} {size:,}" for place, size in sorted(plan["constants_bytes"].items())]
    return f"{', '.join(parts)}; an inference fetches {fetched:,} from flash"
