"""The compiler's parts: reader, graph rules, streaming, scheduling, memory, and the text of the C files."""

import itertools
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from support.compiled import build, macs_of, run
from support.seed_network import seed_network
from support.tflite_builder import ModelBuilder, Tensor

from tinyml.compiler.check.host import HostModel, c_compiler, kernel_sources
from tinyml.compiler.check.verify import Difference, verify
from tinyml.compiler.frontend import graph as graphs
from tinyml.compiler.frontend.passes import run_passes
from tinyml.compiler.frontend.reader import parse_model
from tinyml.compiler.pipeline import compile_bytes, compile_model, layers_of
from tinyml.compiler.planning.memory import separations
from tinyml.compiler.planning.schedule import Scheduler
from tinyml.compiler.planning.stream import Streams
from tinyml.errors import ModelError, TinymlError
from tinyml.vision.architecture import scaled

PADS = [(0, 0), (1, 1), (1, 1), (0, 0)]


def mobilenet(width: float, classes: int = 4) -> bytes:
    """MobileNetV2 up to its layer 6 with a head of 32 and global mean, on 96x96x3: the project's network."""
    b = ModelBuilder(seed=3)
    x = b.pad(b.input((1, 96, 96, 3)), PADS)
    x = b.conv(x, scaled(32, width), stride=(2, 2), padding="VALID", activation="RELU6")
    x = b.depthwise(x, activation="RELU6")
    x = b.conv(x, scaled(16, width), (1, 1))
    for channels, stride in ((24, 2), (24, 1), (32, 2), (32, 1), (32, 1)):
        y = b.conv(x, 6 * x.shape[3], (1, 1), activation="RELU6")
        if stride == 2:
            y = b.depthwise(b.pad(y, PADS), stride=(2, 2), padding="VALID", activation="RELU6")
        else:
            y = b.depthwise(y, activation="RELU6")
        y = b.conv(y, scaled(channels, width), (1, 1))
        x = b.add(x, y) if stride == 1 and x.shape == y.shape else y
    x = b.mean(b.conv(x, 32, (1, 1), activation="RELU"))
    return b.finish(b.reshape(b.conv(x, classes, (1, 1)), (1, classes)))


@pytest.fixture(scope="module")
def networks() -> dict[float, bytes]:
    return {width: mobilenet(width) for width in (1.0, 0.35)}


# ---- memory: what the project is for


@pytest.mark.parametrize(
    ("width", "mode", "limit"),
    [(1.0, "frame", 65_536), (1.0, "rows", 40_960), (0.35, "frame", 40_960), (0.35, "rows", 20_480)],
)
def test_the_network_fits(networks: dict[float, bytes], width: float, mode: str, limit: int) -> None:
    schedule = compile_bytes(networks[width], input_mode=mode).schedule
    assert schedule.bound_bytes <= schedule.arena_bytes <= limit - 256  # the rest is for the state
    assert schedule.layerwise_bytes > 3 * schedule.arena_bytes


@pytest.mark.parametrize(("width", "mode"), itertools.product((1.0, 0.35), ("frame", "rows")))
def test_strips_need_less(networks: dict[float, bytes], width: float, mode: str) -> None:
    rows = compile_bytes(networks[width], input_mode=mode).schedule.bound_bytes
    strips = compile_bytes(networks[width], input_mode=mode, strips=4).schedule.arena_bytes
    assert strips < rows


@pytest.mark.parametrize(
    ("width", "task", "mode", "strips", "arena_bytes"),
    [
        (0.35, "classify", "frame", 0, 30_720),
        (0.35, "detect", "rows", 8, 14_320),
        (1.0, "classify", "rows", 0, 37_152),
        (1.0, "detect", "frame", 8, 45_728),
    ],
)
def test_the_arena_of_the_seed_networks_does_not_grow(
    width: float, task: str, mode: str, strips: int, arena_bytes: int
) -> None:
    schedule = compile_bytes(seed_network(width, task=task), input_mode=mode, strips=strips).schedule
    assert schedule.arena_bytes <= arena_bytes


def residual_network() -> bytes:
    """Seven layers with a residual, small enough to try every cut."""
    b = ModelBuilder(seed=5)
    x = b.conv(b.input((1, 17, 9, 3)), 4, stride=(2, 2))
    y = b.conv(x, 12, (1, 1), activation="RELU6")
    y = b.depthwise(y, kernel=(5, 5))
    x = b.add(x, b.conv(y, 4, (1, 1)))
    return b.finish(b.mean(b.max_pool(x, (2, 2), (2, 2))))


@pytest.mark.parametrize("rows", [False, True])
def test_no_cut_beats_the_schedule(rows: bool) -> None:
    graph = run_passes(parse_model(residual_network()))
    layers = layers_of(graph)
    streams = Streams(layers, graph, rows=rows)
    found = Scheduler(streams).search()
    count = len(layers)
    least = min(
        max(streams.segment(a, b).peak_bytes for a, b in itertools.pairwise((0, *inner, count)))
        for size in range(count)
        for inner in itertools.combinations(range(1, count), size)
    )
    assert found.bound_bytes == least
    assert found.exhaustive and found.arena_bytes >= least


def test_buffers_overlap_only_where_their_rows_do_not_meet(networks: dict[float, bytes]) -> None:
    schedule = compile_bytes(networks[0.35]).schedule
    owner = np.full((schedule.step_count, schedule.arena_bytes), -1, np.int16)
    for number, (buffer, offset) in enumerate(zip(schedule.buffers, schedule.offsets, strict=True)):
        for step in range(buffer.first_step, buffer.end_step):
            at = step - buffer.first_step
            held = owner[step, offset + int(buffer.low[at]) : offset + int(buffer.high[at])]
            assert (held == -1).all(), (buffer.name, schedule.buffers[held.max()].name, step)
            held[:] = number


def test_output_rows_overwrite_consumed_input_rows(networks: dict[float, bytes]) -> None:
    schedule = compile_bytes(networks[1.0]).schedule
    source = schedule.buffers[0]
    assert source.name == "input"
    closer = {
        other.bytes: apart[0] for other in schedule.buffers[1:] if (apart := separations(other, source))
    }
    assert min(closer.values()) < min(closer)


def test_a_limit_gives_the_fewest_segments_that_fit(networks: dict[float, bytes]) -> None:
    least = compile_bytes(networks[0.35]).schedule
    loose = compile_bytes(networks[0.35], ram_limit=100_000).schedule
    assert len(loose.segments) == 1 <= len(least.segments)
    tight = compile_bytes(networks[0.35], ram_limit=least.arena_bytes).schedule
    assert tight.arena_bytes <= least.arena_bytes
    with pytest.raises(ModelError, match="the limit is 1,000") as caught:
        compile_bytes(networks[0.35], ram_limit=1000)
    assert "rows" in caught.value.cure


def test_a_line_buffer_keeps_the_rows_of_its_window() -> None:
    b = ModelBuilder()
    x = b.conv(b.input((1, 20, 6, 2)), 4, (1, 1))
    x = b.conv(x, 4, (5, 3))
    compiled = compile_bytes(b.finish(b.conv(x, 2, (3, 3), stride=(2, 2))), ram_limit=10_000)
    depths = {buffer.name: buffer.depth for buffer in compiled.schedule.buffers}
    assert depths["conv_2d_0"] == 5
    assert depths["conv_2d_1"] == 3


def test_a_residual_is_delayed_by_the_rows_that_its_branch_lags() -> None:
    b = ModelBuilder()
    x = b.conv(b.input((1, 20, 6, 2)), 4, (1, 1))
    y = b.depthwise(b.depthwise(x, kernel=(5, 5)), kernel=(3, 3))
    compiled = compile_bytes(b.finish(b.add(x, y)), ram_limit=10_000)
    depths = {buffer.name: buffer.depth for buffer in compiled.schedule.buffers}
    assert (
        depths["conv_2d_0"] == 5
    )  # rows r - 2 .. r + 2 for the window; row r - 1 or older for the sum is among them


# ---- what the files say


def test_the_plan_has_the_keys_that_others_rely_on(networks: dict[float, bytes], tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(networks[0.35])
    plan = compile_model(tmp_path / "net.tflite", tmp_path / "out", name="net", labels=["a", "*/ b"])
    assert plan.keys() >= {"macs", "weights_bytes", "ram_bytes", "ram_bytes_layerwise", "segments", "buffers"}
    written = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert written["ram_bytes"] == plan["ram_bytes"] > plan["arena_bytes"]
    assert all(
        row.keys() >= {"name", "offset", "bytes", "first_step", "last_step"} for row in written["buffers"]
    )
    assert len(plan["timeline"]["live_bytes"]) == len(plan["timeline"]["layer"])
    assert max(plan["timeline"]["live_bytes"]) <= plan["arena_bytes"]
    header = (tmp_path / "out" / "net.h").read_text()
    assert written["provenance"]["inputs"]["model"]["sha256"] in header
    assert f"{plan['macs']:,}" in header and "labels     a, * / b" in header
    assert "<svg" in (tmp_path / "out" / "plan.svg").read_text()


@pytest.mark.parametrize("mode", ["frame", "rows"])
@pytest.mark.parametrize(
    "compiler",
    [
        ("gcc", "-std=c99", "-pedantic"),
        ("clang-22", "-std=c99", "-pedantic"),
        ("g++", "-x", "c++", "-std=c++11"),
        ("clang++-22", "-x", "c++", "-std=c++20"),
    ],
    ids=lambda compiler: compiler[0],
)
def test_the_source_compiles_without_a_warning(
    networks: dict[float, bytes], tmp_path: Path, mode: str, compiler: tuple[str, ...]
) -> None:
    (tmp_path / "net.tflite").write_bytes(networks[0.35])
    compile_model(tmp_path / "net.tflite", tmp_path, name="net", input_mode=mode)
    text = (tmp_path / "net.c").read_text()
    for word in ("malloc", "float", "double", "goto"):
        assert word not in text
    flags = ("-O1", "-Wall", "-Wextra", "-Wconversion", "-Werror", f"-I{kernel_sources()[0]}")
    result = subprocess.run(
        [*compiler, *flags, "-c", str(tmp_path / "net.c"), "-o", str(tmp_path / "net.o")],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[:3000]


def test_constants_are_read_only_and_small(networks: dict[float, bytes], tmp_path: Path) -> None:
    for width, data in networks.items():
        (tmp_path / "net.tflite").write_bytes(data)
        compile_model(tmp_path / "net.tflite", tmp_path, name="net")
        target = tmp_path / "net.o"
        flags = ("-std=c99", "-Os", "-fno-pic", f"-I{kernel_sources()[0]}")
        subprocess.run([c_compiler(), *flags, "-c", str(tmp_path / "net.c"), "-o", str(target)], check=True)
        sizes = subprocess.run(["size", str(target)], capture_output=True, text=True, check=True)
        text, data_bytes, bss = map(int, sizes.stdout.splitlines()[1].split()[:3])
        assert data_bytes == 0 and bss == 0, "mutable globals"
        assert text < len(data) + 8192, width


def test_two_copies_run_at_once(networks: dict[float, bytes], tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(networks[0.35])
    with HostModel(tmp_path / "net.tflite", input_mode="rows") as one:
        values = np.random.default_rng(0).integers(-128, 128, (3, one.input_bytes)).astype(np.int8)
        first = [one.run(value) for value in values]
        layers = one.layers(values[1])
        assert [len(layer) for layer in layers] == [
            int(np.prod(np.array(parse_model(networks[0.35]).tensors[layer["tensor"]].shape)))
            for layer in one.plan["layers"]
        ]
        assert all(np.array_equal(one.run(value), expected) for value, expected in zip(values, first))


def test_each_multiply_accumulate_is_executed_once(networks: dict[float, bytes], tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(networks[1.0])
    for mode in ("frame", "rows"):
        plan = compile_model(tmp_path / "net.tflite", tmp_path, name=mode, input_mode=mode, strips=4)
    result = run(build(tmp_path), [np.zeros((1, 96, 96, 3), np.int8)])[0]
    assert result.macs == plan["macs"] == macs_of(networks[1.0])
    np.testing.assert_array_equal(result.frame, result.rows)


@pytest.mark.parametrize("name", ["Model", "a b", "1x", ""])
def test_a_prefix_must_be_a_c_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(TinymlError, match="cannot begin C names"):
        compile_model(tmp_path / "net.tflite", tmp_path, name=name)


# ---- reading


def small() -> tuple[ModelBuilder, Tensor]:
    b = ModelBuilder()
    return b, b.conv(b.input((1, 6, 6, 2)), 3)


def test_a_graph_that_uses_a_value_before_it_is_made_is_refused() -> None:
    b, x = small()
    graph = parse_model(b.finish(b.conv(x, 2)))
    graph.nodes.reverse()
    with pytest.raises(ModelError, match="nothing before it makes"):
        graphs.verify(graph)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g.nodes[0].outputs.append(0), "made elsewhere"),
        (lambda g: g.nodes[0].inputs.__setitem__(0, 99), "tensor 99"),
        (lambda g: g.outputs.__setitem__(0, 50), "tensor 50"),
        (lambda g: g.nodes[0].outputs.__setitem__(0, g.inputs[0]), "made elsewhere"),
        (lambda g: setattr(g.tensors[g.inputs[0]], "shape", (1, 1, 1, 1, 1, 1, 6, 6, 2)), "8 axes"),
        (lambda g: setattr(g.tensors[g.inputs[0]], "shape", (1, -1, 6, 2)), "out of range"),
        (lambda g: setattr(g.tensors[g.inputs[0]], "scales", np.array([np.nan], np.float32)), "scale"),
    ],
)
def test_rules_of_the_graph(change, message: str) -> None:
    b, x = small()
    graph = parse_model(b.finish(x))
    change(graph)
    with pytest.raises(ModelError) as caught:
        graphs.verify(graph)
    assert message in caught.value.what + caught.value.cure


@pytest.mark.parametrize("data", [b"", b"TFL3", b"\x00" * 64, b"\x1c\x00\x00\x00TFL3" + b"\xff" * 60])
def test_what_is_no_model_is_refused(data: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        compile_bytes(data)
    assert caught.value.cure


def test_every_truncation_is_refused_or_compiles() -> None:
    b, x = small()
    data = b.finish(x)
    for length in range(0, len(data), 7):
        try:
            compile_bytes(data[:length])
        except ModelError as error:
            assert error.what


def test_an_unknown_operator_is_named_with_what_is_supported() -> None:
    b, x = small()
    y = b.operator("SIGN", [x.index], b.quantized(x.shape, 1 / 128, 0, 0.0, 0.5))
    with pytest.raises(ModelError, match=r"1 SIGN \(node 1\); .*CONV_2D"):
        compile_bytes(b.finish(y))


def test_a_bias_that_overflows_is_refused() -> None:
    b, x = small()
    graph = parse_model(b.finish(x))
    bias = graph.tensors[graph.nodes[0].inputs[2]]
    bias.data = np.full(bias.shape, 2**31 - 1, np.int32)
    with pytest.raises(ModelError, match="32-bit sums overflow"):
        layers_of(run_passes(graph))


@pytest.mark.parametrize("scale", [3.59e-43, 1e-38])
def test_six_is_beyond_every_code_of_a_tiny_scale(scale: float) -> None:
    b = ModelBuilder()
    x = b.input((1, 4, 4, 2), scale, -19)
    data = b.finish(b.max_pool(x, (2, 2), (2, 2), activation="RELU6"))
    (layer,) = compile_bytes(data).streams.layers
    assert (layer.fields["out_min"], layer.fields["out_max"]) == (-19, 127)


@pytest.mark.parametrize(
    ("op", "constant", "kind"),
    [
        ("PAD", [[0, 2**27], [1, 0], [0, 0], [0, 0]], "PadOptions"),
        ("MIRROR_PAD", [[0, 2**27], [1, 0], [0, 0], [0, 0]], "MirrorPadOptions"),
        ("TILE", [2**27, 1, 1, 1], "TileOptions"),
    ],
)
def test_what_would_make_much_more_than_the_output_is_refused(op: str, constant: list, kind: str) -> None:
    b, x = small()
    y = b.moved(op, x, (1, 7, *x.shape[2:]), [constant], kind=kind)
    with pytest.raises(ModelError, match="but its output is"):
        compile_bytes(b.finish(b.max_pool(y, (1, 1), (1, 1))))


# ---- verifying


def test_verify_finds_no_difference(networks: dict[float, bytes], tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(networks[0.35])
    found = verify(tmp_path / "net.tflite", count=4, input_mode="rows")
    assert (found.inputs, found.different, found.difference) == (4, 0, None)
    assert found.micro_arena_bytes and found.micro_arena_bytes > 6 * found.plan["arena_bytes"]


def test_verify_names_the_first_layer_that_differs(
    networks: dict[float, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "net.tflite").write_bytes(networks[0.35])

    def broken(model: HostModel, values: np.ndarray) -> list[np.ndarray]:
        monkeypatch.undo()
        layers = model.layers(values)
        layers[5][17] ^= 1
        return layers

    monkeypatch.setattr(HostModel, "run_all", lambda self, inputs: [np.full(self.output_bytes, 77, np.int8)])
    monkeypatch.setattr(HostModel, "layers", broken)
    found = verify(tmp_path / "net.tflite", count=1).difference
    assert isinstance(found, Difference)
    assert (found.layer, found.element) == ("conv_2d_5", 17)
    assert found.got == found.expected ^ 1
