"""A layer's static data in C: its arrays, what its target packs, and the description that its kernel takes."""

from typing import Any

from tinyml.compiler.emit.text import array, number
from tinyml.compiler.ops.base import COPIED, Constant, Layer
from tinyml.compiler.targets.structs import PACKED, structs


def literal(value: Any) -> str:
    """Return the C initializer of a member: an array's name, an expression, a number, or NULL for None."""
    if value is None:
        return "NULL"
    if isinstance(value, Constant):
        return value.name
    return value if isinstance(value, str) else number(value)


def definitions_of(layer: Layer) -> list[str]:
    """Return the definitions of a layer's arrays, then of `<layer>_packed` and `<layer>_layer` where it has them."""
    definitions = [array(constant, layer.places.get(constant.name, "")) for constant in layer.constants]
    if not layer.struct:
        return definitions
    fields = dict(layer.fields)
    if layer.packed:
        # In RAM where a pointer of it changes to a copy.
        moves = COPIED in layer.places.values()
        definitions.append(PACKED.sub(r"static \1 \2 = {\3};", layer.packed) if moves else layer.packed)
        fields["packed"] = f"&{layer.name}_packed"
    members = structs()[layer.struct]
    assert set(fields) <= set(members) | {"packed"}, f"{layer.struct} lacks {set(fields) - set(members)}"
    values = "\n".join(f"    {literal(fields.get(member))}, /* {member} */" for member in members)
    return [*definitions, f"static const {layer.struct} {layer.name}_layer = {{\n{values}\n}};"]
