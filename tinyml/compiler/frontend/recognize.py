"""What a file that is not a `.tflite` model is: downloads that went wrong, and models in other formats."""

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from tinyml.errors import ModelError

MARK = b"TFL3"  # at bytes 4 to 8


@dataclass(frozen=True)
class Kind:
    """What a file is, and what to do instead."""

    what: str
    cure: str


KERAS = Kind("a Keras model", "convert it with tf.lite.TFLiteConverter to a full-integer int8 .tflite")
C_ARRAY = Kind("C source text: a model as an array", "give the .tflite that it was made from")
OTHERS: tuple[tuple[bytes, Kind], ...] = (  # by their first bytes
    (b"\x89HDF\r\n", KERAS),
    (b"\x1f\x8b", Kind("a gzip archive", "unpack it and give the .tflite file in it")),
    (b"\x89PNG", Kind("a picture", "give the model, a .tflite file")),
    (b"\xff\xd8\xff", Kind("a picture", "give the model, a .tflite file")),
    (b"%PDF", Kind("a PDF document", "give the model, a .tflite file")),
    (b"\x7fELF", Kind("a program", "give the .tflite model that it was built from")),
)
ONNX = Kind("an ONNX model", "convert it with onnx2tf -oiqt and give its *_full_integer_quant.tflite")


def refuse_others(data: bytes, name: str) -> None:
    """Raise ModelError that says what the file called `name` is, unless it has the mark of a `.tflite` file."""
    if data[4:8] == MARK:
        return
    if not data:
        raise ModelError("it is empty", cure="export or download it again")
    if kind := _kind(data, PurePath(name).suffix.lower()):
        raise ModelError(f"it is {kind.what}, not a .tflite file", cure=kind.cure)


def _kind(data: bytes, suffix: str) -> Kind | None:
    if data.startswith(b"version https://git-lfs"):
        return Kind("a Git LFS pointer, which stands for the model", "fetch the model itself: git lfs pull")
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if re.match(rb"<(!doctype\s+html|html|head|body)", start, re.IGNORECASE):
        return Kind("an HTML page", "download the file itself, from a link that gives the raw file")
    if data.startswith(b"PK"):
        return _zipped(data, suffix)
    for mark, kind in OTHERS:
        if data.startswith(mark):
            return kind
    if suffix == ".onnx" or (data[:1] == b"\x08" and data[1:2] < b"\x20" and data[2:3] == b"\x12"):
        return ONNX
    if suffix in (".keras", ".h5", ".hdf5"):
        return KERAS
    if re.search(rb"\b(unsigned\s+char|uint8_t|#include)\b", start) or re.match(
        rb"(\{\s*)?0x[0-9a-f]{2}\s*,", start, re.IGNORECASE
    ):
        return C_ARRAY
    if start[:1] in (b"{", b"["):
        return Kind("JSON text", "give the model, a .tflite file")
    if suffix == ".pb":
        return Kind("a TensorFlow graph", "convert its SavedModel with tf.lite.TFLiteConverter")
    return None


def _zipped(data: bytes, suffix: str) -> Kind:
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
        names = []
    if suffix == ".keras" or "model.weights.h5" in names:
        return KERAS
    if any(name.endswith("data.pkl") for name in names):
        return Kind(
            "a PyTorch file", "export it to ONNX, convert it with onnx2tf and give the full-integer .tflite"
        )
    models = [PurePath(name).name for name in names if name.endswith((".tflite", ".lite"))]
    inside = f" that holds {', '.join(models[:3])}" if models else ""
    return Kind(f"a zip archive{inside}", "unpack it and give the .tflite file in it")
