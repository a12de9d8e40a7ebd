"""Random graphs over all operators, of several inputs and outputs: the generated C gives TFLite-Micro's bytes.

Each is compiled for whole inputs and for rows, one of the two for two workers, and built without a warning under
AddressSanitizer and UndefinedBehaviorSanitizer. `tools/check_random_graphs.py` runs a thousand.
"""

import pytest
from hypothesis import given, settings
from support.graph_check import check
from support.random_graphs import RandomGraph, graphs

FAST_COUNT, SLOW_COUNT = 6, 200


@settings(max_examples=FAST_COUNT, deadline=None, derandomize=True)
@given(graph=graphs)
def test_random_graphs_give_the_bytes_of_tflite_micro(graph: RandomGraph) -> None:
    check(graph)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_many_random_graphs_give_the_bytes_of_tflite_micro() -> None:
    settings(max_examples=SLOW_COUNT, deadline=None)(given(graph=graphs)(check))()
