"""The way in: constants are folded before anything is refused, and what is refused is called by its name, all at once."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from support.oracles import TensorFlowModel
from support.tflite_builder import ModelBuilder
from support.tflite_file import Tensor

from tinyml.compiler.check.verify import verify
from tinyml.compiler.frontend.flatbuffer import Table
from tinyml.compiler.frontend.passes import run_passes
from tinyml.compiler.frontend.reader import parse_model
from tinyml.compiler.frontend.sparse import densify
from tinyml.compiler.pipeline import compile_bytes, compile_model
from tinyml.errors import ModelError

CASES = Path(__file__).parents[1] / "cases"


def equal(data: bytes, folder: Path) -> None:
    """Hold a model to TFLite-Micro."""
    (folder / "model.tflite").write_bytes(data)
    found = verify(folder / "model.tflite", count=5)
    assert found.different == 0, found.difference


# ---- folding


def number(b: ModelBuilder, shape: tuple[int, ...] = ()) -> Tensor:
    """Return a tensor of int32 that nothing has made yet."""
    return Tensor(b.tensor(shape, np.int32), shape, 0.0, 0, 0.0, 0.0)


def test_a_dynamic_batch_is_a_chain_of_constants(tmp_path: Path) -> None:
    b = ModelBuilder(seed=1)
    x = b.conv(b.input((1, 6, 5, 2)), 3)
    shape = b.operator(
        "SHAPE", [x.index], number(b, (4,)), kind="ShapeOptions", outType=schema.TensorType.INT32
    )
    bounds = [b.constant([0]), b.constant([1]), b.constant([1])]
    batch = b.operator(
        "STRIDED_SLICE", [shape.index, *bounds], number(b), kind="StridedSliceOptions", shrinkAxisMask=1
    )
    half = b.operator("MUL", [b.constant(15), b.constant(2)], number(b), kind="MulOptions")
    third = b.operator("SUB", [half.index, b.constant(0)], number(b), kind="SubOptions")
    inputs = [batch.index, third.index, b.constant(3)]
    packed = b.operator("PACK", inputs, number(b, (3,)), kind="PackOptions", valuesCount=3, axis=0)
    y = b.quantized((1, 30, 3), x.scale, x.zero_point, x.mean, x.deviation)
    y = b.operator("RESHAPE", [x.index, packed.index], y, kind="ReshapeOptions", newShape=[])
    data = b.finish(y)
    assert [node.op for node in run_passes(parse_model(data)).nodes] == ["CONV_2D"]
    equal(data, tmp_path)


@pytest.mark.parametrize(
    ("name", "inputs", "options", "expected"),
    [
        ("ADD", [[5, -7], [2, 3]], {"kind": "AddOptions"}, [7, -4]),
        ("MUL", [[5, -7], [2, 3]], {"kind": "MulOptions", "fusedActivationFunction": 1}, [10, 0]),
        ("FLOOR_DIV", [[7, -7], [2, 2]], {"kind": "FloorDivOptions"}, [3, -4]),
        ("FLOOR_MOD", [[7, -7], [4, 4]], {"kind": "FloorModOptions"}, [3, 1]),
        ("DIV", [[8, -8], [3, 3]], {"kind": "DivOptions"}, [2, -2]),
        ("MAXIMUM", [[8, -8], [3, 3]], {"kind": "MaximumMinimumOptions"}, [8, 3]),
        ("GATHER", [[4, 5, 6], [2, 0]], {"kind": "GatherOptions", "axis": 0}, [6, 4]),
        ("CONCATENATION", [[4], [5]], {"kind": "ConcatenationOptions", "axis": 0}, [4, 5]),
        ("SLICE", [[4, 5, 6], [1], [2]], {"kind": "SliceOptions"}, [5, 6]),
        ("TILE", [[4], [2]], {"kind": "TileOptions"}, [4, 4]),
        ("RANGE", [1, 5, 2], {"kind": "RangeOptions"}, [1, 3]),
        ("FILL", [[2], 9], {"kind": "FillOptions"}, [9, 9]),
        ("REDUCE_PROD", [[[2, 3], [4, 5]], [0]], {"kind": "ReducerOptions", "keepDims": False}, [8, 15]),
    ],
)
def test_arithmetic_on_constants_is_tensorflows(
    name: str, inputs: list, options: dict, expected: list[int]
) -> None:
    b = ModelBuilder(seed=2)
    x = b.input((1, 1, 1, 1))
    made = b.operator(name, [b.constant(values) for values in inputs], number(b, (2,)), **options)
    data = b.finish(made, b.same("RELU", x))
    graph = parse_model(data)
    folded = [one for one in _folded_values(graph) if one.size == 2]
    lite = TensorFlowModel(data)
    lite.invoke()
    np.testing.assert_array_equal(lite.output(), expected)
    np.testing.assert_array_equal(folded[-1], expected)


def _folded_values(graph) -> list[np.ndarray]:
    from tinyml.compiler.frontend.folding import fold_constants

    before = {id(tensor.data) for tensor in graph.tensors}
    fold_constants(graph)
    return [one.data for one in graph.tensors if one.data is not None and id(one.data) not in before]


def test_nodes_that_change_nothing_are_dropped(tmp_path: Path) -> None:
    b = ModelBuilder(seed=3)
    x = b.conv(b.input((1, 6, 5, 2)), 3)
    y = b.same("QUANTIZE", x, like=x)
    y = b.pad(y, [(0, 0)] * 4)
    y = b.strided_slice(y, (0, 0, 0, 0), y.shape, (1, 1, 1, 1))
    data = b.finish(b.reshape(b.conv(y, 2), (*y.shape[:3], 2)))
    assert [node.op for node in run_passes(parse_model(data)).nodes] == ["CONV_2D", "CONV_2D"]
    equal(data, tmp_path)


def test_sparse_weights_are_the_dense_ones() -> None:
    dense = np.zeros((4, 6), np.int8)
    dense[0, 1], dense[2, 0], dense[2, 5], dense[3, 3] = 1, 2, 3, 4
    sparsity = schema.SparsityParametersT()
    sparsity.traversalOrder, sparsity.blockMap = [0, 1], []
    rows, columns = schema.DimensionMetadataT(), schema.DimensionMetadataT()
    rows.format, rows.denseSize = schema.DimensionType.DENSE, 4
    columns.format = schema.DimensionType.SPARSE_CSR
    for name, values in (("arraySegments", [0, 1, 1, 3, 4]), ("arrayIndices", [1, 0, 5, 3])):
        vector = schema.Uint8VectorT()
        vector.values = values
        setattr(columns, name, vector)
        setattr(columns, f"{name}Type", schema.SparseIndexVector.Uint8Vector)
    sparsity.dimMetadata = [rows, columns]
    np.testing.assert_array_equal(densify(packed(sparsity), np.array([1, 2, 3, 4], np.int8), (4, 6)), dense)
    rows.denseSize = 5
    with pytest.raises(ModelError, match="sparse tensor"):
        densify(packed(sparsity), np.array([1, 2, 3, 4], np.int8), (4, 6))


def test_blocks_of_sparse_weights() -> None:
    random = np.random.default_rng(0)
    dense = np.kron(np.array([[0, 1], [1, 0], [0, 1]]), np.ones((2, 4))).astype(np.int8)
    dense *= random.integers(1, 100, dense.shape, dtype=np.int8)
    sparsity = schema.SparsityParametersT()  # blocks of 2x4
    sparsity.traversalOrder, sparsity.blockMap = [0, 1, 2, 3], [0, 1]
    levels = [schema.DimensionMetadataT() for _ in range(4)]
    for level, size in zip(levels, (3, None, 2, 4)):
        level.format = schema.DimensionType.DENSE if size else schema.DimensionType.SPARSE_CSR
        level.denseSize = size or 0
    for name, values in (("arraySegments", [0, 1, 2, 3]), ("arrayIndices", [1, 0, 1])):
        vector = schema.Int32VectorT()
        vector.values = values
        setattr(levels[1], name, vector)
        setattr(levels[1], f"{name}Type", schema.SparseIndexVector.Int32Vector)
    sparsity.dimMetadata = levels
    blocks = [dense[:2, 4:], dense[2:4, :4], dense[4:, 4:]]
    values = np.concatenate([block.reshape(-1) for block in blocks])
    np.testing.assert_array_equal(densify(packed(sparsity), values, (6, 8)), dense)


def packed(sparsity) -> Table:
    """Return the written table as the reader sees it."""
    import flatbuffers

    builder = flatbuffers.Builder(256)
    builder.Finish(sparsity.Pack(builder), b"TFL3")
    return Table.root(memoryview(bytes(builder.Output())), b"TFL3")


# ---- edges of other types


@pytest.mark.parametrize(("given", "made"), [(np.uint8, np.uint8), (np.uint8, np.int8), (np.int8, np.uint8)])
def test_uint8_edges(tmp_path: Path, given: type, made: type) -> None:
    b = ModelBuilder(seed=4)
    x = b.input((1, 8, 6, 3), 1 / 64, 100 if given == np.uint8 else -28, given)
    if given == np.uint8:
        x = b.operator("QUANTIZE", [x.index], b.quantized(x.shape, x.scale, -28, x.mean, x.deviation))
    y = b.conv(x, 4, (3, 3), (2, 2))
    if made == np.uint8:
        y = b.operator(
            "QUANTIZE", [y.index], b.quantized(y.shape, y.scale, y.zero_point + 128, 0, 1, np.uint8)
        )
    data = b.finish(y)
    equal(data, tmp_path)
    assert f"const {'u' if made == np.uint8 else ''}int8_t *model_output(const model *m);" in _header(
        data, tmp_path
    )


def _header(data: bytes, folder: Path) -> str:
    (folder / "model.tflite").write_bytes(data)
    compile_model(folder / "model.tflite", folder)
    return (folder / "model.h").read_text()


def test_a_float_input_that_is_quantized_twice(tmp_path: Path) -> None:
    b = ModelBuilder(seed=5)
    index = b.tensor((1, 8, 6, 3), np.float32)
    b.inputs.append(index)
    one, other = (b.quantized((1, 8, 6, 3), 1 / 32, 3, 0.0, 1.0) for _ in range(2))
    for made in (one, other):
        b.operator("QUANTIZE", [index], made, kind="QuantizeOptions")
    equal(b.finish(b.dequantize(b.conv(one, 2)), b.dequantize(b.conv(other, 3))), tmp_path)


# ---- messages


def refused(data: bytes) -> ModelError:
    """Return the error that the compiler raises."""
    with pytest.raises(ModelError) as caught:
        compile_bytes(data)
    return caught.value


def test_all_missing_operators_are_named_at_once() -> None:
    b = ModelBuilder(seed=6)
    x = b.input((1, 4, 4, 2))
    for name in ("COS", "SIGN", "SIGN", "BITCAST"):
        y = b.quantized(x.shape, x.scale, x.zero_point, 0.0, 1.0)
        x = b.operator("HASHTABLE_SIZE" if name == "COS" else name, [x.index], y)
    error = refused(b.finish(b.conv(x, 2)))
    assert "4 of 5 nodes" in error.what and "CONV_2D" in error.what
    assert all(
        part in error.what
        for part in ("2 SIGN (node 1, 2)", "1 BITCAST (node 3)", "1 HASHTABLE_SIZE (node 0)")
    )
    assert "docs/adding-an-operator.md" in error.cure


def test_kinds_of_numbers_are_named() -> None:
    b = ModelBuilder(seed=7)
    index = b.tensor((1, 4, 4, 2), np.float32)
    b.inputs.append(index)
    half = b.tensor((1, 1, 1, 2), np.float16, np.ones((1, 1, 1, 2), np.float16))
    weights = Tensor(b.tensor((1, 1, 1, 2), np.float32), (1, 1, 1, 2), 1.0, 0, 0.0, 1.0)
    b.operator("DEQUANTIZE", [half], weights, kind="DequantizeOptions")
    made = Tensor(b.tensor((1, 4, 4, 2), np.float32), (1, 4, 4, 2), 1.0, 0, 0.0, 1.0)
    b.operator("ADD", [index, weights.index], made, kind="AddOptions")
    assert "float16 weights (1 tensor" in refused(b.finish(made)).what

    b = ModelBuilder(seed=8)
    b.inputs.append(b.tensor((1, 4, 4, 2), np.float32))
    made = Tensor(b.tensor((1, 4, 4, 2), np.float32), (1, 4, 4, 2), 1.0, 0, 0.0, 1.0)
    b.operator("ADD", [b.inputs[0], b.inputs[0]], made, kind="AddOptions")
    assert "float32 activations" in refused(b.finish(made)).what

    b = ModelBuilder(seed=9)
    x = b.input((1, 4, 4, 2), dtype=np.uint8)
    filters = b.tensor((2, 1, 1, 2), np.uint8, np.ones((2, 1, 1, 2), np.uint8), scale=0.1, zero_point=128)
    y = b.quantized((1, 4, 4, 2), 0.1, 128, 0.0, 1.0, np.uint8)
    y = b.operator("CONV_2D", [x.index, filters], y, kind="Conv2DOptions", strideH=1, strideW=1)
    error = refused(b.finish(y))
    assert "TensorFlow 1" in error.what and "TensorFlow 2" in error.cure


def zipped(**members: bytes) -> bytes:
    """Return a zip archive."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "what", "cure"),
    [
        (
            "m.tflite",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:12\n",
            "Git LFS pointer",
            "git lfs pull",
        ),
        ("m.tflite", b"\n <!DOCTYPE html><html><head>", "HTML page", "raw"),
        ("m.onnx", b"\x08\x07\x12\x07pytorch", "ONNX", "onnx2tf"),
        ("m.tflite", b"\x08\x07\x12\x07pytorch", "ONNX", "onnx2tf"),
        ("m.h5", b"\x89HDF\r\n\x1a\n", "Keras", "TFLiteConverter"),
        ("m.keras", b"PK\x03\x04", "Keras", "TFLiteConverter"),
        ("m.zip", zipped(config__json=b"", model__weights__h5=b""), "Keras", "TFLiteConverter"),
        ("m.zip", zipped(trained__tflite=b""), "zip archive that holds trained.tflite", "unpack"),
        ("m.pt", zipped(archive__data__pkl=b"", data__pkl=b""), "PyTorch", "onnx2tf"),
        ("m.cc", b"alignas(16) const unsigned char g_model[] = {0x1c,0x00", "C source", "made from"),
        ("m.tflite", b"", "empty", "again"),
        ("m.tflite", b"\x1f\x8b\x08", "gzip", "unpack"),
        ("m.tflite", b"hello, world", "not a .tflite", "TensorFlow Lite"),
    ],
)
def test_other_files_are_called_what_they_are(
    tmp_path: Path, name: str, content: bytes, what: str, cure: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError) as caught:
        compile_model(tmp_path / name, tmp_path / "out")
    assert name in caught.value.what and what in caught.value.what and cure in caught.value.cure
    assert not (tmp_path / "out").exists()


def test_errors_behind_the_reader_name_the_file_too(tmp_path: Path) -> None:
    b = ModelBuilder(seed=10)
    x = b.input((1, 4, 4, 2))
    (tmp_path / "net.tflite").write_bytes(
        b.finish(b.conv(x, 3, weights=np.full((3, 3, 3, 2), -128, np.int8)))
    )
    compile_model(tmp_path / "net.tflite", tmp_path)
    with pytest.raises(ModelError, match=r"net\.tflite: the network needs"):
        compile_model(tmp_path / "net.tflite", tmp_path, ram_limit=16)
    with pytest.raises(ModelError, match=r"missing\.tflite: it cannot be read"):
        compile_model(tmp_path / "missing.tflite", tmp_path)
