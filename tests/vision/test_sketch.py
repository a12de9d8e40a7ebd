"""The estimate's graphs are those that the converter makes, and their plans those that an export finds."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.outlines import CASES, architectures, outline, settled
from support.untrained_run import write_untrained_run

from tinyml.compiler.frontend.graph import verify
from tinyml.compiler.frontend.reader import read_model
from tinyml.compiler.pipeline import plan_compiled, schedule_graph
from tinyml.conversion.convert import convert
from tinyml.conversion.tflite import tidy
from tinyml.errors import ModelError
from tinyml.vision.onnx import export_onnx
from tinyml.vision.sketch import int8_graph

RECORDED = json.loads(CASES.read_text())


def test_the_record_is_of_all_architectures() -> None:
    assert [row["settings"] for row in RECORDED] == architectures() and len(RECORDED) == 30


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: str(row["settings"])[:80])
def test_the_graph_is_the_converter_s_node_by_node(row: dict[str, Any]) -> None:
    graph = int8_graph(settled(row["settings"]))
    verify(graph)
    assert outline(graph) == row["nodes"]


@pytest.mark.parametrize(
    "settings",
    [
        {"size": 100},
        {"cut": 19},
        {"task": "detect", "cut": 4},
        {"task": "detect", "cut": 8},
        {"task": "detect", "context": [6]},
        {"blocks": [{"kind": "dense"}]},
        {"task": "detect", "blocks": [{"stride": 2}]},
    ],
)
def test_what_no_network_can_be_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ModelError) as caught:
        int8_graph(settled(settings))
    assert caught.value.cure


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 9, 17])
def test_an_export_s_plan_is_the_estimate_s(number: int, tmp_path: Path) -> None:
    """Kernels that take constants as they are: every figure is equal. The ESP32's: but for channels whose own weights decide."""
    settings = architectures()[number]
    config = settled(settings)
    table = {key: getattr(config, key) for key in [*settings, "classes"]}
    run = write_untrained_run(tmp_path / "run", dataset="none", **table)
    export_onnx(run, tmp_path / "model.onnx")
    pictures = np.random.default_rng(0).integers(0, 256, (8, config.size, config.size, 3), np.uint8)
    path = convert(tmp_path / "model.onnx", pictures, [0.5] * 3, [0.5] * 3, tmp_path)["int8"]

    def figures(graph: Any, kernels: str, workers: int) -> list[int]:
        compiled = schedule_graph(graph, input_mode="rows", kernels=kernels, workers=workers)
        _, plan = plan_compiled(compiled, kernels, workers, None)
        return [plan[key] for key in ("macs", "ram_bytes", "weights_bytes")]

    assert figures(int8_graph(config), "portable", 1) == figures(read_model(path), "portable", 1)
    guessed, found = (figures(graph, "lx6", 2) for graph in (int8_graph(config), read_model(path)))
    assert guessed[0] == found[0]
    assert guessed[1:] == pytest.approx(found[1:], rel=0.02)


def test_the_order_of_a_file_is_that_of_its_branches() -> None:
    """However the converter orders operators, one branch is finished before the next one begins."""
    from ai_edge_litert import schema_py_generated as schema
    from support.tflite_builder import ModelBuilder

    def built(first: bool) -> bytes:
        b = ModelBuilder(0)
        x = b.conv(b.input((1, 8, 8, 4)), 8, (1, 1))
        if first:
            near = b.conv(x, 8, (1, 1))
        far = b.conv(b.conv(x, 12, (1, 1)), 8, (1, 1))
        if not first:
            near = b.conv(x, 8, (1, 1))
        return b.finish(b.add(near, far))

    shapes = []
    for first in (True, False):
        data = tidy(built(first), "image", "probabilities")
        graph = schema.ModelT.InitFromPackedBuf(data, 0).subgraphs[0]
        shapes.append([list(graph.tensors[one.outputs[0]].shape) for one in graph.operators])
    assert shapes[0] == shapes[1] and shapes[0][2][3] == 12
