"""A small network of much RAM: maps that wait whole for a gate made of their mean."""

from support.tflite_builder import ModelBuilder


def gated(side: int) -> bytes:
    """Return a classifier of side x side RGB pictures, whose 32 channels of that size lie whole in RAM."""
    b = ModelBuilder(2)
    x = b.conv(b.input((1, side, side, 3), 1 / 255, -128), 32, kernel=(1, 1), activation="RELU6")
    gate = b.same("LOGISTIC", b.conv(b.reshape(b.mean(x), (1, 1, 1, 32)), 32, kernel=(1, 1)))
    return b.finish(b.same("SOFTMAX", b.fully_connected(b.mean(b.mul(x, gate)), 4)))
