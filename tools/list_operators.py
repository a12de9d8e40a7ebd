#!/usr/bin/env python3
"""Write docs/operators.md: every operator of TFLite-Micro's resolver, and what the compiler does with it in int8.

    tools/list_operators.py            asks the resolver for each operator of the schema, in processes of their own
    tools/list_operators.py --check    exit status 1 where the page is out of date

Which rows an operator waits for is read off the layers that its test cases make.
"""

import argparse
import os
import re
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.operator_cases import CASES, network  # noqa: E402
from support.tflite_file import TfliteFile  # noqa: E402

from tinyml.compiler.frontend.apart import APART  # noqa: E402
from tinyml.compiler.frontend.folding import FOLDS, OF_SHAPES  # noqa: E402
from tinyml.compiler.frontend.graph import Tensor  # noqa: E402
from tinyml.compiler.frontend.passes import run_passes  # noqa: E402
from tinyml.compiler.frontend.reader import parse_model  # noqa: E402
from tinyml.compiler.frontend.states import VARIABLES  # noqa: E402
from tinyml.compiler.ops import BUILTIN_NAMES, OPERATORS  # noqa: E402
from tinyml.compiler.ops.base import Layer  # noqa: E402
from tinyml.compiler.ops.lookup import REAL_ONLY  # noqa: E402
from tinyml.compiler.pipeline import layers_of  # noqa: E402
from tinyml.errors import ModelError  # noqa: E402
from tinyml.files import write_text  # noqa: E402

PAGE = ROOT / "docs" / "operators.md"
REASONS = {  # why an operator of the resolver does not compile
    "BROADCAST_ARGS": "of constants only: it computes shapes",
    "CUSTOM": "a name that only its own library knows",
    "DYNAMIC_UPDATE_SLICE": "where it writes is known only when it runs",
    "EMBEDDING_LOOKUP": "TFLite Micro's output is float",
    "FLOOR_DIV": "float only in TFLite Micro; of constants it is folded",
    "FLOOR_MOD": "float only in TFLite Micro; of constants it is folded",
    "IF": "control flow: the model has several subgraphs",
    "L2_POOL_2D": "float only in TFLite Micro",
    "WHILE": "control flow: the model has several subgraphs",
}
INTRODUCTION = """\
# Operators

What `tools/list_operators.py` found: the operators that TFLite Micro's resolver knows, and what the compiler does with
each of them in int8. "Rows" computes an output row as soon as the input rows that it needs are there; "whole" waits for
the last input row; where the shapes decide, both are named. "Tested" counts the cases of `tests/cases/` whose bytes are
held to those of TFLite Micro, or of TensorFlow Lite where TFLite Micro does not run the operator in int8; random graphs of
nearly all operators are besides (`tools/check_random_graphs.py`).
"""
OTHERS = """
## Beyond TFLite Micro

These its resolver does not know; their bytes are held to those of TensorFlow Lite's reference kernels.

"""


def resolver() -> list[str]:
    """Return the operators that TFLite-Micro's resolver knows, each asked in a process of its own."""
    from tflite_micro import runtime

    known = []
    for name in BUILTIN_NAMES:
        model = TfliteFile()
        x = model.quantized((1, 2, 2, 1), 1 / 32, 0, 0.0, 1.0)
        model.inputs.append(x.index)
        try:
            model.operator(name, [x.index], model.quantized((1, 2, 2, 1), 1 / 32, 0, 0.0, 1.0))
        except AttributeError:  # newer than the schema that the tests write with
            continue
        data = model.finish(x)
        with tempfile.TemporaryFile() as said:
            process = os.fork()
            if process == 0:
                os.dup2(said.fileno(), 2)
                try:
                    runtime.Interpreter.from_bytes(data, arena_size=1 << 20)
                finally:
                    os._exit(0)
            os.waitpid(process, 0)
            said.seek(0)
            if b"Didn't find op" not in said.read():
                known.append(name)
    return known


def waits(layer: Layer, tensors: list[Tensor]) -> str:
    """Return how a layer waits for its input: "rows" or "whole", or "" where a single row leaves that open."""
    heights = [tensors[operand.tensor].height for operand in layer.maps]
    needs = layer.style.events(layer, tensors).needs[0]
    if max(heights, default=1) == 1:
        return ""
    early = all(need < height or height == 1 for need, height in zip(needs, heights, strict=True))
    return "rows" if early else "whole"


def observed() -> tuple[dict[str, set[str]], dict[str, Counter]]:
    """Return how each operator's layers wait, and in how many cases each judge is asked about it."""
    how: dict[str, set[str]] = defaultdict(set)
    tested: dict[str, Counter] = defaultdict(Counter)
    for case in CASES.values():
        if "error" in case:
            continue
        graph = parse_model(network(case))
        for op in {node.op for node in graph.nodes}:
            tested[op].update(case.get("judges", ["micro", "lite"]))
        graph = run_passes(graph)
        for layer in layers_of(graph):
            for step in layer.node.options.get("functions", [layer.node]):
                how[step.op].add(waits(layer, graph.tensors))
    return how, tested


def support_of(op: str, how: dict[str, set[str]]) -> tuple[str, str]:
    """Return whether an operator compiles, or why not, and how it waits."""
    if op in APART:
        return "yes, as slices", "rows or whole"
    if op in VARIABLES:
        return "yes, as a state: tests/compiler/test_states.py", "whole"
    if op in OPERATORS:
        ways = sorted(how[op] - {""})
        real = ", as a table between DEQUANTIZE and QUANTIZE" if OPERATORS[op] is REAL_ONLY else ""
        if op in ("QUANTIZE", "DEQUANTIZE"):
            real = ", dropped at the edges" if op == "DEQUANTIZE" else ""
        return f"yes{real}", " or ".join(ways) or "rows"
    if op in REASONS:
        return f"no: {REASONS[op]}", ""
    if op in FOLDS or op in OF_SHAPES:
        return "of constants: folded", ""
    raise ModelError(f"{op} is neither in the compiler's tables nor in REASONS of tools/list_operators.py")


def page(known: list[str]) -> str:
    """Return the page's text for the operators that the resolver knows."""
    how, tested = observed()
    lines = [INTRODUCTION, "| operator | int8 | waits for | tested |", "|---|---|---|---|"]
    for op in sorted(known):
        support, ways = support_of(op, how)
        count = tested[op]["micro"] or (
            f"{tested[op]['lite']} (TensorFlow Lite)" if tested[op]["lite"] else ""
        )
        lines.append(f"| {op} | {support} | {ways} | {count} |")
    lines += [OTHERS.rstrip("\n"), "", "| operator | int8 | waits for |", "|---|---|---|"]
    for op in sorted({*OPERATORS, *APART} - set(known)):
        support, ways = support_of(op, how)
        lines.append(f"| {op} | {support} | {ways} |")
    return "\n".join(lines) + "\n"


def listed() -> list[str]:
    """Return the operators that the page lists as the resolver's."""
    return re.findall(
        r"^\| ([A-Z0-9_]+) \|", PAGE.read_text().split(OTHERS.strip().splitlines()[0])[0], re.MULTILINE
    )


def main() -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; compare the page")
    options = parser.parse_args()
    text = page(resolver())
    if options.check:
        return 0 if text == PAGE.read_text() else 1
    write_text(PAGE, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
