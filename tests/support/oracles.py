"""The judges of the compiled code: TensorFlow Lite's reference kernels and TFLite-Micro, as functions of bytes."""

import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinyml.reference import LiteModel, MicroModel


class TensorFlowModel(LiteModel):
    """A LiteModel that TensorFlow itself runs.

    The reference kernels of LiteRT 2.1.0 round fully connected layers differently: one code off TensorFlow 2.19 and
    TFLite-Micro, which agree, on a network of such layers (MLPerf Tiny's ad01).
    """

    def __init__(self, model: bytes, kernels: str = "reference") -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own deprecation, at each start
            super().__init__(model, kernels)

    @staticmethod
    def runtime() -> tuple[Any, Any]:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow

        return tensorflow.lite.Interpreter, tensorflow.lite.experimental.OpResolverType


def lite_outputs(model: bytes, inputs: Sequence[np.ndarray], kernels: str = "reference") -> list[np.ndarray]:
    """Run the one-input model on each input; return its first output for each."""
    lite = TensorFlowModel(model, kernels)
    return [lite.run(values)[0] for values in inputs]


def micro_outputs(model: bytes, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Run the one-input model on each input in TFLite-Micro; return its first output for each."""
    micro = MicroModel(model)
    return [micro.run(values)[0] for values in inputs]


def random_inputs(model: bytes, count: int, seed: int = 0) -> list[np.ndarray]:
    """Return inputs for a one-input model: random codes, and runs of the extremes (-128, 127) among them."""
    details = TensorFlowModel(model).inputs[0]
    random = np.random.default_rng(seed)
    inputs = []
    for number in range(count):
        if details["dtype"] == np.float32:
            inputs.append(random.normal(0, 2, details["shape"]).astype(np.float32))
            continue
        codes = random.integers(-128, 128, details["shape"], dtype=np.int8)
        if number % 3 == 1:
            codes = random.choice(np.array([-128, 127], np.int8), details["shape"])
        inputs.append(codes)
    return inputs
