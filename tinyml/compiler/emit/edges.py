"""The inputs and outputs of a network in C: their macros, the functions that find them, and the tables of all of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from tinyml.compiler.emit.text import ctype, string
from tinyml.compiler.frontend.graph import Tensor
from tinyml.compiler.planning.schedule import Schedule
from tinyml.compiler.planning.stream import Streams

TYPES = {
    "int8": "TM_INT8",
    "uint8": "TM_UINT8",
    "int16": "TM_INT16",
    "int32": "TM_INT32",
    "float32": "TM_FLOAT32",
    "bool": "TM_UINT8",  # 0 or 1
}


@dataclass(frozen=True)
class Edge:
    """One input or output: `part` is its name within C names, "input" or "output", and "input_<name>" beside others."""

    name: str
    index: int  # of its tensor
    tensor: Tensor
    part: str
    given: bool  # by the network: an output

    def function(self, model: str) -> str:
        """Return the name of the function that finds it."""
        return f"{model}_{self.part}"


def edges_of(streams: Streams) -> Iterator[Edge]:
    """Return the inputs, then the outputs, in the order of the file."""
    graph = streams.graph
    for given, kind, tensors, names in (
        (False, "input", graph.given, graph.input_names),
        (True, "output", graph.taken, graph.output_names),
    ):
        for name, index in zip(names, tensors, strict=True):
            part = kind if len(names) == 1 else f"{kind}_{name}"
            yield Edge(name, index, graph.tensors[index], part, given)


def macros_of(streams: Streams) -> dict[str, int]:
    """Return the macros: how many edges, the shape of each, and of several the bytes of all together."""
    graph = streams.graph
    found = {"INPUTS": len(graph.given), "OUTPUTS": len(graph.taken)}
    for edge in edges_of(streams):
        found |= {
            f"{edge.part.upper()}_{what}": getattr(edge.tensor, what.lower())
            for what in ("HEIGHT", "WIDTH", "CHANNELS", "BYTES")
        }
    for kind, tensors in (("INPUT", graph.given), ("OUTPUT", graph.taken)):
        if len(tensors) > 1:
            found[f"{kind}_BYTES"] = sum(graph.tensors[index].bytes for index in tensors)
    return found


def declarations(name: str, streams: Streams) -> tuple[str, str]:
    """Return the declarations of the functions that find inputs that lie there whole, and outputs."""
    before = "before each run" if streams.pushed is None else "before the first row"
    inputs, outputs = [], []
    for edge in edges_of(streams):
        macro = f"{name.upper()}_{edge.part.upper()}_BYTES"
        what = ctype(edge.tensor)
        if edge.given:
            outputs.append(
                f"/* The output '{edge.name}', {macro} bytes, valid until the next inputs are written. */\n"
                f"const {what} *{edge.function(name)}(const {name} *m);"
            )
        elif edge.index != streams.pushed:
            inputs.append(
                f"/* Where the caller writes the input '{edge.name}', {macro} bytes, {before}: running overwrites it. */\n"
                f"{what} *{edge.function(name)}({name} *m);"
            )
    return "\n\n".join(inputs), "\n\n".join(outputs)


def tables(name: str, streams: Streams, schedule: Schedule) -> str:
    """Return the definitions of `<name>_inputs` and `<name>_outputs`."""
    rows: dict[bool, list[str]] = {False: [], True: []}
    for edge in edges_of(streams):
        tensor, offset = edge.tensor, schedule.maps[edge.index][0]
        scale, zero_point = (f"{tensor.scale:.9g}", tensor.zero_point) if len(tensor.scales) else ("0", 0)
        scale += "f" if "." in scale or "e" in scale else ".0f"
        rows[edge.given].append(
            f"    {{{string(edge.name)}, {TYPES[tensor.dtype]}, {offset}, {tensor.bytes}, {tensor.height}, "
            f"{tensor.width}, {tensor.channels}, {scale}, {zero_point}}},"
        )
    return "\n\n".join(
        f"const tm_edge {name}_{kind}[{name.upper()}_{kind.upper()}] = {{\n" + "\n".join(rows[given]) + "\n};"
        for given, kind in ((False, "inputs"), (True, "outputs"))
    )
