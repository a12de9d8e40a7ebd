"""Find what each round of the lx6 kernels' loops costs, from traces of random networks; run it where kernels have changed.

    python tools/fit_cycles.py              traces 40 networks and writes tinyml/compiler/targets/lx6_cycles.json

The costs are the least-squares solution of: for each layer, cost of a round times how often it comes, summed, is the
layer's cycles in the trace. tests/kernels/test_cost.py holds them to traces of other networks.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.cost_networks import cost_network  # noqa: E402
from support.seed_network import seed_network  # noqa: E402
from support.traced_model import by_layer, trace_model  # noqa: E402

from tinyml.compiler.frontend.reader import parse_model  # noqa: E402
from tinyml.compiler.pipeline import schedule_graph  # noqa: E402
from tinyml.compiler.planning.placement import checks_of, reads_of  # noqa: E402
from tinyml.compiler.targets.cost import CHECK, COSTS, EXACT, KINDS, STRAIGHT, rounds  # noqa: E402
from tinyml.device.cycles import count, load_core  # noqa: E402


def observe(data: bytes, folder: Path, whole: bool = False) -> list[tuple[str, dict[str, float], int]]:
    """Return (name, rounds, traced cycles) of each layer of a network, or of the `whole` as one.

    Of a network with layers that take rows and give none, as MEAN, only the whole can be told: a trace enters their
    work in whoever gives the next row.
    """
    (folder / "model.tflite").write_bytes(data)
    plan, rows, executed = trace_model(folder / "model.tflite", folder, "lx6")
    counts = by_layer(plan, rows, count(executed, load_core("lx6")))
    traced = counts["layers"]
    compiled = schedule_graph(parse_model(data), kernels="lx6")
    found = []
    for index, (layer, row) in enumerate(zip(compiled.layers, traced, strict=True)):
        calls = reads_of(index, compiled.streams, compiled.schedule)
        columns = compiled.tensors[layer.output].width
        times = {CHECK: checks_of(index, compiled.streams, compiled.schedule)}
        times |= rounds(layer, compiled.tensors, calls, columns)
        found.append((layer.name, times, row["cycles"]))
    if not whole:
        return found
    total: Counter[str] = Counter()
    for _, times, _ in found:
        total.update(times)
    return [("whole network", dict(total), counts["cycles_per_inference"])]


def fit(observed: list[tuple[str, dict[str, float], int]]) -> dict[str, float]:
    """Return cycles by round: least squares of relative errors."""
    names = sorted({name for _, times, _ in observed for name in times})
    matrix = np.array([[times.get(name, 0) / cycles for name in names] for _, times, cycles in observed])
    solution, *_ = np.linalg.lstsq(matrix, np.ones(len(observed)), rcond=None)
    costs = {name: round(float(cost), 3) for name, cost in zip(names, solution, strict=True)}
    return costs | loops_not_met(costs)


def loops_not_met(costs: dict[str, float]) -> dict[str, float]:
    """Return the costs of dot products whose length no network had, between those of their neighbours."""
    found = {}
    for kind in KINDS[:EXACT]:
        for part in ("run", "channel", "output"):
            known = {n: costs[key] for n in STRAIGHT if (key := f"dot {kind} {n}, {part}") in costs}
            for groups in set(STRAIGHT) - known.keys() if known else ():
                cost = np.interp(groups, [*known], [*known.values()])
                found[f"dot {kind} {groups}, {part}"] = round(float(cost), 3)
    return found


def errors(
    observed: list[tuple[str, dict[str, float], int]], costs: dict[str, float]
) -> list[tuple[float, str]]:
    """Return the relative error of each layer's prediction, the largest first, with its name and rounds."""
    found = []
    for name, times, cycles in observed:
        predicted = sum(costs[key] * number for key, number in times.items())
        found.append((predicted / cycles - 1, f"{name} {cycles:,} cycles {times}"))
    return sorted(found, key=lambda row: -abs(row[0]))


def main() -> None:
    """Trace, fit, say how well, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--networks", type=int, default=40)
    parser.add_argument("--show", type=int, default=10, help="list the worst layers")
    arguments = parser.parse_args()
    observed = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        datas = [seed_network(width, size) for width, size in ((0.35, 32), (0.35, 48), (1.0, 32))]
        wholes = len(datas)
        datas += [cost_network(1000 + number) for number in range(arguments.networks)]
        for number, data in enumerate(datas):
            observed += observe(data, folder, whole=number < wholes)
            print(f"\r{number + 1} of {len(datas)} networks, {len(observed)} layers", end="", flush=True)
    print()
    costs = fit(observed)
    for error, what in errors(observed, costs)[: arguments.show]:
        print(f"{error:+.2%} {what}")
    remark = "cycles of each round of the lx6 kernels' loops; made by tools/fit_cycles.py"
    COSTS.write_text(
        json.dumps({"remark": remark, "layers": len(observed), "cycles": costs}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
