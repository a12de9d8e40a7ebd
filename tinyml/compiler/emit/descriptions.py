"""A layer's static data in C: its arrays, what its target packs, and the description that its kernel takes."""

import functools
import re
from typing import Any

from tinyml.compiler.emit.text import array, number
from tinyml.compiler.ops.base import Constant, Layer
from tinyml.paths import share_dir

STRUCT = re.compile(r"typedef struct (\w+)\s*\{(.*?)\}\s*\1;", re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DECLARED = re.compile(r"(\w+)(?:\[\w+\])?$")


@functools.cache
def structs() -> dict[str, tuple[str, ...]]:
    """Return the members of each description, in the order in which the kernels' header declares them.

    Initialisers name no members, so that they are valid C++ too; the order is read where it is written.
    """
    header = share_dir("firmware") / "lib" / "tinyml_kernels" / "include" / "tinyml_kernels.h"
    found = {}
    for name, body in STRUCT.findall(COMMENT.sub("", header.read_text())):
        declared = [part for line in body.split(";") if "(" not in line for part in line.split(",")]
        members = [DECLARED.search(part.strip()) for part in declared]
        found[name] = tuple(member[1] for member in members if member)
    return found


def literal(value: Any) -> str:
    """Return the C initialiser of a member: an array's name, an expression, a number, or NULL for None."""
    if value is None:
        return "NULL"
    if isinstance(value, Constant):
        return value.name
    return value if isinstance(value, str) else number(value)


def definitions_of(layer: Layer) -> list[str]:
    """Return the definitions of a layer's arrays, then of `<layer>_packed` and `<layer>_layer` where it has them."""
    definitions = [array(constant) for constant in layer.constants]
    if not layer.struct:
        return definitions
    fields = dict(layer.fields)
    if layer.packed:
        definitions.append(layer.packed)
        fields["packed"] = f"&{layer.name}_packed"
    members = structs()[layer.struct]
    assert set(fields) <= set(members) | {"packed"}, f"{layer.struct} lacks {set(fields) - set(members)}"
    values = "\n".join(f"    {literal(fields.get(member))}, /* {member} */" for member in members)
    return [*definitions, f"static const {layer.struct} {layer.name}_layer = {{\n{values}\n}};"]
