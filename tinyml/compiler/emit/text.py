"""Small pieces of C text: names, literals, arrays, comments, positions, line breaks."""

import itertools
from typing import TYPE_CHECKING

import numpy as np

from tinyml.compiler.frontend.graph import Tensor

if TYPE_CHECKING:
    from tinyml.compiler.ops.base import Constant, Layer


def named(template: str, name: str) -> str:
    """Return a template's text for the network `name`: the template says `model` and `MODEL`."""
    return template.replace("model", name).replace("MODEL", name.upper())


def ctype(tensor: Tensor) -> str:
    """Return the C type of a map's values."""
    return {"float32": "float", "bool": "uint8_t"}.get(tensor.dtype, f"{tensor.dtype}_t")


def describe(tensor: Tensor) -> str:
    """Return a tensor's name, type, shape and, where it is quantized, meaning for a comment."""
    text = f"{comment(tensor.name)} {tensor.dtype} {list(tensor.shape)}"
    if not len(tensor.scales):
        return text
    return f"{text}, real = {tensor.scale:.9g} * (value - {tensor.zero_point})"


def string(text: str) -> str:
    """Return a C string literal of plain ASCII."""
    return '"' + "".join(c if " " <= c <= "~" and c not in '"\\?' else "_" for c in text) + '"'


def comment(text: str) -> str:
    """Make `text` safe within a C comment."""
    return (
        "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
        .replace("*/", "* /")
        .replace("/*", "/ *")
    )


def shapes(layer: "Layer", tensors: list[Tensor]) -> str:
    """Return `HxWxC, HxWxC -> HxWxC`."""
    sources = ", ".join("x".join(map(str, tensors[operand.tensor].extents)) for operand in layer.operands)
    return f"{sources} -> {'x'.join(map(str, tensors[layer.output].extents))}"


def number(value: int) -> str:
    """Return a C integer literal (INT32_MIN has none of its own)."""
    return "INT32_MIN" if value == -(1 << 31) else str(value)


PER_LINE = {"int8_t": 18, "int16_t": 14, "int32_t": 9}  # values: no line gets too long
ALIGNED = {"_weights": "TM_ALIGNED_16", "_pad": "TM_ALIGNED_4"}  # bytes that kernels load several at a time
SECOND_ARENA = ", void *external, size_t external_bytes"  # parameters of init
SECTIONS = {"iram": "TM_IN_IRAM", "dram": "TM_IN_DRAM"}  # places that a program's sections lie in


def array(constant: "Constant", place: str = "") -> str:
    """Return a constant array's definition; `place` is one of a board's, or empty where the linker's choice is right."""
    values = constant.values.reshape(-1)
    written = map(number if constant.ctype == "int32_t" else str, values.astype(np.int64).tolist())
    lines = iter(lambda: ", ".join(itertools.islice(written, PER_LINE[constant.ctype])), "")
    text = "    " + ",\n    ".join(lines)
    aligned = next((f" {how}" for end, how in ALIGNED.items() if constant.name.endswith(end)), "")
    section = f" {SECTIONS[place]}({constant.name})" if place in SECTIONS else ""
    return f"static const {constant.ctype} {constant.name}[{values.size}]{aligned}{section} = {{\n{text}\n}};"


def wrapped(text: str, indent: int, width: int = 118) -> str:
    """Break `text` at spaces, indented; continuation lines of statements are indented further."""
    lines, line = [], " " * indent
    further = indent + 4 if text.startswith(("if", "while", "tm_")) else indent
    for word in text.split(" "):
        if len(line) + len(word) + 1 > width and line.strip():
            lines.append(line.rstrip())
            line = " " * further
        line += word + " "
    return "\n".join([*lines, line.rstrip()])
