"""Every operator, case by case: the generated C gives the bytes of TFLite-Micro and of TensorFlow Lite's reference kernels."""

from pathlib import Path

import numpy as np
import pytest
from support.operator_cases import CASES, network
from support.oracles import lite_outputs, micro_outputs

from tinyml.compiler.check.host import HostModel
from tinyml.compiler.check.verify import random_inputs
from tinyml.compiler.frontend.passes import run_passes
from tinyml.compiler.frontend.reader import parse_model
from tinyml.compiler.pipeline import compile_bytes, layers_of
from tinyml.errors import ModelError

JUDGES = {"lite": lite_outputs, "micro": micro_outputs}  # a case names those that run it, where not all do


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "error" not in case])
def test_bytes_equal_the_reference(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    data = network(case)
    if "layers" in case:
        assert len(layers_of(run_passes(parse_model(data)))) == case["layers"]
    (tmp_path / "model.tflite").write_bytes(data)
    for mode in ("frame", "rows"):
        with HostModel(
            tmp_path / "model.tflite", input_mode=mode, kernels="reference", flags=("-O0",)
        ) as model:
            (source,), (output,) = model.plan["inputs"], model.plan["outputs"]
            codes = random_inputs(6, model.input_bytes)
            inputs = [one.reshape(source["shape"]) for one in codes]
            if "float_input" in case:
                inputs = [((x.astype(np.float32) - source["zero_point"]) * source["scale"]) for x in inputs]
                inputs = [x.astype(np.float32) for x in inputs]
            outputs = [model.run(one) for one in codes]
            for judge in case.get("judges", JUDGES):
                for got, expected in zip(outputs, JUDGES[judge](data, inputs), strict=True):
                    if expected.dtype == np.float32:
                        got = (got.astype(np.int32) - output["zero_point"]).astype(np.float32)
                        got *= np.float32(output["scale"])
                    np.testing.assert_array_equal(got, expected.reshape(-1), err_msg=f"{judge}, {mode}")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "error" in case])
def test_what_is_not_supported_is_named_with_a_cure(name: str) -> None:
    with pytest.raises(ModelError, match=CASES[name]["error"]) as caught:
        compile_bytes(network(CASES[name]))
    assert "node" in caught.value.what and caught.value.cure
