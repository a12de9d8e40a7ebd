"""From the bytes of a `.tflite` file to a clean graph: flatbuffer, reader, graph, passes."""
