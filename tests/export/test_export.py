"""Conversion, C sources and the comparison of stages, on a network of three layers."""

import json
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import flatbuffers
import numpy as np
import onnx
import pytest
from ai_edge_litert import schema_py_generated as schema
from onnx import TensorProto, helper, numpy_helper

from tinyml.conversion import convert as converting
from tinyml.conversion.accuracy import Stage, compare, warnings
from tinyml.conversion.c_source import (
    Application,
    Golden,
    Value,
    application_source,
    c_string,
    export_marker,
    firmware_name,
    layer_crcs,
    model_data_sources,
)
from tinyml.conversion.convert import calibration_pictures, convert
from tinyml.conversion.tflite import packed, read_ends, run_onnx, run_tflite
from tinyml.conversion.tflm import measure_arena, run_tflm
from tinyml.errors import ModelError
from tinyml.inference.preprocess import input_tables, quantize

SIZE, CHANNELS, CLASSES = 16, 3, 2
SHARED_C = Path(__file__).parents[2] / "firmware" / "src"


def small_onnx(path: Path) -> Path:
    """Write a stride-2 convolution, ReLU, a 1x1 convolution and a softmax over cells: a detector in small."""
    random = np.random.default_rng(0)
    weights = {
        "w1": random.normal(0, 0.4, (8, CHANNELS, 3, 3)),
        "b1": random.normal(0, 0.4, 8),
        "w2": random.normal(0, 0.6, (1 + CLASSES, 8, 1, 1)),
        "b2": random.normal(0, 0.4, 1 + CLASSES),
    }
    nodes = [
        helper.make_node(
            "Conv", ["image", "w1", "b1"], ["a"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4
        ),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w2", "b2"], ["c"], kernel_shape=[1, 1]),
        helper.make_node("Softmax", ["c"], ["probabilities"], axis=1),
    ]
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "small",
        [tensor("image", TensorProto.FLOAT, [1, CHANNELS, SIZE, SIZE])],
        [tensor("probabilities", TensorProto.FLOAT, [1, 1 + CLASSES, SIZE // 2, SIZE // 2])],
        [numpy_helper.from_array(values.astype(np.float32), name) for name, values in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))
    return path


def pictures(count: int) -> np.ndarray:
    """Return dim uint8 pictures: none of them reaches 0 or 255."""
    return np.random.default_rng(1).integers(40, 200, (count, SIZE, SIZE, CHANNELS), dtype=np.uint8)


def normalized(batch: np.ndarray) -> np.ndarray:
    return ((batch / 255 - 0.5) / 0.5).astype(np.float32)


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("converted")
    convert(small_onnx(folder / "model.onnx"), pictures(12), [0.5], [0.5], folder)
    return folder


def codes(folder: Path, batch: np.ndarray) -> np.ndarray:
    ends = read_ends(folder / "model_int8.tflite")
    tables = input_tables([0.5] * CHANNELS, [0.5] * CHANNELS, ends.input_scale, ends.input_zero_point)
    return np.stack([quantize(picture, tables) for picture in batch])


def test_calibration_covers_what_a_camera_can_deliver() -> None:
    covered = calibration_pictures(pictures(3))
    assert len(covered) == 5 and covered.min() == 0 and covered.max() == 255


def test_int8_ends_are_those_that_the_firmware_relies_on(converted: Path) -> None:
    ends = read_ends(converted / "model_int8.tflite")
    assert ends.input_shape == (1, SIZE, SIZE, CHANNELS)
    assert ends.output_shape == (1, SIZE // 2, SIZE // 2, 1 + CLASSES)
    assert (ends.output_scale, ends.output_zero_point) == (1 / 256, -128)
    tables = input_tables([0.5], [0.5], ends.input_scale, ends.input_zero_point)
    assert tables[0, 0] <= -127 and tables[0, 255] >= 126, "the range of a camera is the range of the input"


def test_names_of_input_and_output_are_kept(converted: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    for precision in converting.PRECISIONS:
        interpreter = Interpreter(model_path=str(converted / f"model_{precision}.tflite"))
        assert interpreter.get_input_details()[0]["name"] == "image"
        assert interpreter.get_output_details()[0]["name"] == "probabilities"
        assert interpreter.get_signature_list() == {
            "serving_default": {"inputs": ["image"], "outputs": ["probabilities"]}
        }


def test_equal_arrays_are_stored_once_and_change_no_byte_of_the_outputs(
    converted: Path, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.tflite"
    model = schema.ModelT.InitFromPackedBuf((converted / "model_int8.tflite").read_bytes(), 0)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    whole.write_bytes(bytes(builder.Output()))
    shared = packed(model)
    assert len(shared) == (converted / "model_int8.tflite").stat().st_size < whole.stat().st_size - 100
    inputs = codes(converted, pictures(4))
    for run in (lambda path: run_tflite(path, inputs, "int8"), lambda path: run_tflm(path, inputs)):
        assert np.array_equal(run(whole), run(converted / "model_int8.tflite"))


def test_every_stage_computes_the_same_network(converted: Path) -> None:
    batch = pictures(6)
    by_onnx = run_onnx(converted / "model.onnx", normalized(batch))
    float32 = run_tflite(converted / "model_float32.tflite", normalized(batch), "float32")
    float16 = run_tflite(converted / "model_float16.tflite", normalized(batch), "float16")
    int8 = run_tflite(converted / "model_int8.tflite", codes(converted, batch), "int8")
    assert by_onnx.shape == float32.shape == int8.shape == (6, SIZE // 2, SIZE // 2, 1 + CLASSES)
    assert np.abs(by_onnx - float32).max() < 1e-5
    assert np.abs(by_onnx - float16).max() < 5e-3
    assert np.abs(by_onnx - Stage("tflite_int8", int8).probabilities).max() < 0.05
    assert np.array_equal(int8, run_tflm(converted / "model_int8.tflite", codes(converted, batch)))


def test_arena_is_that_of_the_feature_maps_and_what_stays(converted: Path) -> None:
    arena = measure_arena(converted / "model_int8.tflite")
    assert arena["arena_bytes"] == arena["head_bytes"] + arena["tail_bytes"]
    assert arena["head_bytes"] >= SIZE * SIZE * CHANNELS + (SIZE // 2) ** 2 * 8


def test_onnx2tf_failure_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no network at all")
    with pytest.raises(ModelError, match="onnx2tf could not convert the network"):
        convert(tmp_path / "model.onnx", pictures(2), [0.5], [0.5], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


def test_full_disk_while_converting_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments, **options):
        return subprocess.CompletedProcess(
            [], 1, "", "OSError: [Errno 28] No space left on device: 'x.tflite'"
        )

    monkeypatch.setattr(converting.processes, "run", full)
    with pytest.raises(ModelError, match="no space left") as failure:
        convert(small_onnx(tmp_path / "model.onnx"), pictures(2), [0.5], [0.5], tmp_path)
    assert "TMPDIR" in failure.value.cure


def test_damaged_models_are_named(tmp_path: Path, converted: Path) -> None:
    whole = (converted / "model.onnx").read_bytes()
    (tmp_path / "cut.onnx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"cut\.onnx is not a usable ONNX model"):
        run_onnx(tmp_path / "cut.onnx", normalized(pictures(1)))
    (tmp_path / "cut.tflite").write_bytes(b"TFL3 but not really")
    with pytest.raises(ModelError, match=r"cut\.tflite"):
        read_ends(tmp_path / "cut.tflite")
    with pytest.raises(ModelError, match="TFLite-Micro refuses"):
        measure_arena(tmp_path / "cut.tflite")


# --- the comparison ---------------------------------------------------------------------------------------------------


def judge(probabilities: np.ndarray) -> dict:
    return {"f1": float(probabilities.mean())}


def test_compare_reports_differences_and_bytes() -> None:
    codes = np.array([[-128, 127], [0, 1]], np.int8)
    other = codes.copy()
    other[1, 1] = 2
    rows = compare(
        [
            Stage("float", np.array([[0, 1], [0.5, 0.5]], np.float32)),
            Stage("tflite_int8", codes),
            Stage("tflm", codes),
            Stage("c_host", other),
        ],
        judge,
    )
    assert list(rows) == ["float", "tflite_int8", "tflm", "c_host"]
    assert "max_abs_difference" not in rows["float"] and "bit_exact" not in rows["float"]
    assert rows["tflite_int8"]["max_abs_difference"] == pytest.approx(1 / 256)
    assert rows["tflm"] == {"f1": rows["tflite_int8"]["f1"], "max_abs_difference": 0, "bit_exact": True}
    assert rows["c_host"]["bit_exact"] is False and rows["c_host"]["max_abs_difference"] == 1 / 256
    assert [word for word in warnings(rows, "detect") if "c_host" in word]


@pytest.mark.parametrize(("int8", "warned"), [(0.9, False), (0.8901, False), (0.8899, True)])
def test_a_loss_of_more_than_a_point_is_warned_of(int8: float, warned: bool) -> None:
    rows = {"float": {"accuracy": 0.9}, "tflite_int8": {"accuracy": int8, "bit_exact": True}}
    assert bool(warnings(rows, "classify")) is warned


# --- C ----------------------------------------------------------------------------------------------------------------


def test_c_string_survives_a_compiler(tmp_path: Path) -> None:
    text = 'a "quoted" \\ back, ??/ trigraph, häßlich 苹果 0123\n'
    (tmp_path / "main.c").write_text(
        f"#include <stdio.h>\nint main(void) {{ fputs({c_string(text)}, stdout); return 0; }}\n"
    )
    assert run_c(tmp_path, "main.c").decode() == text


def test_model_data_is_the_file_byte_for_byte(tmp_path: Path, converted: Path) -> None:
    model = (converted / "model_int8.tflite").read_bytes()
    for name, text in model_data_sources(model, "model_int8.tflite").items():
        (tmp_path / name).write_text(text)
    (tmp_path / "main.c").write_text(
        '#include <stdint.h>\n#include <stdio.h>\n#include "model_data.h"\n'
        "int main(void) { if ((uintptr_t)model_data % 16) return 1;\n"
        "  return fwrite(model_data, 1, model_data_bytes, stdout) != MODEL_DATA_BYTES; }\n"
    )
    assert run_c(tmp_path, "main.c", "model_data.c") == model


def test_application_is_what_the_firmware_declares(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    golden = Golden(
        random.integers(0, 256, (2, 2, 3), np.uint8),
        random.integers(-128, 128, (1, 1, 3), np.int8),
        [7, 2**32 - 1],
    )
    application = Application(
        name="fruit",
        model_sha256="ab" * 32,
        task="detect",
        fit="crop",
        labels=["apple", 'the "other" one'],
        thresholds=[128, 256],
        input_tables=random.integers(-128, 128, (3, 256), np.int8),
        inputs=[Value("picture", "uint8", (2, 2, 3), 1 / 255)],
        outputs=[Value("scores", "int8", (1, 1, 3), 1 / 256, -128)],
        goldens=[golden, Golden(golden.picture, golden.output, None)],
    )
    (tmp_path / "application.c").write_text(application_source(application, "model_int8.tflite"))
    (tmp_path / "model.h").write_text(
        "#include <stdint.h>\nenum { TM_INT8, TM_UINT8 };\n#define MODEL_INPUTS 1\n#define MODEL_OUTPUTS 1\n"
        "#define MODEL_INPUT_HEIGHT 2\n#define MODEL_INPUT_WIDTH 2\n#define MODEL_INPUT_CHANNELS 3\n#define MODEL_INPUT_BYTES 12\n#define MODEL_OUTPUT_BYTES 3\n"
        "#define MODEL_LAYERS 2\n#define MODEL_ARENA_BYTES 16\n#define MODEL_TWO_ARENAS 0\n#define MODEL_COPIED_BYTES 0\n"
    )
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "application.h"\nint main(void) {\n'
        "  const tinyml_application_data *a = &tinyml_application;\n"
        '  printf("%s|%s|%d|%d|%d|%s|%d,%d|%d|%lu|", a->name, a->model_sha256, a->task, a->fit, a->class_count,\n'
        "    a->labels[1], a->thresholds[0], a->thresholds[1], (int)a->outputs[0].zero_point,\n"
        "    (unsigned long)a->outputs[0].scale_q24);\n"
        '  printf("%lu|%d|", (unsigned long)a->goldens[0].layer_crcs[1], a->goldens[1].layer_crcs == 0);\n'
        "  fwrite(a->input_table, 1, sizeof(int8_t[3][256]), stdout);\n"
        "  fwrite(a->goldens[0].input, 1, 12, stdout); fwrite(a->goldens[1].output, 1, 3, stdout); return 0; }\n"
    )
    said = run_c(tmp_path, "main.c", "application.c", include=SHARED_C)
    words = f'fruit|{"ab" * 32}|1|1|2|the "other" one|128,256|-128|65536|{2**32 - 1}|1|'.encode()
    assert (
        said
        == words + application.input_tables.tobytes() + golden.picture.tobytes() + golden.output.tobytes()
    )


def run_c(folder: Path, *sources: str, include: Path | None = None) -> bytes:
    """Compile C files of `folder` strictly and return what the program writes; skips where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler")
    options = [
        "-std=c99",
        "-Wall",
        "-Wextra",
        "-Wconversion",
        "-Werror",
        f"-I{include or folder}",
        f"-I{folder}",
    ]
    subprocess.run([compiler, *options, *sources, "-o", "program"], cwd=folder, check=True, timeout=60)
    return subprocess.run([folder / "program"], check=True, capture_output=True, timeout=60).stdout


def test_layer_crcs_run_over_rows_in_order() -> None:
    assert layer_crcs([(1, b"ab"), (0, b"x"), (1, b"cd")], 2) == [zlib.crc32(b"x"), zlib.crc32(b"abcd")]


@pytest.mark.parametrize("name", ["Fruit 3", "../../etc", "äpfel", "x" * 99, ""])
def test_firmware_names_keep_to_the_protocols_alphabet(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]{1,32}", firmware_name(name))


def test_export_marker_says_whose_files_these_are() -> None:
    marker = json.loads(export_marker("runs/fruit", "host", "ab", "stream", "12"))
    assert (marker["run"], marker["board"], marker["runtime"]) == ("runs/fruit", "host", "stream")
    assert (marker["model_sha256"], marker["firmware_interface"]) == ("ab", "12")
