"""The states of a network in C: what they begin with, how a run that is over leaves them, and the functions that find them."""

import numpy as np

from tinyml.compiler.emit.text import array
from tinyml.compiler.frontend.graph import State
from tinyml.compiler.ops.base import Constant
from tinyml.compiler.planning.stream import Streams


def declarations(name: str, streams: Streams) -> str:
    """Return the declarations of the functions that find the states."""
    return "\n\n".join(
        f"/* The state '{state.name}', {streams.tensors[tensor].bytes} bytes of the arena: {name}_init sets it, each "
        f"run leaves it to the next. */\nint8_t *{name}_state_{state.name}({name} *m);"
        for state, tensor, _ in streams.graph.kept
    )


def definitions(name: str, streams: Streams) -> list[str]:
    """Return the functions that find the states, and those that set and keep them; none without states."""
    kept = streams.graph.kept
    if not kept:
        return []
    finds, begins, keeps, arrays = [], [], [], []
    for state, tensor, written in kept:
        size, find = streams.tensors[tensor].bytes, f"{name}_state_{state.name}(m)"
        made = streams.name_of(written).upper()
        finds.append(
            f"int8_t *{name}_state_{state.name}({name} *m) {{\n"
            f"    return row_of(m, {streams.name_of(tensor).upper()}, 0);\n}}"
        )
        if (state.initial == state.initial.flat[0]).all():
            begins.append(f"    memset({find}, {int(state.initial.flat[0])}, {size});")
        else:
            arrays.append(array(initial := _constant(state)))
            begins.append(f"    memcpy({find}, {initial.name}, {size});")
        keeps.append(f"    memcpy({find}, row_of(m, {made}, 0), {size});")
    newline = "\n"
    return [
        *finds,
        *arrays,
        f"static void begin_states({name} *m) {{\n{newline.join(begins)}\n}}",
        f"/* A run is over: what it made of each state becomes the state. */\n"
        f"static void keep_states({name} *m) {{\n{newline.join(keeps)}\n}}",
    ]


def _constant(state: State) -> Constant:
    return Constant(f"state_{state.name}_initial", "int8_t", np.ascontiguousarray(state.initial))
