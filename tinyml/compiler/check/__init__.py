"""The generated C, built and run on this computer, beside TensorFlow Lite and TFLite Micro."""
