"""Random networks: the compiled C gives the bytes of TensorFlow Lite's reference kernels, whatever the network.

Each network is a real .tflite file. It is compiled for a whole frame (portable kernels) and for row input (reference
kernels, which count their multiply-accumulates), built without a warning under AddressSanitizer and
UndefinedBehaviorSanitizer, and run on inputs of random and of extreme codes. A failing network is shrunk; Hypothesis
prints it, with the line that runs it again.
"""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from support.compiled import build, macs_of, overlaps, run
from support.oracles import lite_outputs, random_inputs
from support.random_networks import Network, networks

from tinyml.compiler.pipeline import compile_bytes, compile_model

FAST_COUNT, SLOW_PARTS, SLOW_COUNT = 25, 6, 100


def check(network: Network) -> None:
    """Compile `network` both ways, run it and compare everything that can be compared."""
    inner = network.inner().tflite()
    inputs = random_inputs(inner, 3, network.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "model.tflite").write_bytes(network.tflite())
        for mode in ("frame", "rows"):
            compile_model(folder / "model.tflite", folder, name=mode, input_mode=mode)
            plan = json.loads((folder / "plan.json").read_text())
            assert plan["macs"] == macs_of(inner)
            assert all(
                buffer["offset"] + buffer["bytes"] <= plan["arena_bytes"] for buffer in plan["buffers"]
            )
            schedule = compile_bytes(network.tflite(), input_mode=mode).schedule
            assert overlaps(schedule.buffers, schedule.offsets) == []
        results = run(build(folder), inputs)
    for number, (result, expected) in enumerate(zip(results, lite_outputs(inner, inputs))):
        assert result.macs == macs_of(inner)
        for mode, values in (("frame", result.frame), ("rows", result.rows)):
            wrong = (values != expected.ravel()).nonzero()[0]
            assert not len(wrong), (
                f"input {number}, {mode}: {len(wrong)} bytes differ, the first is {wrong[0]}"
            )


@settings(max_examples=FAST_COUNT)
@given(network=networks)
def test_random_networks_give_the_reference_bytes(network: Network) -> None:
    check(network)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(SLOW_PARTS))
def test_many_random_networks_give_the_reference_bytes(part: int) -> None:
    settings(max_examples=SLOW_COUNT)(given(network=networks)(check))()
