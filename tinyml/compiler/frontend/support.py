"""Everything in a model that the compiler does not support, reported at once: number types first, then operators."""

from collections import Counter

from tinyml.compiler.frontend.graph import Graph, Node
from tinyml.compiler.ops import INTERNAL, OPERATORS
from tinyml.errors import ModelError

CURE_INT8 = "export a full-integer int8 model"
COMPILED_FOR = {
    "edgetpu-custom-op": "a Coral Edge TPU",
    "ethos-u": "an Arm Ethos-U",
}  # custom operators of other compilers
FEW = 5  # numbers of nodes that are spelled out


def check_support(graph: Graph) -> None:
    """Raise ModelError where numbers or operators are not supported; names every operator, with how often it occurs."""
    for node in graph.nodes:
        for name, device in COMPILED_FOR.items():
            if name in node.op:
                raise ModelError(
                    f"the model is already compiled for {device} ({node})",
                    cure="give the .tflite from before that step",
                )
    _check_numbers(graph)
    missing = [node for node in graph.nodes if node.op not in OPERATORS and node.op not in INTERNAL]
    if missing:
        counts = Counter(node.op for node in missing)
        listed = "; ".join(_described(op, count, missing) for op, count in sorted(counts.items()))
        raise ModelError(
            f"{len(missing)} of {len(graph.nodes)} nodes are of operators that are not supported: {listed}; "
            f"supported are {', '.join(sorted(OPERATORS))}",
            cure="replace the operators in the model, or add them: docs/adding-an-operator.md",
        )


def _described(op: str, count: int, missing: list[Node]) -> str:
    numbers = [str(node.number) for node in missing if node.op == op]
    more = "" if count <= FEW else f" and {count - FEW} more"
    return f"{count} {op} (node {', '.join(numbers[:FEW])}{more})"


def _check_numbers(graph: Graph) -> None:
    """Reject by name what is not a full-integer int8 model."""
    constants = [graph.tensors[index] for node in graph.nodes for index in node.inputs if index != -1]
    constants = [tensor for tensor in constants if tensor.data is not None]
    made = [graph.tensors[index] for node in graph.nodes for index in node.outputs]
    counts = Counter(tensor.dtype for tensor in made)
    half = sum(tensor.dtype == "float16" or tensor.was_float16 for tensor in constants)
    if half:
        raise ModelError(f"float16 weights ({half} tensors): the model computes in float", cure=CURE_INT8)
    if any(tensor.dtype == "int4" for tensor in constants):
        raise ModelError("int4 weights", cure=f"{CURE_INT8}, with int8 weights")
    if counts["float32"]:
        weights = any(
            tensor.dtype == "int8" and tensor.data is not None and tensor.data.size > 1
            for tensor in constants
        )
        kind = (
            "int8 weights, float32 activations: a dynamic-range model" if weights else "float32 activations"
        )
        raise ModelError(
            f"{kind} ({counts['float32']} of {len(made)} values; the first is made by {_first(graph, 'float32')})",
            cure=f"{CURE_INT8}: with a representative dataset and TFLITE_BUILTINS_INT8",
        )
    if counts["int16"]:
        raise ModelError(
            f"int16 activations: a 16x8 model ({counts['int16']} of {len(made)} values)",
            cure="quantize it with int8 activations: TFLITE_BUILTINS_INT8",
        )
    edges = {*graph.inputs, *graph.outputs}
    filters = [
        tensor
        for tensor in constants
        if tensor.dtype == "uint8" and tensor.data is not None and tensor.data.ndim > 1
    ]
    inner = any(
        graph.tensors[index].dtype == "uint8" and index not in edges
        for node in graph.nodes
        for index in node.outputs
    )
    if filters or inner:
        raise ModelError(
            "uint8 filters or activations: a quantized model of TensorFlow 1",
            cure=f"convert it again with TensorFlow 2: {CURE_INT8}",
        )


def _first(graph: Graph, dtype: str) -> str:
    return next(
        str(node)
        for node in graph.nodes
        if any(graph.tensors[index].dtype == dtype for index in node.outputs)
    )
