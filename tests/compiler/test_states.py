"""Variables that live from run to run: the bytes of TFLite-Micro after any number of runs, and no mixing of two copies."""

from pathlib import Path

import numpy as np
import pytest
from support.oracles import lite_outputs
from support.recurrent import RecurrentBuilder, remembering_network
from support.stateful import StatefulBuilder, streaming_network

from tinyml.compiler.check.host import HostModel
from tinyml.compiler.check.verify import locate, verify
from tinyml.compiler.pipeline import compile_bytes
from tinyml.errors import ModelError
from tinyml.reference import MicroModel


def steps(path: Path, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs of `count` runs, and what TFLite-Micro makes of them one after the other."""
    micro = MicroModel(path)
    inputs = (
        np.random.default_rng(seed).integers(-128, 128, (count, *micro.inputs[0]["shape"])).astype(np.int8)
    )
    return inputs, np.array([micro.run(one)[0].reshape(-1) for one in inputs])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("states") / "stream.tflite"
    target.write_bytes(streaming_network(frames=2, width=3))
    return target


@pytest.mark.parametrize("mode", ["frame", "rows"])
def test_each_run_goes_on_where_the_last_one_ended(path: Path, mode: str) -> None:
    inputs, expected = steps(path, 1000)
    with HostModel(path, input_mode=mode) as host:
        np.testing.assert_array_equal([host.run(one) for one in inputs], expected)
        host.start_over()
        np.testing.assert_array_equal([host.run(one) for one in inputs[:5]], expected[:5])
        assert (expected[0] != host.run(inputs[0])).any()  # or the states would not matter


def test_two_copies_do_not_mix(path: Path) -> None:
    (one, expected), (other, others) = steps(path, 20), steps(path, 20, seed=1)
    with HostModel(path) as first, HostModel(path) as second:
        got = [(first.run(a), second.run(b)) for a, b in zip(one, other, strict=True)]
    np.testing.assert_array_equal([a for a, _ in got], expected)
    np.testing.assert_array_equal([b for _, b in got], others)


def test_verify_goes_through_the_runs_in_order(path: Path) -> None:
    assert verify(path, count=20).different == 0


def test_the_search_for_a_difference_goes_through_the_runs_too(path: Path) -> None:
    inputs, expected = steps(path, 4)
    with HostModel(path) as host:
        runs = [[one] for one in inputs]
        got = [host.run_all(run) for run in runs][-1]
        assert (got[0] == expected[-1]).all()
        found = locate(path, host, MicroModel(path), runs, 3, got, [expected[-1] + 1])
    assert (found.layer, found.element) == (None, 0)  # all layers agree, this output is made up


@pytest.fixture(scope="module")
def remembering(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("states") / "remember.tflite"
    target.write_bytes(remembering_network())
    return target


@pytest.mark.parametrize("mode", ["frame", "rows"])
def test_operators_that_remember_go_on_where_the_last_run_ended(remembering: Path, mode: str) -> None:
    inputs, expected = steps(remembering, 1000)
    with HostModel(remembering, input_mode=mode) as host:
        assert len(host.plan["states"]) == 5
        np.testing.assert_array_equal([host.run(one) for one in inputs], expected)
        host.start_over()
        np.testing.assert_array_equal([host.run(one) for one in inputs[:5]], expected[:5])
        assert (expected[0] != host.run(inputs[0])).any()


def test_layers_behind_an_lstm_are_not_held_to_tensorflow_lite(tmp_path: Path) -> None:
    b, path = RecurrentBuilder(1), tmp_path / "lstm.tflite"
    path.write_bytes(b.finish(b.lstm(b.input((1, 6, 5)), 7)))
    inputs, expected = steps(path, 50)
    lite = [one.reshape(-1) for one in lite_outputs(path.read_bytes(), [*inputs])]
    last = next(number for number in range(50) if (lite[number] != expected[number]).any())
    runs = [[one] for one in inputs[: last + 1]]
    with HostModel(path) as host:
        got = [host.run_all(run) for run in runs][-1]
        found = locate(path, host, MicroModel(path), runs, last, got, [expected[last] + 1])
    assert (found.layer, found.element) == (None, 0)


def test_a_variable_tensor_of_another_operator_is_refused() -> None:
    b = RecurrentBuilder()
    x = b.input((1, 2, 3))
    y = b.quantized((1, 2, 3), x.scale, x.zero_point, 0.0, 1.0)
    b.tensors[y.index].isVariable = True
    with pytest.raises(ModelError, match=r"the variable tensor 't1' is input 1 of node 0 \(ADD\)"):
        compile_bytes(b.finish(b.add(x, y)))


def test_a_variable_that_changes_its_scale_is_refused() -> None:
    b = StatefulBuilder()
    x = b.input((1, 4, 4, 2))
    state = b.read("state", x, np.zeros((1, 4, 4, 2), np.int8))
    y = b.conv(b.add(state, x), 2, (1, 1))
    b.assign("state", y)
    with pytest.raises(ModelError, match="the variable '/state' is int8"):
        compile_bytes(b.finish(y))
