"""Find what each round of the lx6 kernels' loops costs, from traces of random networks; run it where kernels have changed.

    python tools/fit_cycles.py              traces 87 networks and writes tinyml/compiler/targets/lx6_cycles.json
    python tools/fit_cycles.py --rare       keeps the costs that are there, and fits those of rare layers alone

The costs are those with the least sum of relative errors: for each layer, cost of a round times how often it comes,
summed, against the layer's cycles in the trace. Most rounds take exactly so many cycles, so most layers can be met exactly;
squares would let the few that cannot, whose small functions the C compiler made otherwise, pull at all others.
tests/kernels/test_cost.py holds the costs to traces of other networks.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.cost_networks import fitting_networks, rare_networks  # noqa: E402
from support.traced_model import Observed, observe  # noqa: E402

from tinyml.compiler.targets.cost import COSTS, costs  # noqa: E402


def fit(observed: list[Observed]) -> dict[str, float]:
    """Return cycles by round: least sum of relative errors, no cost below 0."""
    names = sorted({name for row in observed for name in row.rounds})
    matrix = np.array([[row.rounds.get(name, 0) / row.cycles for name in names] for row in observed])
    scales = np.maximum(matrix.max(axis=0), 1e-12)  # so that rare rounds count as much
    shares, one = sparse.csr_matrix(matrix / scales), sparse.identity(len(observed))
    # Unknown are the costs, then the errors' sizes: error <= size and -error <= size, for all layers.
    solution = linprog(
        np.concatenate([np.zeros(len(names)), np.ones(len(observed))]),
        A_ub=sparse.vstack([sparse.hstack([shares, -one]), sparse.hstack([-shares, -one])]),
        b_ub=np.concatenate([np.ones(len(observed)), -np.ones(len(observed))]),
        bounds=(0, None),
        method="highs",
    )
    found = solution.x[: len(names)] / scales
    return {name: round(float(cost), 3) for name, cost in zip(names, found, strict=True)}


def without(observed: list[Observed], known: dict[str, float]) -> list[Observed]:
    """Return the layers that have rounds of unknown cost, with these rounds and the cycles that the others leave them."""
    found = []
    for name, times, cycles in observed:
        rest = {key: number for key, number in times.items() if key not in known and number}
        left = cycles - sum(known[key] * number for key, number in times.items() if key in known)
        if rest and left > 0 and name != "whole network":
            found.append(Observed(name, rest, round(left)))
    return found


def errors(observed: list[Observed], costs: dict[str, float]) -> list[tuple[float, str]]:
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
    parser.add_argument("--show", type=int, default=10, help="list the worst layers")
    parser.add_argument("--rare", action="store_true", help="fit only what has no cost yet")
    parser.add_argument("--keep", type=Path, help="write what was traced here, or fit to what lies here")
    arguments = parser.parse_args()
    if arguments.keep and arguments.keep.exists():
        observed = [Observed(*row) for row in json.loads(arguments.keep.read_text())]
    else:
        observed = []
        with tempfile.TemporaryDirectory() as temporary:
            networks = rare_networks() if arguments.rare else fitting_networks()
            for number, (data, memory) in enumerate(networks, 1):
                observed += observe(data, Path(temporary), memory)
                print(f"{number} networks, {len(observed)} layers", flush=True)
        if arguments.keep:
            arguments.keep.write_text(json.dumps(observed))
    known = {} if not arguments.rare else costs()
    rounds = known | fit(without(observed, known) if arguments.rare else observed)
    for error, what in errors(observed, rounds)[: arguments.show]:
        print(f"{error:+.2%} {what}")
    remark = "cycles of each round of the lx6 kernels' loops; made by tools/fit_cycles.py"
    layers = len(observed) + (json.loads(COSTS.read_text())["layers"] if arguments.rare else 0)
    content = {"remark": remark, "layers": layers, "cycles": dict(sorted(rounds.items()))}
    COSTS.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
