"""The kernels' descriptions, as their headers declare them."""

import functools
import re

from tinyml.paths import share_dir

LAYERS = ("tinyml_kernels.h", "tm_operators.h")
STRUCT = re.compile(r"typedef struct (\w+)\s*\{(.*?)\}\s*\1;", re.DOTALL)
PACKED = re.compile(r"static const (\w+) (\w+_packed) = \{(.*)\};")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DECLARED = re.compile(r"(\w+)(?:\[\w+\])?$")


@functools.cache
def structs(*names: str) -> dict[str, tuple[str, ...]]:
    """Return the members of each description, in the order in which these headers of the kernels declare them.

    Initializers name no members, so that they are valid C++ too; the order is read where it is written.
    """
    include = share_dir("firmware") / "lib" / "tinyml_kernels" / "include"
    text = "".join((include / name).read_text() for name in names or LAYERS)
    found = {}
    for struct, body in STRUCT.findall(COMMENT.sub("", text)):
        declared = [part for line in body.split(";") if "(" not in line for part in line.split(",")]
        members = [DECLARED.search(part.strip()) for part in declared]
        found[struct] = tuple(member[1] for member in members if member)
    return found


def packed_members(definition: str) -> tuple[str, dict[str, str]]:
    """Return the variable that a target's definition of `<layer>_packed` defines, and its values by member."""
    match = PACKED.search(definition)
    assert match is not None, f"{definition} is no definition"
    struct, variable, values = match.groups()
    return variable, dict(zip(structs("tm_packed.h")[struct], values.split(", "), strict=True))
