"""ONNX -> TFLite by onnx2tf, in a process and a folder of its own, without a network."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tinyml import processes
from tinyml.conversion.tflite import tidy
from tinyml.errors import ModelError
from tinyml.files import temporary_folder
from tinyml.paths import ExportFiles

PRECISIONS = ("float32", "float16", "int8")
PRODUCT = {"float32": "float32", "float16": "float16", "int8": "full_integer_quant"}
TIME_LIMIT_S = 600
# onnx2tf checks itself on pictures that it would download, unless a file of this name lies where it runs.
SELF_CHECK_FILE = "calibration_image_sample_data_20x128x128x3_float32.npy"
NOWHERE = (
    "http://127.0.0.1:9"  # a proxy that refuses every connection: nothing is fetched behind anyone's back
)


def calibration_pictures(pictures: np.ndarray) -> np.ndarray:
    """Return uint8 [N + 2, H, W, C]: the pictures and two flat ones, of 0 and of 255.

    The flat ones make sure that the int8 input covers the whole range that a camera can deliver.
    """
    ends = np.zeros((2, *pictures.shape[1:]), np.uint8)
    ends[1] = 255
    return np.concatenate([pictures, ends])


def convert(
    onnx: Path, pictures: np.ndarray, mean: Sequence[float], std: Sequence[float], out: Path
) -> dict[str, Path]:
    """Write model_float32.tflite, model_float16.tflite and model_int8.tflite into `out`; return them by precision.

    `pictures`: uint8 [N, H, W, C], prepared training pictures; the int8 ranges come from them, normalized as in
    training. All weights are quantized per channel, input and output are int8. Raises ModelError with onnx2tf's
    own words where it fails.
    """
    calibration = calibration_pictures(pictures)
    with temporary_folder("convert") as folder:
        np.save(folder / "calibration.npy", calibration.astype(np.float32) / 255)
        np.save(folder / SELF_CHECK_FILE, _self_check_pictures(calibration))
        normalization = [_nested(mean, pictures.shape[-1]), _nested(std, pictures.shape[-1])]
        arguments = ["-i", str(onnx.resolve()), "-o", "converted", "--non_verbose"]
        arguments += ["--output_integer_quantized_tflite", "--quant_type", "per-channel"]
        arguments += ["--custom_input_op_name_np_data_path", "image", "calibration.npy", *normalization]
        _onnx2tf(folder, onnx.stem, arguments)
        written = {}
        for precision in PRECISIONS:
            product = folder / "converted" / f"{onnx.stem}_{PRODUCT[precision]}.tflite"
            written[precision] = ExportFiles(out).tflite(precision)
            written[precision].write_bytes(tidy(product.read_bytes(), "image", "probabilities"))
    return written


def _nested(values: Sequence[float], channels: int) -> str:
    return str([[[np.broadcast_to(np.asarray(values, float), channels).tolist()]]])


def _self_check_pictures(pictures: np.ndarray) -> np.ndarray:
    """Return float32 [20, 128, 128, 3] of 0..1, cut and repeated from uint8 [N, H, W, C]."""
    _, height, width, channels = pictures.shape
    rows, columns = np.arange(128) % height, np.arange(128) % width
    chosen = pictures[np.arange(20) % len(pictures)][:, rows][:, :, columns][..., np.arange(3) % channels]
    return chosen.astype(np.float32) / 255


def _onnx2tf(folder: Path, stem: str, arguments: list[str]) -> None:
    environment = {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE),
    }
    try:
        done = processes.run(
            [sys.executable, "-c", "from onnx2tf import main; main()", *arguments],
            cwd=folder,
            env=environment,
            text=True,
            errors="replace",
            timeout=TIME_LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(
            f"onnx2tf did not finish within {TIME_LIMIT_S} s", cure="try a smaller --size"
        ) from error
    said = f"{done.stdout}\n{done.stderr}"
    if "No space left on device" in said:
        raise ModelError(
            f"no space left on the disk while converting in {folder}", cure="free some space, or set TMPDIR"
        )
    products = [folder / "converted" / f"{stem}_{name}.tflite" for name in PRODUCT.values()]
    if done.returncode or not all(product.is_file() for product in products):
        reasons = [line.strip() for line in said.splitlines() if "error" in line.lower()]
        raise ModelError(
            f"onnx2tf could not convert the network: {' / '.join(reasons[-3:]) or said[-300:].strip()}",
            cure="the operators that convert are those of MobileNetV2 and a head of 1x1 convolutions; "
            "pip check shows whether the pinned versions are installed",
        )
