"""The cost of a network that is not trained yet."""

from typing import Any

from tinyml.device.latency import reason, sentence
from tinyml.terminal.export import budget_bars
from tinyml.terminal.facts import facts_table
from tinyml.workflow.estimate import Estimate


def estimate_view(found: Estimate) -> list[Any]:
    """Return an estimate as shown to the user."""
    table = facts_table(architecture(found))
    table.add_row("multiply-accumulates", f"{found.plan['macs']:,}")
    table.add_row("RAM", f"{found.ram_bytes:,} B")
    table.add_row("constants", f"{found.constants_bytes:,} B")
    unknown = reason(found.plan) or "not known for these layers or this board"
    latency = sentence(found.predicted) if found.predicted else [unknown]
    table.add_row("latency", "\n".join(latency))
    return [table, budget_bars(found.budget)]


def architecture(found: Estimate) -> str:
    """Return the network in words."""
    config = found.config
    trunk = (
        f"{len(config.blocks)} rows of blocks"
        if config.blocks
        else f"width {config.width:g}, cut {config.cut}"
    )
    context = f", context {','.join(map(str, config.context))}" if config.context else ""
    colour = "gray" if config.channels == 1 else "RGB"
    return f"{config.task}, {config.size}x{config.size} {colour}, {trunk}{context}, head {config.head}"
