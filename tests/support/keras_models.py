"""Networks of keras.applications on pictures of 96x96 with random weights, as full-int8 files with uint8 edges.

python tests/support/keras_models.py MobileNetV3Small small.tflite
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

SIZE = 96
WIDTHS: dict[str, dict[str, float]] = {  # a name of keras.applications, and what makes it small
    "MobileNet": {"alpha": 0.25},
    "MobileNetV2": {"alpha": 0.35},
    "MobileNetV3Small": {"alpha": 0.75},
    "MobileNetV3Large": {"alpha": 0.75},
    "EfficientNetV2B0": {},
    "NASNetMobile": {},
    "DenseNet121": {},
    "ResNet50V2": {},
}


def keras_model(name: str) -> bytes:
    """Return the `.tflite` file of a network with ten classes, as Keras and its converter write it: of dynamic batch."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(0)
    model: Any = getattr(tf.keras.applications, name)(
        input_shape=(SIZE, SIZE, 3), weights=None, classes=10, **WIDTHS[name]
    )
    random = np.random.default_rng(0)
    for (
        layer
    ) in model.layers:  # so that signals neither vanish nor explode on their way through random weights
        if isinstance(layer, tf.keras.layers.BatchNormalization):
            layer.momentum = 0.0
        elif isinstance(layer, tf.keras.layers.Dense):
            layer.set_weights([values * (8 if values.ndim == 2 else 1) for values in layer.get_weights()])
    model(random.uniform(0, 255, (8, SIZE, SIZE, 3)).astype(np.float32), training=True)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        [random.uniform(0, 255, (1, SIZE, SIZE, 3)).astype(np.float32)] for _ in range(4)
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.uint8
    return bytes(converter.convert())


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(keras_model(sys.argv[1]))
