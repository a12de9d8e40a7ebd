"""The networks that the other tests are made of: real files, accepted by TensorFlow, that use their range."""

import numpy as np
import pytest
from support.oracles import lite_outputs, micro_outputs, random_inputs
from support.random_networks import HEADS, KINDS, Layer, Network

# TFLite-Micro's RELU6 only clips: it is not what TensorFlow Lite computes where the output's scale is its own.
MICRO_DIFFERS = {"relu6"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("per_channel", [False, True])
def test_both_runtimes_accept_and_agree_on_every_kind_of_layer(kind: str, per_channel: bool) -> None:
    layer = Layer(kind, 8, (3, 3), (2, 2), amounts=(1, 0, 1, 1), per_channel=per_channel)
    model = Network(1, 9, 10, 6, layers=[layer]).tflite()
    inputs = random_inputs(model, 4)
    expected = lite_outputs(model, inputs)
    assert all(len(np.unique(values)) > 8 for values in expected[::3])
    saturated = np.mean([np.isin(values, (-128, 127)).mean() for values in expected[::3]])
    assert saturated < 0.5, saturated
    if kind not in MICRO_DIFFERS:
        assert all((a == b).all() for a, b in zip(expected, micro_outputs(model, inputs)))


@pytest.mark.parametrize("head", HEADS)
def test_both_runtimes_agree_on_every_head(head: str) -> None:
    height = 1 if head == "view" else 6
    model = Network(2, height, 7, 4, layers=[Layer("pointwise", 8)], head=head).tflite()
    inputs = random_inputs(model, 4)
    outputs = zip(lite_outputs(model, inputs), micro_outputs(model, inputs))
    assert all((a == b).all() for a, b in outputs)
