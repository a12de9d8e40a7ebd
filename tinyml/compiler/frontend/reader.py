"""`.tflite` bytes to a Graph; whatever the bytes, the result is a verified graph or a ModelError."""

from pathlib import Path

import numpy as np

from tinyml.compiler.frontend.flatbuffer import Table, damaged
from tinyml.compiler.frontend.graph import DTYPES, Graph, Node, Tensor, bad, verify
from tinyml.compiler.ops import BUILTIN_NAMES, OPERATORS
from tinyml.errors import ModelError

LARGEST_FILE_BYTES = 256 << 20
LARGEST_COUNT = 10_000  # of tensors, and of nodes


def read_model(path: str | Path) -> Graph:
    """Read the first subgraph of a `.tflite` file; raises ModelError that names what is wrong with it."""
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise ModelError(
                f"{path} is larger than {LARGEST_FILE_BYTES:,} bytes",
                cure="give a model for a microcontroller",
            )
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}", cure="check the path") from error
    try:
        return parse_model(data)
    except ModelError as error:
        raise ModelError(f"{path}: {error.what}", cure=error.cure) from error


def parse_model(data: bytes) -> Graph:
    """Return the verified graph of a `.tflite` file's bytes."""
    model = Table.root(memoryview(data), b"TFL3")
    subgraphs, codes, buffers = model.tables(2), model.tables(1), model.tables(4)
    if len(subgraphs) != 1:
        raise ModelError(
            f"the model has {len(subgraphs)} subgraphs, supported is 1", cure="export it without control flow"
        )
    subgraph = subgraphs[0]
    tables, operators = subgraph.tables(0), subgraph.tables(3)
    if max(len(tables), len(operators)) > LARGEST_COUNT:
        raise ModelError(
            f"the model has more than {LARGEST_COUNT:,} tensors or nodes", cure="give a smaller model"
        )
    graph = Graph(
        [_tensor(table, index, buffers) for index, table in enumerate(tables)],
        [_node(table, number, codes) for number, table in enumerate(operators)],
        subgraph.array(1, "int32").tolist(),
        subgraph.array(2, "int32").tolist(),
    )
    verify(graph)
    return graph


def _tensor(table: Table, index: int, buffers: list[Table]) -> Tensor:
    name, shape = table.text(3), tuple(table.array(0, "int32").tolist())
    code = table.scalar(1, "int8")
    if code not in DTYPES:
        raise ModelError(
            f"tensor {index} ('{name}') has type number {code}, which is not supported",
            cure="export a full-integer int8 model",
        )
    scales, zero_points = np.zeros(0, np.float32), np.zeros(0, np.int64)
    axis = 0
    if quantization := table.table(4):
        scales, zero_points = quantization.array(2, "float32"), quantization.array(3, "int64")
        axis = quantization.scalar(6, "int32")
        if len(zero_points) == 0 and len(scales):
            zero_points = np.zeros(len(scales), np.int64)
    tensor = Tensor(name, shape, DTYPES[code], scales, zero_points, axis)
    buffer = table.scalar(2, "uint32")
    if not 0 <= buffer < max(len(buffers), 1):
        raise damaged(f"tensor {index} refers to buffer {buffer} of {len(buffers)}")
    if buffers and (content := buffers[buffer].array(0, "uint8")).size:
        items = 1
        for extent in shape:
            items *= max(extent, 0)
        dtype = np.dtype(tensor.dtype).newbyteorder("<")
        if content.size != items * dtype.itemsize:
            raise bad(f"tensor {index} of shape {list(shape)} comes with {content.size} bytes")
        tensor.data = np.frombuffer(content.tobytes(), dtype=dtype).reshape(shape)
    return tensor


def _node(table: Table, number: int, codes: list[Table]) -> Node:
    index = table.scalar(0, "uint32")
    if index >= len(codes):
        raise damaged(f"node {number} refers to operator code {index} of {len(codes)}")
    code = max(codes[index].scalar(0, "int8"), codes[index].scalar(3, "int32"))
    name = BUILTIN_NAMES[code] if 0 <= code < len(BUILTIN_NAMES) else f"operator {code}"
    if name == "CUSTOM":
        name = f"CUSTOM '{codes[index].text(1)}'"
    if name not in OPERATORS:
        raise ModelError(
            f"node {number} is {name}, which is not supported; supported are {', '.join(sorted(OPERATORS))}",
            cure="replace the operator in the model, or add it: docs/adding-an-operator.md",
        )
    node = Node(name, table.array(1, "int32").tolist(), table.array(2, "int32").tolist(), number=number)
    options = table.table(4)
    for key, (slot, kind, default) in OPERATORS[name].options.items():
        node.options[key] = options.scalar(slot, kind, default) if options else default
    return node
