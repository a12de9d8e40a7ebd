"""The judges of the compiled code: TensorFlow Lite's reference kernels and TFLite-Micro, as functions of bytes."""

import os
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

RESOLVERS = {  # names of tf.lite.experimental.OpResolverType
    "reference": "BUILTIN_REF",
    "optimized": "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
    "xnnpack": "BUILTIN",
}


def lite_interpreter(model: bytes, kernels: str = "reference") -> Any:
    """Return a one-thread TensorFlow Lite interpreter, ready to run; raises RuntimeError where it refuses the model."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow

    resolver = getattr(tensorflow.lite.experimental.OpResolverType, RESOLVERS[kernels])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own deprecation, at each start
        interpreter = tensorflow.lite.Interpreter(
            model_content=model, experimental_op_resolver_type=resolver, num_threads=1
        )
    interpreter.allocate_tensors()
    return interpreter


def lite_outputs(model: bytes, inputs: Sequence[np.ndarray], kernels: str = "reference") -> list[np.ndarray]:
    """Run the one-input model on each input; return its first output for each."""
    interpreter = lite_interpreter(model, kernels)
    index = interpreter.get_input_details()[0]["index"]
    output = interpreter.get_output_details()[0]["index"]
    results = []
    for values in inputs:
        interpreter.set_tensor(index, values)
        interpreter.invoke()
        results.append(interpreter.get_tensor(output).copy())
    return results


def micro_outputs(model: bytes, inputs: Sequence[np.ndarray], arena_bytes: int = 4 << 20) -> list[np.ndarray]:
    """Run the one-input model on each input in TFLite-Micro; return its first output for each."""
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=arena_bytes)
    results = []
    for values in inputs:
        interpreter.set_input(values, 0)
        interpreter.invoke()
        results.append(interpreter.get_output(0).copy())
    return results


def random_inputs(model: bytes, count: int, seed: int = 0) -> list[np.ndarray]:
    """Return inputs for a one-input model: random codes, and runs of the extremes (-128, 127) among them."""
    details = lite_interpreter(model).get_input_details()[0]
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
