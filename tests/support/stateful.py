"""Networks with variables, as TensorFlow's converter writes them: a handle for each, and a subgraph that runs once."""

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from support.tflite_builder import ModelBuilder
from support.tflite_file import Tensor


class StatefulBuilder(ModelBuilder):
    """A builder of networks that keep values from run to run."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.initial: dict[str, np.ndarray] = {}
        self.handles: dict[str, int] = {}

    def _handle(self, name: str) -> int:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type = name.encode(), [], schema.TensorType.RESOURCE
        self.tensors.append(tensor)
        made = Tensor(len(self.tensors) - 1, (), 1, 0, 0, 0)
        self.operator(
            "VAR_HANDLE", [], made, kind="VarHandleOptions", sharedName=name.encode(), container=b""
        )
        return made.index

    def read(self, name: str, like: Tensor, initial: np.ndarray) -> Tensor:
        """Add a variable that begins with the codes `initial`, quantized as `like`, and read it."""
        self.initial[name], self.handles[name] = initial, self._handle(name)
        return self.again(name, like, initial.shape)

    def again(self, name: str, like: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Read a variable as it is now."""
        made = self.quantized(shape, like.scale, like.zero_point, like.mean, like.deviation)
        return self.operator("READ_VARIABLE", [self.handles[name]], made, kind="ReadVariableOptions")

    def assign(self, name: str, value: Tensor) -> None:
        """Let the variable become `value`."""
        none = Tensor(-1, (), 1, 0, 0, 0)
        self.operator(
            "ASSIGN_VARIABLE", [self.handles[name], value.index], none, kind="AssignVariableOptions"
        )
        self.operators[-1].outputs = []

    def finish(self, *outputs: Tensor, **options: Any) -> bytes:
        """Return the .tflite file; variables get their values in a second subgraph."""
        none = Tensor(-1, (), 1, 0, 0, 0)
        self.operator("CALL_ONCE", [], none, kind="CallOnceOptions", initSubgraphIndex=1)
        once = self.operators.pop()
        once.outputs = []
        main = self.tensors, [once, *self.operators]
        quantizations = {name: self._quantization(name) for name in self.handles}
        self.tensors, self.operators, handles = [], [], self.handles
        self.handles = {}
        for name, values in self.initial.items():
            self.handles[name] = self._handle(name)
            scale, zero_point = quantizations[name]
            index = self.tensor(values.shape, np.int8, values, scale=scale, zero_point=zero_point)
            self.assign(name, Tensor(index, values.shape, scale, zero_point, 0, 0))
        graph = schema.SubGraphT()
        graph.name, graph.inputs, graph.outputs = b"once", [], []
        graph.tensors, graph.operators = self.tensors, self.operators
        self.others = [graph]
        (self.tensors, self.operators), self.handles = main, handles
        return super().finish(*outputs, **options)

    def _quantization(self, name: str) -> tuple[float, int]:
        readers = [one for one in self.operators if one.inputs == [self.handles[name]] and one.outputs]
        found = self.tensors[readers[0].outputs[0]].quantization
        return float(found.scale[0]), int(found.zeroPoint[0])


def streaming_network(seed: int = 0, frames: int = 1, width: int = 1) -> bytes:
    """Return a network that takes `frames` frames a run: two rings of frames that it has seen, and a sum that fades.

    It has everything that variables do: they begin with codes of their own or all alike, are read again after they were
    assigned, and one becomes what another one was.
    """
    b = StatefulBuilder(seed)
    x = b.input((1, frames, width, 8))
    ring = b.read("ring", x, b.random.integers(-128, 128, (1, 4, width, 8)).astype(np.int8))
    y = b.concatenation([ring, x], axis=1)
    b.assign("ring", b.strided_slice(y, (0, frames, 0, 0), (1, 4 + frames, width, 8), (1, 1, 1, 1)))
    y = b.conv(y, 12, (5, 1), padding="VALID", activation="RELU", zero_point=-128)
    before = b.read("second ring", y, np.full((1, 3, width, 12), -128, np.int8))
    z = b.concatenation([before, y], axis=1)
    b.assign("second ring", b.strided_slice(z, (0, frames, 0, 0), (1, 3 + frames, width, 12), (1, 1, 1, 1)))
    z = b.depthwise(z, kernel=(4, 1), padding="VALID")
    faded = b.read("faded", z, np.zeros((1, frames, width, 12), np.int8))
    b.assign("faded", b.add(faded, z, like=faded))
    older = b.read("older", z, np.zeros((1, frames, width, 12), np.int8))
    b.assign("older", faded)
    z = b.add(older, b.again("faded", faded, faded.shape))
    return b.finish(b.same("SOFTMAX", b.conv(b.mean(z), 5, (1, 1))))
