"""The judges of the generated C: TFLite-Micro for the output, TensorFlow Lite's reference kernels for each layer."""

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tinyml.errors import ModelError, ToolchainError

ARENA_BYTES = 64 << 20


@contextmanager
def captured_stderr() -> Iterator[list[str]]:
    """Collect what C code prints on standard error while the context lasts; its text is the list's only item after."""
    text: list[str] = []
    kept = os.dup(2)
    with tempfile.TemporaryFile("w+b") as sink:
        os.dup2(sink.fileno(), 2)
        try:
            yield text
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            sink.seek(0)
            text.append(sink.read().decode(errors="replace"))


class MicroModel:
    """The model with the given numbers of inputs and outputs in TFLite-Micro; `arena_bytes` is what its interpreter needs.

    Raises ToolchainError where the package is missing, ModelError where TFLite-Micro rejects the model.
    """

    def __init__(self, path: Path, inputs: int = 1, outputs: int = 1) -> None:
        try:
            from tflite_micro import runtime
        except ImportError as error:
            raise ToolchainError("TFLite-Micro is not installed", cure="pip install tflite-micro") from error
        with captured_stderr() as said:
            try:
                self._interpreter = runtime.Interpreter.from_bytes(path.read_bytes(), arena_size=ARENA_BYTES)
                self._interpreter.print_allocations()
            except RuntimeError as error:
                raise ModelError(f"TFLite-Micro refuses {path.name}: {error}") from error
        used = re.search(r"Arena allocation total (\d+)", said[0])
        self.arena_bytes = int(used[1]) if used else None
        self.inputs = [self._interpreter.get_input_details(number) for number in range(inputs)]
        self.outputs = [self._interpreter.get_output_details(number) for number in range(outputs)]

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the outputs, flat, of the model's types, for inputs of its shapes and types."""
        for number, values in enumerate(inputs):
            self._interpreter.set_input(values, number)
        self._interpreter.invoke()
        return [
            self._interpreter.get_output(number).reshape(-1).copy() for number in range(len(self.outputs))
        ]


class ReferenceModel:
    """The model in TensorFlow Lite's reference kernels, with every intermediate tensor kept."""

    def __init__(self, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        self._interpreter: Any = Interpreter(
            model_path=str(path),
            experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
            num_threads=1,
        )
        self._interpreter.allocate_tensors()
        self._count = len(self._interpreter.get_tensor_details())

    def run(self, inputs: Sequence[np.ndarray]) -> None:
        """Run on inputs of the model's shapes and types."""
        for details, values in zip(self._interpreter.get_input_details(), inputs, strict=True):
            self._interpreter.set_tensor(details["index"], values)
        self._interpreter.invoke()

    def tensor(self, index: int) -> np.ndarray | None:
        """Return tensor `index` of the file after a run, flat; None where the file has no such tensor."""
        if index >= self._count:
            return None
        result: np.ndarray = self._interpreter.get_tensor(index).reshape(-1)
        return result
