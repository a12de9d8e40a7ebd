"""Operators that remember: UNIDIRECTIONAL_SEQUENCE_LSTM and SVDF, with the variable tensors in which they do.

The converters that the tests install write neither in int8: of Keras 3's LSTM they make a loop.
"""

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from support.operator_builder import OperatorBuilder
from support.tflite_file import Tensor

LSTM_INPUTS = 24
GATES = ("input", "forget", "cell", "output")
WEIGHTS, RECURRENT, BIAS, HIDDEN, CELL = 1, 5, 12, 18, 19  # the numbers of an LSTM's inputs


class RecurrentBuilder(OperatorBuilder):
    """An OperatorBuilder with operators that remember."""

    def variable(self, shape: tuple[int, ...], dtype: Any, scale: float, zero_point: int = 0) -> int:
        """Add a variable tensor, which the operator that reads it changes."""
        index = self.tensor(shape, dtype, scale=scale, zero_point=zero_point)
        self.tensors[index].isVariable = True
        return index

    def _matrix(self, rows: int, columns: int, spread: float) -> int:
        scale = spread / (40 * np.sqrt(columns)) * self.random.uniform(0.6, 1.6)
        return self.tensor(
            (rows, columns), np.int8, self._weights((rows, columns)), scale=scale, zero_point=0
        )

    def lstm(
        self,
        x: Tensor,
        units: int,
        time_major: bool = False,
        cell_bits: int = 11,
        cell_clip: float = 0.0,
        spread: float = 1.0,
        zero_point: int | None = None,
    ) -> Tensor:
        """Add a UNIDIRECTIONAL_SEQUENCE_LSTM; `cell_bits` of the cell lie behind the binary point."""
        depth = x.shape[-1]
        if zero_point is None:
            zero_point = int(self.random.integers(-20, 20))
        output = self.quantized((*x.shape[:2], units), 1 / 120, zero_point, 0.0, 0.4)
        inputs = [-1] * LSTM_INPUTS
        inputs[0] = x.index
        for number in range(len(GATES)):
            inputs[WEIGHTS + number] = self._matrix(units, depth, spread / max(x.deviation, x.scale))
            inputs[RECURRENT + number] = self._matrix(units, units, 2 * spread)
            weights = self.tensors[inputs[WEIGHTS + number]].quantization.scale[0]
            bias = self.random.normal(0, 0.5 / (x.scale * weights), units).astype(np.int32)
            inputs[BIAS + number] = self.tensor(
                (units,), np.int32, bias, scale=x.scale * weights, zero_point=0
            )
        batch = x.shape[1 if time_major else 0]
        inputs[HIDDEN] = self.variable((batch, units), np.int8, output.scale, zero_point)
        inputs[CELL] = self.variable((batch, units), np.int16, 2.0**-cell_bits)
        between = [self.tensor((0,), np.int16, scale=1 / 4096, zero_point=0) for _ in range(4)]
        between.append(self.tensor((0,), np.int8, scale=output.scale, zero_point=zero_point))
        made = self.operator(
            "UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, output, kind="UnidirectionalSequenceLSTMOptions",
            fusedActivationFunction=schema.ActivationFunctionType.TANH, cellClip=cell_clip, timeMajor=time_major,
        )  # fmt: skip
        self.operators[-1].intermediates = between
        return made

    def svdf(self, x: Tensor, units: int, memory: int, rank: int = 1, **quantization: Any) -> Tensor:
        """Add an SVDF of `rank` filters a unit, each with a `memory` of as many runs."""
        filters, depth = units * rank, x.shape[-1]
        weights = self._matrix(filters, depth, 1.0)
        scale = self.tensors[weights].quantization.scale[0]
        deviation = scale * 45 * float(np.sqrt(depth)) * (x.deviation + abs(x.mean))
        state_scale = deviation / 9000
        time = np.round(self.random.normal(0, 9000, (filters, memory))).clip(-32767, 32767).astype(np.int16)
        time_scale = 1 / 32768
        output = self._made(
            (x.shape[0], units), 0.0, 0.3 * deviation * np.sqrt(memory * rank), **quantization
        )
        bias = self.random.normal(0, 0.1 * deviation / (state_scale * time_scale), units).astype(np.int32)
        inputs = [
            x.index,
            weights,
            self.tensor((filters, memory), np.int16, time, scale=time_scale, zero_point=0),
            self.tensor((units,), np.int32, bias, scale=state_scale * time_scale, zero_point=0),
            self.variable((x.shape[0], memory * filters), np.int16, state_scale),
        ]
        return self.operator(
            "SVDF", inputs, output, kind="SVDFOptions", rank=rank,
            fusedActivationFunction=schema.ActivationFunctionType.RELU,
        )  # fmt: skip


def remembering_network(seed: int = 3) -> bytes:
    """Return a network that takes four rows a run: two LSTMs, and an SVDF that remembers longer than a run."""
    b = RecurrentBuilder(seed)
    x = b.reshape(b.conv(b.input((1, 4, 6, 2)), 3), (1, 4, 18))
    x = b.lstm(b.lstm(x, 7, cell_clip=8.0), 5)
    x = b.svdf(b.reshape(x, (1, 20)), 6, memory=50, rank=2)
    return b.finish(b.same("SOFTMAX", b.dense(x, 4, 6, (1, 4))))
