"""TFLite files: the names and the quantization of their ends, and running them where their bytes are defined."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinyml.errors import ModelError
from tinyml.progress import track
from tinyml.reference import LiteModel, TensorDetails


@dataclass(frozen=True)
class Ends:
    """How a model's input and output bytes stand for numbers: value = (byte - zero point) * scale; scale 0: float."""

    input_shape: tuple[int, ...]  # [1, H, W, C]
    input_scale: float
    input_zero_point: int
    output_shape: tuple[int, ...]  # [1, classes] or [1, H / 8, W / 8, 1 + classes]
    output_scale: float
    output_zero_point: int


def tidy(model: bytes, input_name: str, output_name: str) -> bytes:
    """Return the .tflite file `model` with its one input and one output, and its signature, named as given.

    Equal arrays are stored once: the zero points of weights alone, all 0 and 8 bytes each, are a seventh of an int8 file.
    Operators stand in the order of `depth_first`: the converter's own varies with the network where it branches, and the
    bytes of RAM with it.
    """
    from ai_edge_litert import schema_py_generated as schema

    table = schema.ModelT.InitFromPackedBuf(model, 0)
    graph = table.subgraphs[0]
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise ModelError("a model with one input and one output is expected")
    graph.tensors[graph.inputs[0]].name = input_name
    graph.tensors[graph.outputs[0]].name = output_name
    graph.operators = depth_first(graph)
    for signature in table.signatureDefs or []:
        signature.inputs[0].name = input_name
        signature.outputs[0].name = output_name
    return packed(table)


def depth_first(graph: Any) -> list[Any]:
    """Return the operators of a schema.SubGraphT such that each branch is finished before the next one begins."""
    makers = {index: operator for operator in graph.operators for index in operator.outputs}
    ordered: list[Any] = []
    placed: set[int] = set()
    waiting = [(operator, False) for operator in reversed(graph.operators)]
    waiting += [(makers[index], False) for index in reversed(graph.outputs) if index in makers]
    while waiting:
        operator, ready = waiting.pop()
        if id(operator) in placed:
            continue
        if ready:
            placed.add(id(operator))
            ordered.append(operator)
            continue
        waiting.append((operator, True))
        waiting += [(makers[index], False) for index in reversed(operator.inputs) if index in makers]
    return ordered


def packed(table: Any) -> bytes:
    """Return a schema.ModelT as a .tflite file in which equal arrays share their place, as FlatBuffers allow."""
    import flatbuffers

    class SharingBuilder(flatbuffers.Builder):  # type: ignore[misc]
        def __init__(self, size: int) -> None:
            super().__init__(size)
            self.places: dict[tuple[str, bytes], int] = {}

        def CreateNumpyVector(self, x: np.ndarray) -> int:
            key = (x.dtype.str, x.tobytes())
            if key not in self.places:
                self.places[key] = super().CreateNumpyVector(x)
            return self.places[key]

    builder = SharingBuilder(1 << 20)
    builder.Finish(table.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def read_ends(path: Path) -> Ends:
    """Read shapes and quantization of a model's input and output; raises ModelError where it is not a TFLite file."""
    model = LiteModel(path)
    source, target = model.inputs[0], model.outputs[0]
    return Ends(
        tuple(map(int, source["shape"])),
        *_quantization(source),
        tuple(map(int, target["shape"])),
        *_quantization(target),
    )


def _quantization(details: TensorDetails) -> tuple[float, int]:
    scale, zero_point = details["quantization"]
    return float(scale), int(zero_point)


def run_tflite(path: Path, inputs: np.ndarray, title: str) -> np.ndarray:
    """Return TensorFlow Lite's outputs [N, ...] for inputs [N, H, W, C] of the model's type.

    int8 goes through the reference kernels, whose bytes count; float through the fast ones, which are not required to be exact.
    """
    model = LiteModel(path, "reference" if inputs.dtype == np.int8 else "xnnpack")
    return np.stack([model.run(values[None])[0][0] for values in track(inputs, title, len(inputs))])


def run_onnx(path: Path, inputs: np.ndarray) -> np.ndarray:
    """Return float32 [N, ..., channels last] of onnxruntime for normalized float32 pictures [N, H, W, C].

    The file is checked against the ONNX rules first; raises ModelError where it breaks one.
    """
    import onnx
    import onnxruntime

    try:
        onnx.checker.check_model(str(path), full_check=True)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnx, protobuf and onnxruntime each have their own types
        raise ModelError(f"{path} is not a usable ONNX model: {error}", cure="export it again") from error
    name = session.get_inputs()[0].name
    outputs = []
    for values in track(inputs, "onnx", len(inputs)):
        output = session.run(None, {name: values.transpose(2, 0, 1)[None]})[0][
            0
        ]  # [C, H, W] in, channels first out
        outputs.append(np.moveaxis(output, 0, -1))
    return np.stack(outputs)
