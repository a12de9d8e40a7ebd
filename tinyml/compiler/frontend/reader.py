"""`.tflite` bytes to a Graph; whatever the bytes, the result is a verified graph or a ModelError."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tinyml.compiler.frontend.apart import APART
from tinyml.compiler.frontend.flatbuffer import Table, damaged
from tinyml.compiler.frontend.folding import FOLDS
from tinyml.compiler.frontend.graph import (
    DTYPES,
    WITHOUT_NUMPY,
    Graph,
    Node,
    Tensor,
    bad,
    unique_name,
    verify,
)
from tinyml.compiler.frontend.recognize import refuse_others
from tinyml.compiler.frontend.sparse import densify
from tinyml.compiler.frontend.states import OPTIONS, initial_values
from tinyml.compiler.ops import BUILTIN_NAMES, OPERATORS
from tinyml.errors import ModelError
from tinyml.files import read_bytes

LARGEST_FILE_BYTES = 256 << 20
LARGEST_COUNT = 10_000  # of tensors, and of nodes


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Name the file in every ModelError of the context."""
    try:
        yield
    except ModelError as error:
        raise type(error)(f"{path}: {error.what}", cure=error.cure) from error


def read_model(path: Path) -> Graph:
    """Read the first subgraph of a `.tflite` file; raises ModelError that says what is wrong with it."""
    try:
        data = read_bytes(path, LARGEST_FILE_BYTES)
    except OSError as error:
        raise ModelError(
            f"it cannot be read: {error.strerror}", cure="give a .tflite file for a microcontroller"
        ) from error
    refuse_others(data, path.name)
    return parse_model(data)


def parse_model(data: bytes) -> Graph:
    """Return the verified graph of a `.tflite` file's bytes."""
    model = Table.root(memoryview(data), b"TFL3")
    subgraphs, codes, buffers = model.tables(2), model.tables(1), model.tables(4)
    if not subgraphs:
        raise damaged("it has no subgraph")
    subgraph = subgraphs[0]
    tensors, nodes = _content(subgraph, buffers, codes)
    once = {node.options["subgraph"] for node in nodes if node.op == "CALL_ONCE"}
    if {*range(1, len(subgraphs))} != once:
        raise ModelError(
            f"the model has {len(subgraphs)} subgraphs, supported are one and those that begin its variables",
            cure="export it without control flow",
        )
    initial: dict[str, np.ndarray] = {}
    for index in sorted(once):
        initial |= initial_values(*_content(subgraphs[index], buffers, codes))
    inputs, outputs = (subgraph.array(slot, "int32").tolist() for slot in (1, 2))
    signatures = model.tables(7)
    graph = Graph(
        tensors,
        nodes,
        inputs,
        outputs,
        _names(tensors, inputs, signatures, 0),
        _names(tensors, outputs, signatures, 1),
        initial=initial,
    )
    verify(graph)
    return graph


def _content(subgraph: Table, buffers: list[Table], codes: list[Table]) -> tuple[list[Tensor], list[Node]]:
    """Return a subgraph's tensors and nodes."""
    tables, operators = subgraph.tables(0), subgraph.tables(3)
    if max(len(tables), len(operators)) > LARGEST_COUNT:
        raise ModelError(
            f"the model has more than {LARGEST_COUNT:,} tensors or nodes", cure="give a smaller model"
        )
    tensors = [_tensor(table, index, buffers) for index, table in enumerate(tables)]
    return tensors, [_node(table, number, codes) for number, table in enumerate(operators)]


def _names(tensors: list[Tensor], edges: list[int], signatures: list[Table], slot: int) -> list[str]:
    """Return a name for each input or output that C can use: the signature's, else the tensor's."""
    signed = {
        entry.scalar(1, "uint32"): entry.text(0) for table in signatures[:1] for entry in table.tables(slot)
    }
    names: list[str] = []
    for index in edges:
        own = tensors[index].name if 0 <= index < len(tensors) else ""
        text = signed.get(index) or own.removeprefix("serving_default_").removesuffix(":0")
        names.append(unique_name(text, {*names, "row"}))  # model_input_row takes the next row
    return names


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
    variable = table.scalar(5, "bool", False)
    tensor = Tensor(name, shape, DTYPES[code], scales, zero_points, axis, variable=variable)
    buffer = table.scalar(2, "uint32")
    if not 0 <= buffer < max(len(buffers), 1):
        raise damaged(f"tensor {index} refers to buffer {buffer} of {len(buffers)}")
    if buffers and (content := buffers[buffer].array(0, "uint8")).size:
        if tensor.dtype in WITHOUT_NUMPY:
            tensor.data = np.zeros(shape if max((0, *shape)) <= LARGEST_COUNT else (), np.uint8)
            tensor.shape = tensor.data.shape
            return tensor
        dtype = np.dtype(tensor.dtype).newbyteorder("<")
        if sparsity := table.table(6):
            values = np.frombuffer(
                content[: content.size // dtype.itemsize * dtype.itemsize].tobytes(), dtype
            )
            tensor.data = densify(sparsity, values, shape)
            return tensor
        items = 1
        for extent in shape:
            items *= max(extent, 0)
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
    node = Node(name, table.array(1, "int32").tolist(), table.array(2, "int32").tolist(), number=number)
    options = table.table(4)
    known = [table[name].options for table in (OPERATORS, FOLDS) if name in table] + [
        APART.get(name, {}) | OPTIONS.get(name, {})
    ]
    for key, (slot, kind, default) in (item for table in known for item in table.items()):
        node.options[key] = options.scalar(slot, kind, default) if options else default
    if name == "VAR_HANDLE":
        node.options["name"] = f"{options.text(0)}/{options.text(1)}" if options else ""
    return node
