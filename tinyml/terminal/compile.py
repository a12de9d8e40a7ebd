"""A compiled model: its memory, where its constants lie, and the latency predicted for a board."""

from typing import Any

from rich.table import Table

from tinyml.contracts import Plan, Predicted
from tinyml.contracts.plan import Psram
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
    outer = plan.get("psram")
    for what, value in (
        ("input", input_mode),
        ("multiply-accumulates", f"{plan['macs']:,}"),
        ("RAM", f"{plan['ram_bytes']:,} B (arena {plan['arena_bytes']:,}, {bound})"),
        *([("PSRAM", psram_text(outer))] if outer else []),
        ("RAM layer by layer", f"{plan['ram_bytes_layerwise']:,} B"),
        ("constants", f"{plan['weights_bytes']:,} B ({where(plan)})"),
        ("segments", ", ".join(str(len(segment["layers"])) for segment in plan["segments"]) + " layers"),
    ):
        table.add_row(what, value)
    return table


def psram_text(psram: Psram) -> str:
    """Return what lies in PSRAM and what that is predicted to cost, in words."""
    low, high = (one / 1000 for one in psram["predicted_range_us"])
    return (
        f"{psram['bytes']:,} B; an inference reads {psram['read_bytes']:,} and writes {psram['written_bytes']:,} bytes there: "
        f"{psram['predicted_us'] / 1000:,.1f} ms of waiting ({low:,.1f} to {high:,.1f}), predicted, not measured"
    )


def psram_lines(plan: Plan) -> list[str]:
    """Return the line about PSRAM; none without it."""
    return [f"PSRAM: {psram_text(plan['psram'])}"] if "psram" in plan else []


def where(plan: Plan) -> str:
    """Return where the constants lie, in words."""
    fetched = sum(constant["fetched_bytes"] for constant in plan["constants"])
    parts = [f"{place} {size:,}" for place, size in sorted(plan["constants_bytes"].items())]
    return f"{', '.join(parts)}; an inference fetches {fetched:,} from flash"
