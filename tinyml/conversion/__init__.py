"""From model.onnx to what a microcontroller runs: TFLite files, C arrays, and the comparison of every stage."""
