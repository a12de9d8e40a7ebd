"""A template for an operator of one input byte and one output byte: copy it to tinyml/compiler/ops/<name>.py.

It is the operator ABS, written as if it were new; a test compiles it in the place of the real one. Then add the line
`"ABS": <name>.OPERATOR,` to the table in ops/__init__.py, and a case to tests/cases/lookup.toml.
"""

from collections.abc import Callable

from tinyml.compiler.frontend.graph import Node, Tensor
from tinyml.compiler.ops.lookup import operator
from tinyml.compiler.quantize import quantize_multiplier, requantize


def function_of(node: Node, source: Tensor, output: Tensor) -> Callable[[int], int]:
    """Return the function of one code, rounded exactly as TensorFlow Lite's reference kernel rounds it.

    `node.options` has the options that OPERATOR names below. Refuse what is not supported with `unsupported(node, "...")`.
    """
    multiplier, shift = quantize_multiplier(float(source.scale / output.scale))

    def value(code: int) -> int:
        distance = abs(code - source.zero_point)
        if source.scale != output.scale:
            distance = requantize(distance, multiplier, shift)
        return distance + output.zero_point

    return value


# Options by name: slot in the schema's options table, type, default; ABS has none.
OPERATOR = operator(function_of)
