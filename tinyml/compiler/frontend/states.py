"""What lives from one run to the next becomes a state: an input of the graph that the caller does not see.

The variables of VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE and CALL_ONCE: what was read is a map that stays in the arena,
and what was assigned last is an output that becomes it when a run is over. The variable tensors of operators that remember:
such an operator changes its maps where they lie.
"""

from dataclasses import replace

import numpy as np

from tinyml.compiler.frontend.folding import fold_constants
from tinyml.compiler.frontend.graph import Graph, Node, State, Tensor, bad, verify_extents
from tinyml.compiler.ops import OPERATORS
from tinyml.errors import ModelError

OPTIONS: dict[str, dict[str, tuple[int, str, int]]] = {"CALL_ONCE": {"subgraph": (0, "int32", -1)}}
VARIABLES = ("VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE")


def initial_values(tensors: list[Tensor], nodes: list[Node]) -> dict[str, np.ndarray]:
    """Return what the nodes of a subgraph that runs once assign, by the variable's name."""
    for node in nodes:
        for index in (*node.inputs, *node.outputs):
            if not -1 <= index < len(tensors) or (index == -1 and index in node.outputs):
                raise bad(f"{node} of a subgraph refers to tensor {index} of {len(tensors)}")
    graph = Graph(tensors, nodes, [], [], [], [])
    fold_constants(graph)
    names: dict[int, str] = {}
    values: dict[str, np.ndarray] = {}
    for node in graph.nodes:
        if node.op == "VAR_HANDLE":
            names[_only_output(node)] = str(node.options["name"])
        elif node.op == "ASSIGN_VARIABLE" and len(node.inputs) == 2 and node.inputs[0] in names:
            data = tensors[node.inputs[1]].data
            if data is None:
                raise ModelError(
                    f"a variable begins with what {node} computes", cure="begin with a constant value"
                )
            values[names[node.inputs[0]]] = data
        else:
            raise ModelError(
                f"the subgraph that runs once has {node}, which is not supported",
                cure="begin each variable with a constant value",
            )
    return values


def take_states(graph: Graph) -> None:
    """Make variables inputs and outputs of the graph; raises ModelError where one is not an int8 map."""
    names: dict[int, str] = {}  # of variables, by the tensor of their handle
    first: dict[str, int] = {}  # the tensor that holds a variable when a run begins ...
    now: dict[str, int] = {}  # ... and at this node
    renamed: dict[int, int] = {}
    kept: list[Node] = []
    for node in graph.nodes:
        node.inputs = [renamed.get(index, index) for index in node.inputs]
        if node.op not in VARIABLES:
            kept.append(node)
        elif node.op == "VAR_HANDLE":
            names[_only_output(node)] = str(node.options["name"])
        elif node.op != "CALL_ONCE":
            name = names.get(node.inputs[0])
            if name is None or len(node.inputs) != 1 + (node.op == "ASSIGN_VARIABLE"):
                raise bad(f"{node} does not name its variable")
            if node.op == "ASSIGN_VARIABLE":
                now[name] = node.inputs[1]
            elif name in now:
                renamed[_only_output(node)] = now[name]
            else:
                first[name] = now[name] = _only_output(node)
    if not names:
        return
    graph.nodes = kept
    graph.outputs = [renamed.get(index, index) for index in graph.outputs]
    for name, tensor in first.items():
        _add_state(graph, name, tensor, now[name])


def take_variables(graph: Graph) -> None:
    """Make variable tensors states; raises ModelError where one does not belong to one operator that remembers alone.

    They begin with their zero point, int16 ones with 0.
    """
    remembering = {name: row.variables for name, row in OPERATORS.items() if row.variables}
    taken: set[int] = set()
    for node in graph.nodes:
        own = [node.inputs[at] for at in remembering.get(node.op, ()) if at < len(node.inputs)]
        for at, index in enumerate(node.inputs):
            if index == -1 or not graph.tensors[index].variable:
                continue
            tensor = graph.tensors[index]
            if index not in own or index in taken or index in graph.inputs or tensor.data is not None:
                raise ModelError(
                    f"the variable tensor '{tensor.name}' is input {at} of {node}: supported are those that the operators "
                    f"{' and '.join(sorted(remembering))} keep for themselves",
                    cure="export the model without it, or with resource variables",
                )
            taken.add(index)
            _add_changed(graph, index)


def _add_changed(graph: Graph, index: int) -> None:
    tensor = graph.tensors[index]
    limits = {"int8": (-128, 127), "int16": (0, 0)}.get(tensor.dtype)  # of the zero point
    if limits is None or len(tensor.scales) != 1 or not limits[0] <= tensor.zero_point <= limits[1]:
        raise ModelError(
            f"the variable tensor '{tensor.name}' is {tensor.dtype} with {len(tensor.scales)} scales and the zero points "
            f"{tensor.zero_points.tolist()}, expected int8, or int16 around 0, with one scale",
            cure="export a full-integer int8 model",
        )
    dtype, first = np.dtype(tensor.dtype), tensor.zero_point
    verify_extents(tensor, f"the variable tensor '{tensor.name}'")
    graph.states.append(State(graph.state_name(tensor.name), np.full(tensor.shape, first, dtype)))
    graph.inputs.append(index)
    graph.outputs.append(index)


def _add_state(graph: Graph, name: str, tensor: int, written: int) -> None:
    before, after = graph.tensors[tensor], graph.tensors[written]
    alike = before.shape == after.shape and before.dtype == after.dtype == "int8"
    alike = alike and before.scales.tolist() == after.scales.tolist() and len(before.scales) == 1
    if not alike or before.zero_points.tolist() != after.zero_points.tolist():
        raise ModelError(
            f"the variable '{name}' is {before.dtype} {list(before.shape)} and becomes {after.dtype} "
            f"{list(after.shape)}: supported are int8 variables that keep shape, scale and zero point",
            cure="convert the model with _experimental_variable_quantization = True",
        )
    given = graph.initial.get(name)
    initial = np.full(before.shape, before.zero_point, np.int8) if given is None else given
    if initial.dtype != np.int8 or initial.size != np.prod(before.shape, dtype=int):
        raise bad(f"the variable '{name}' begins with {initial.dtype} values of shape {list(initial.shape)}")
    if tensor == written:  # never assigned: a constant
        graph.tensors[tensor] = replace(before, data=np.ascontiguousarray(initial).reshape(before.shape))
        return
    graph.states.append(State(graph.state_name(name), initial))
    graph.inputs.append(tensor)
    graph.outputs.append(written)


def _only_output(node: Node) -> int:
    if len(node.outputs) != 1:
        raise bad(f"{node} has {len(node.outputs)} outputs, expected one")
    return node.outputs[0]
