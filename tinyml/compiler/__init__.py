"""The compiler: a `.tflite` file to plain C that runs row by row, and the plan of its memory.

reader -> Graph -> passes -> layers -> stream (simulated) -> schedule -> memory -> C header and source;
`pipeline.compile_model` runs them all, `host.HostModel` builds and runs the result on this computer.
"""
