"""One random graph held to TFLite-Micro, in every way that it can be run."""

import io
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import reject

from support.compiled_graphs import build, run
from support.random_graphs import RandomGraph
from tinyml.reference import MicroModel

COUNT = 3  # sets of inputs, one of them of extremes


def micro_outputs(data: bytes, sets: Sequence[Sequence[np.ndarray]], outputs: int) -> list[np.ndarray] | None:
    """Return TFLite-Micro's outputs for each set of inputs, joined; None where it ends its process, as its checks do."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        try:
            micro, stream = MicroModel(data, len(sets[0]), outputs), io.BytesIO()
            found = [[one.reshape(-1).view(np.int8) for one in micro.run(*values)] for values in sets]
            np.save(stream, np.array([np.concatenate(one) for one in found]), allow_pickle=False)
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(stream.getvalue())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        content = pipe.read()
    os.waitpid(process, 0)
    return list(np.load(io.BytesIO(content), allow_pickle=False)) if content else None


def check(graph: RandomGraph) -> None:
    """Raise AssertionError where the generated C differs from TFLite-Micro, or a sanitizer finds something."""
    data, inputs, outputs = graph.tflite()
    random, shapes = np.random.default_rng(graph.seed), graph.inputs()
    assert len(shapes) == inputs
    sets = [[random.integers(-128, 128, shape, dtype=np.int8) for shape in shapes] for _ in range(COUNT)]
    sets[1] = [random.choice(np.array([-128, 127], np.int8), shape) for shape in shapes]
    expected = micro_outputs(data, sets, outputs)
    if expected is None:
        reject()
    rows_shared = graph.seed % 2 == 1
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "model.tflite").write_bytes(data)
        program, _, plan = build(folder, rows_shared=rows_shared)
        results = run(program, sets, rows_shared=rows_shared)
    for number, (result, right) in enumerate(zip(results, expected, strict=True)):
        assert result.macs == plan["macs"]
        for way in ("frame", "rows", "shared"):
            wrong = np.flatnonzero(getattr(result, way) != right)
            assert not len(wrong), (
                f"input {number}, {way}: {len(wrong)} bytes differ, the first is {wrong[0]}"
            )
