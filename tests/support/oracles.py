"""The judges of the compiled code: TensorFlow Lite's reference kernels and TFLite-Micro, as functions of bytes."""

from collections.abc import Sequence

import numpy as np

from tinyml.reference import LiteModel, MicroModel


def lite_outputs(model: bytes, inputs: Sequence[np.ndarray], kernels: str = "reference") -> list[np.ndarray]:
    """Run the one-input model on each input; return its first output for each."""
    lite = LiteModel(model, kernels)
    return [lite.run(values)[0] for values in inputs]


def micro_outputs(model: bytes, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Run the one-input model on each input in TFLite-Micro; return its first output for each."""
    micro = MicroModel(model)
    return [micro.run(values)[0] for values in inputs]


def random_inputs(model: bytes, count: int, seed: int = 0) -> list[np.ndarray]:
    """Return inputs for a one-input model: random codes, and runs of the extremes (-128, 127) among them."""
    details = LiteModel(model).inputs[0]
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
