"""Constants that are copied to RAM when the program starts: the function that copies them, and what it needs."""

from collections.abc import Sequence

from tinyml.compiler.ops.base import COPIED, Constant, Layer
from tinyml.compiler.planning.memory import aligned
from tinyml.compiler.targets.structs import packed_members

DECLARATION = """\
/* Copy constants that inference reads often to `ram`: MODEL_COPIED_BYTES, aligned to 16 bytes, which nothing else may use
 * from then on. Call it once, before anything runs. Without it they are read where they lie, through the cache. */
void model_copy_constants(void *ram);"""


def copied(layer: Layer) -> list[Constant]:
    """Return the constants of a layer that are copied at the start."""
    return [constant for constant in layer.constants if layer.places.get(constant.name) == COPIED]


def copied_bytes(layers: Sequence[Layer]) -> int:
    """Return what all copies take, each aligned."""
    return sum(aligned(constant.bytes) for layer in layers for constant in copied(layer))


def copy_function(name: str, layers: Sequence[Layer]) -> str:
    """Return `<name>_copy_constants`."""
    lines, offset = [], 0
    for layer in layers:
        for constant in copied(layer):
            variable, members = packed_members(layer.packed)
            member = next(member for member, value in members.items() if value == constant.name)
            lines.append(
                f"    {variable}.{member} = (const {constant.ctype} *)"
                f"memcpy((int8_t *)ram + {offset}, {constant.name}, sizeof {constant.name});"
            )
            offset += aligned(constant.bytes)
    body = "\n".join(lines)
    return f"void {name}_copy_constants(void *ram) {{\n{body}\n}}"
