"""The .tflite format, written through its flatbuffers schema: tensors, buffers, operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TYPES = {
    np.dtype(np.int8): schema.TensorType.INT8,
    np.dtype(np.uint8): schema.TensorType.UINT8,
    np.dtype(np.int16): schema.TensorType.INT16,
    np.dtype(np.int64): schema.TensorType.INT64,
    np.dtype(np.bool_): schema.TensorType.BOOL,
    np.dtype(np.float16): schema.TensorType.FLOAT16,
    np.dtype(np.int32): schema.TensorType.INT32,
    np.dtype(np.float32): schema.TensorType.FLOAT32,
}
ONCE = [  # operators that came with int8, or know reals only
    getattr(schema.BuiltinOperator, name)
    for name in (
        "ABS", "ADD_N", "BATCH_TO_SPACE_ND", "BROADCAST_TO", "ASSIGN_VARIABLE", "CALL_ONCE", "CEIL", "COS", "CUMSUM", "DEPTH_TO_SPACE", "DIV", "ELU", "EQUAL", "EXP", "EXPAND_DIMS", "FLOOR",
        "GELU", "LOG", "LOGICAL_AND", "LOGICAL_NOT", "LOGICAL_OR", "MIRROR_PAD", "NEG", "PRELU", "READ_VARIABLE", "REDUCE_ALL",
        "REDUCE_ANY", "RELU_0_TO_1", "ROUND", "RSQRT", "SELECT_V2", "SIN",
        "SQRT", "SQUARE", "SQUEEZE", "VAR_HANDLE", "ZEROS_LIKE",
    )
]  # fmt: skip
VERSIONS = {  # of the operators whose int8 form is not version 2
    schema.BuiltinOperator.CONV_2D: 3,
    schema.BuiltinOperator.DEPTHWISE_CONV_2D: 3,
    schema.BuiltinOperator.FULLY_CONNECTED: 4,
    schema.BuiltinOperator.HARD_SWISH: 1,
    **dict.fromkeys(ONCE, 1),
    schema.BuiltinOperator.RESHAPE: 1,
    schema.BuiltinOperator.RANGE: 1,
}


@dataclass(frozen=True)
class Tensor:
    """One tensor of the graph; `mean` and `deviation` estimate its real values."""

    index: int
    shape: tuple[int, ...]
    scale: float
    zero_point: int
    mean: float
    deviation: float


class TfliteFile:
    """One graph under construction; `finish` gives the file's bytes."""

    def __init__(self) -> None:
        self.tensors: list[Any] = []
        self.buffers: list[Any] = [schema.BufferT()]
        self.operators: list[Any] = []
        self.codes: list[int] = []
        self.inputs: list[int] = []
        self.others: list[Any] = []  # further subgraphs

    def tensor(
        self, shape: Sequence[int], dtype: Any, data: np.ndarray | None = None, **quantization: Any
    ) -> int:
        """Add a tensor (a constant where there is `data`) and return its index."""
        tensor = schema.TensorT()
        tensor.name = f"t{len(self.tensors)}".encode()
        tensor.shape = [int(size) for size in shape]
        tensor.type = TYPES[np.dtype(dtype)]
        tensor.buffer = 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            tensor.buffer = len(self.buffers)
            self.buffers.append(buffer)
        if quantization:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = [float(scale) for scale in np.atleast_1d(quantization["scale"])]
            zero_points = np.broadcast_to(quantization["zero_point"], (len(tensor.quantization.scale),))
            tensor.quantization.zeroPoint = [int(zero_point) for zero_point in zero_points]
            tensor.quantization.quantizedDimension = quantization.get("axis", 0)
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def constant(self, values: Any) -> int:
        """Add a constant int32 tensor, as operators take their shapes and axes, and return its index."""
        values = np.asarray(values, np.int32)
        return self.tensor(values.shape, np.int32, values)

    def quantized(
        self,
        shape: Sequence[int],
        scale: float,
        zero_point: int,
        mean: float,
        deviation: float,
        dtype: Any = np.int8,
    ) -> Tensor:
        """Add an int8 tensor, or one of `dtype`, of per-tensor scale and zero point."""
        scale = float(np.float32(scale))
        index = self.tensor(shape, dtype, scale=scale, zero_point=zero_point)
        return Tensor(index, tuple(int(size) for size in shape), scale, int(zero_point), mean, deviation)

    def operator(
        self, name: str, inputs: Sequence[int], output: Tensor, *others: Tensor, **options: Any
    ) -> Tensor:
        """Add the builtin operator `name`, its table of options of type `kind`, and return `output`, its first one."""
        code = getattr(schema.BuiltinOperator, name)
        if code not in self.codes:
            self.codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = self.codes.index(code)
        operator.inputs, operator.outputs = list(inputs), [one.index for one in (output, *others)]
        if kind := options.pop("kind", None):
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
            operator.builtinOptions = getattr(schema, f"{kind}T")()
            for key, value in options.items():
                assert hasattr(operator.builtinOptions, key), key
                setattr(operator.builtinOptions, key, value)
        self.operators.append(operator)
        return output

    @staticmethod
    def _named(name: str, index: int) -> Any:
        entry = schema.TensorMapT()
        entry.name, entry.tensorIndex = name.encode(), index
        return entry

    def finish(self, *outputs: Tensor, names: tuple[Sequence[str], Sequence[str]] | None = None) -> bytes:
        """Return the .tflite file with these graph outputs; `names`: a signature's, of inputs and of outputs."""
        graph = schema.SubGraphT()
        graph.name = b"main"
        graph.tensors, graph.operators = self.tensors, self.operators
        graph.inputs, graph.outputs = self.inputs, [output.index for output in outputs]
        model = schema.ModelT()
        model.version, model.description = 3, b"tests/support/tflite_builder.py"
        model.subgraphs, model.buffers, model.operatorCodes = [graph, *self.others], self.buffers, []
        if names:
            signature = schema.SignatureDefT()
            signature.signatureKey = b"serving_default"
            signature.inputs, signature.outputs = (
                [self._named(name, index) for name, index in zip(given, edges, strict=True)]
                for given, edges in zip(names, (graph.inputs, graph.outputs), strict=True)
            )
            model.signatureDefs = [signature]
        for code in self.codes:
            entry = schema.OperatorCodeT()
            entry.builtinCode, entry.deprecatedBuiltinCode = code, min(code, 127)
            entry.version = VERSIONS.get(code, 2)
            model.operatorCodes.append(entry)
        builder = flatbuffers.Builder(4096)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
