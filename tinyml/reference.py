"""The judges: TensorFlow Lite and TFLite-Micro on this computer, for whoever holds bytes against theirs."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from tinyml.errors import ModelError, ToolchainError

ARENA_BYTES = 64 << 20  # of the host, for any model: never the limit
KERNELS = {  # names of LiteRT's OpResolverType
    "reference": "BUILTIN_REF",  # the definition of what an int8 model computes
    "optimized": "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
    "xnnpack": "BUILTIN",
}


@contextmanager
def captured_stderr() -> Iterator[list[str]]:
    """Collect what native code prints on standard error while the context lasts; its text is the list's only item after."""
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


def _content(model: Path | bytes) -> bytes:
    return model if isinstance(model, bytes) else model.read_bytes()


def _name(model: Path | bytes) -> str:
    return "the model" if isinstance(model, bytes) else str(model)


class TensorDetails(TypedDict):
    """What LiteRT says of a tensor; `quantization`: scale and zero point."""

    name: str
    index: int
    shape: np.ndarray
    dtype: type
    quantization: tuple[float, int]


class LiteModel:
    """A model, of a file or its bytes, in TensorFlow Lite on one thread, with one of `KERNELS`.

    `keep_tensors`: every intermediate tensor can be asked for after a run. `inputs` and `outputs` are LiteRT's details.
    Raises ModelError where TensorFlow Lite rejects the model.
    """

    def __init__(
        self, model: Path | bytes, kernels: str = "reference", *, keep_tensors: bool = False
    ) -> None:
        interpreter, resolvers = self.runtime()
        try:
            with captured_stderr():
                self._interpreter: Any = interpreter(
                    model_content=_content(model),
                    experimental_op_resolver_type=resolvers[KERNELS[kernels]],
                    experimental_preserve_all_tensors=keep_tensors,
                    num_threads=1,
                )
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError, OSError) as error:
            raise ModelError(
                f"{_name(model)} is not a usable TFLite model: {error}", cure="export it again"
            ) from error
        self.inputs: list[TensorDetails] = self._interpreter.get_input_details()
        self.outputs: list[TensorDetails] = self._interpreter.get_output_details()
        self._count = len(self._interpreter.get_tensor_details())
        self.invoke = self._interpreter.invoke

    @staticmethod
    def runtime() -> tuple[Any, Any]:
        """Return the class of interpreters and the enumeration of their kernels, loaded when first needed."""
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        return Interpreter, OpResolverType

    def set_inputs(self, *inputs: np.ndarray) -> None:
        """Set the inputs, of the model's shapes and types."""
        for details, values in zip(self.inputs, inputs, strict=True):
            self._interpreter.set_tensor(details["index"], values)

    def output(self, number: int = 0) -> np.ndarray:
        """Return a copy of an output after a run, of the model's shape and type."""
        result: np.ndarray = self._interpreter.get_tensor(self.outputs[number]["index"])
        return result

    def run(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """Return the outputs for inputs of the model's shapes and types."""
        self.set_inputs(*inputs)
        self.invoke()
        return [self.output(number) for number in range(len(self.outputs))]

    def tensor(self, index: int) -> np.ndarray | None:
        """Return tensor `index` of the file after a run, flat; None where the file has no such tensor."""
        if index >= self._count:
            return None
        result: np.ndarray = self._interpreter.get_tensor(index).reshape(-1)
        return result


class MicroModel:
    """A model, of a file or its bytes, with the given numbers of inputs and outputs, in TFLite-Micro.

    Of its arena, as it reports it: `arena_bytes` in all; `head_bytes` hold the feature maps (reused), `tail_bytes` what
    stays; None where it reports none. Pointers are the host's, of 8 bytes: on a 32-bit chip the tail is somewhat smaller.
    Raises ToolchainError where the package is missing, ModelError where TFLite-Micro rejects the model.
    """

    def __init__(self, model: Path | bytes, inputs: int = 1, outputs: int = 1) -> None:
        try:
            from tflite_micro import runtime
        except ImportError as error:
            raise ToolchainError("TFLite-Micro is not installed", cure="pip install tflite-micro") from error
        try:
            with captured_stderr() as said:
                self._interpreter: Any = runtime.Interpreter.from_bytes(
                    _content(model), arena_size=ARENA_BYTES
                )
                self._interpreter.print_allocations()
        except Exception as error:  # its reader in Python fails on a damaged file with errors of many types
            raise ModelError(
                f"TFLite-Micro refuses {_name(model)}: {error} {said[0][-300:]}".strip(),
                cure="see the operators it supports",
            ) from error
        used = dict(re.findall(r"Arena allocation (total|head|tail) (\d+) bytes", said[0]))
        self.arena_bytes, self.head_bytes, self.tail_bytes = (
            int(used[part]) if part in used else None for part in ("total", "head", "tail")
        )
        self.inputs = [self._interpreter.get_input_details(number) for number in range(inputs)]
        self.outputs = [self._interpreter.get_output_details(number) for number in range(outputs)]
        self.invoke = self._interpreter.invoke

    def set_inputs(self, *inputs: np.ndarray) -> None:
        """Set the inputs, of the model's shapes and types."""
        for number, values in enumerate(inputs):
            self._interpreter.set_input(values, number)

    def output(self, number: int = 0) -> np.ndarray:
        """Return a copy of an output after a run, of the model's shape and type."""
        result: np.ndarray = self._interpreter.get_output(number).copy()
        return result

    def run(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """Return the outputs for inputs of the model's shapes and types."""
        self.set_inputs(*inputs)
        self.invoke()
        return [self.output(number) for number in range(len(self.outputs))]
