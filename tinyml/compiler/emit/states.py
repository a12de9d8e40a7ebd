"""The states of a network in C: what they begin with, how a run that is over leaves them, and the functions that find them."""

import numpy as np

from tinyml.compiler.emit.text import array, ctype
from tinyml.compiler.frontend.graph import State
from tinyml.compiler.ops.base import Constant
from tinyml.compiler.planning.stream import Streams


def declarations(name: str, streams: Streams) -> str:
    """Return the declarations of the functions that find the states."""
    return "\n\n".join(
        f"/* The state '{state.name}', {streams.tensors[tensor].bytes} bytes of the arena: {name}_init sets it, each "
        f"run leaves it to the next. */\n{ctype(streams.tensors[tensor])} *{name}_state_{state.name}({name} *m);"
        for state, tensor, _ in streams.graph.kept
    )


def definitions(name: str, streams: Streams) -> tuple[list[str], list[str]]:
    """Return the definitions of the functions that find the states, and of those that set and keep them.

    Besides, which of `begin_states` and `keep_states` are among them.
    """
    finds, begins, keeps, arrays = [], [], [], []
    for state, tensor, written in streams.graph.kept:
        info, find = streams.tensors[tensor], f"{name}_state_{state.name}(m)"
        kind, row = ctype(info), f"row_of(m, {streams.name_of(tensor).upper()}, 0)"
        cast = "" if kind == "int8_t" else f"({kind} *)(void *)"
        finds.append(f"{kind} *{name}_state_{state.name}({name} *m) {{\n    return {cast}{row};\n}}")
        if (state.initial == state.initial.flat[0]).all():
            begins.append(f"    memset({find}, {int(state.initial.flat[0])}, {info.bytes});")
        else:
            arrays.append(array(initial := _constant(state)))
            begins.append(f"    memcpy({find}, {initial.name}, {info.bytes});")
        if written != tensor:  # else an operator has changed it where it lies
            made = streams.name_of(written).upper()
            keeps.append(f"    memcpy({find}, row_of(m, {made}, 0), {info.bytes});")
    functions = {
        "begin_states": ("", begins),
        "keep_states": ("/* A run is over: what it made of each state becomes the state. */\n", keeps),
    }
    written_out = {
        function: f"{about}static void {function}({name} *m) {{\n" + "\n".join(lines) + "\n}"
        for function, (about, lines) in functions.items()
        if lines
    }
    return [*finds, *arrays, *written_out.values()], list(written_out)


def _constant(state: State) -> Constant:
    return Constant(f"state_{state.name}_initial", "int8_t", np.ascontiguousarray(state.initial))
