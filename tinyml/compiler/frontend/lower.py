"""Rewrites of operators into others that the kernels have, without changing one byte of the result."""

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops.lookup import REAL_FUNCTIONS

CHAINED = {*REAL_FUNCTIONS, "LEAKY_RELU"}


def chain_functions(graph: Graph) -> None:
    """Make DEQUANTIZE, functions of reals and QUANTIZE one table, where nobody else reads the reals between."""
    for first in [node for node in graph.nodes if node.op == "DEQUANTIZE"]:
        steps: list[Node] = []
        node = first
        while node.outputs[0] not in graph.outputs:
            readers = graph.consumers(node.outputs[0])
            if len(readers) != 1 or readers[0].inputs != node.outputs:
                break
            node = readers[0]
            if node.op not in CHAINED:
                break
            steps.append(node)
        if node.op == "QUANTIZE" and node is not first:
            options = {"functions": steps}
            made = Node("CHAIN", first.inputs, node.outputs, options, (steps or [first])[0].number)
            graph.nodes[graph.nodes.index(node)] = made
            for gone in (first, *steps):
                graph.nodes.remove(gone)
