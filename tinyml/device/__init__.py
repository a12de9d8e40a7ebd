"""Boards at the end of a serial line: the protocol, the benchmark, the build and its budget."""
