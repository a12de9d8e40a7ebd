"""One random graph held to TFLite-Micro, in every way that it can be run."""

import tempfile
from pathlib import Path

import numpy as np

from support.compiled_graphs import build, run
from support.random_graphs import RandomGraph
from tinyml.reference import MicroModel

COUNT = 3  # sets of inputs, one of them of extremes


def check(graph: RandomGraph) -> None:
    """Raise AssertionError where the generated C differs from TFLite-Micro, or a sanitizer finds something."""
    data, inputs, outputs = graph.tflite()
    micro, random = MicroModel(data, inputs, outputs), np.random.default_rng(graph.seed)
    shapes = [details["shape"] for details in micro.inputs]
    sets = [[random.integers(-128, 128, shape, dtype=np.int8) for shape in shapes] for _ in range(COUNT)]
    sets[1] = [random.choice(np.array([-128, 127], np.int8), shape) for shape in shapes]
    rows_shared = graph.seed % 2 == 1
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "model.tflite").write_bytes(data)
        program, _, plan = build(folder, rows_shared=rows_shared)
        results = run(program, sets, rows_shared=rows_shared)
    for number, (result, values) in enumerate(zip(results, sets, strict=True)):
        expected = np.concatenate([output.reshape(-1).view(np.int8) for output in micro.run(*values)])
        assert result.macs == plan["macs"]
        for way in ("frame", "rows", "shared"):
            wrong = np.flatnonzero(getattr(result, way) != expected)
            assert not len(wrong), (
                f"input {number}, {way}: {len(wrong)} bytes differ, the first is {wrong[0]}"
            )
