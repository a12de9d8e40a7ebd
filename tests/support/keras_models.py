"""Networks of keras.applications with random weights, as full-int8 files with uint8 edges: narrow ones on 96x96, or any.

python tests/support/keras_models.py MobileNetV3Small small.tflite
python tests/support/keras_models.py MobileNetV2 full.tflite --size 224 --alpha 1
"""

import argparse
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


def keras_model(name: str, size: int = SIZE, alpha: float | None = None) -> bytes:
    """Return the `.tflite` file of a network with ten classes, as Keras and its converter write it: of dynamic batch.

    size: pixels of a side; alpha: its width where it is not that of WIDTHS.
    """
    import tensorflow as tf

    tf.keras.utils.set_random_seed(0)
    model: Any = getattr(tf.keras.applications, name)(
        input_shape=(size, size, 3),
        weights=None,
        classes=10,
        **(WIDTHS[name] if alpha is None else {"alpha": alpha}),
    )
    random = np.random.default_rng(0)
    for (
        layer
    ) in model.layers:  # so that signals neither vanish nor explode on their way through random weights
        if isinstance(layer, tf.keras.layers.BatchNormalization):
            layer.momentum = 0.0
        elif isinstance(layer, tf.keras.layers.Dense):
            layer.set_weights([values * (8 if values.ndim == 2 else 1) for values in layer.get_weights()])
    model(random.uniform(0, 255, (8, size, size, 3)).astype(np.float32), training=True)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        [random.uniform(0, 255, (1, size, size, 3)).astype(np.float32)] for _ in range(4)
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.uint8
    return bytes(converter.convert())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=WIDTHS)
    parser.add_argument("path", type=Path)
    parser.add_argument("--size", type=int, default=SIZE, help="pixels of a side")
    parser.add_argument("--alpha", type=float, help="width multiplier; without it a narrow network")
    options = parser.parse_args()
    options.path.write_bytes(keras_model(options.name, options.size, options.alpha))
