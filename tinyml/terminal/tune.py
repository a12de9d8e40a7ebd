"""A study: its front, what mattered, what was rejected."""

from typing import Any

from rich.table import Table

from tinyml.tuning.front import Findings, Found

IMPORTANT = 4  # settings that are named


def study_view(found: Findings) -> list[Any]:
    """Return a study as shown to the user."""
    counts = found.counts
    shown: list[Any] = [front_table(found)] if found.front else []
    shown.append(
        f"{counts['proposals']} proposals: {counts['rejected']} rejected without training, {counts['trained']} networks "
        f"trained ({counts['stopped']} stopped early), {counts['repeated']} repeated, {counts['failed']} failed"
    )
    if found.rejected:
        reasons = ", ".join(f"{reason} ({count})" for reason, count in found.rejected.items())
        shown.append(f"rejected: {reasons}")
    if found.importances:
        named = list(found.importances.items())[:IMPORTANT]
        shown.append(f"what mattered: {', '.join(f'{name} {share:.0%}' for name, share in named)}")
    if found.front:
        shown.append(f"tinyml tune take {found.name} NUMBER makes a run of one")
    return shown


def front_table(found: Findings) -> Table:
    """Return the networks that no other beats, the fastest first."""
    table = Table(title=f"{found.name} on {found.search.board}", title_justify="left")
    table.add_column("number", justify="right")
    table.add_column("network")
    for title in (f"{found.metric} held out", "predicted ms", "RAM", "constants"):
        table.add_column(title, justify="right")
    for one in found.front:
        latency = one.cost["latency_ms"]
        table.add_row(
            str(one.number),
            words(one),
            f"{one.score:.3f}",
            "–" if latency is None else f"{latency:,.1f}",
            f"{one.cost['ram_bytes']:,}",
            f"{one.cost['constants_bytes']:,}",
        )
    return table


def words(one: Found) -> str:
    """Return a network's settings in words."""
    params = one.settings
    cuts = params.get("context")
    context = f", context {','.join(map(str, cuts))}" if isinstance(cuts, list) and cuts else ""
    colour = ", gray" if params["channels"] == 1 else ""
    return f"{params['size']} px, width {params['width']:g}, cut {params['cut']}{context}, head {params['head']}{colour}"
