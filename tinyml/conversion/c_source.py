"""What an export writes in C: the model as an array for TFLite-Micro, and application.c for the firmware."""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tinyml import __version__

BYTES_A_LINE = 20


@dataclass(frozen=True)
class Golden:
    """One known input with what the model makes of it, for the firmware's self test."""

    picture: (
        np.ndarray
    )  # uint8 [H, W, C], before the input table; of a model of no picture the bytes of all inputs
    output: np.ndarray  # int8, any shape; the bytes of all outputs
    layer_crcs: list[int] | None  # CRC-32 of each layer's output, row after row


TYPES = {
    "int8": "TM_INT8",
    "uint8": "TM_UINT8",
    "int16": "TM_INT16",
    "int32": "TM_INT32",
    "float32": "TM_FLOAT32",
}


@dataclass(frozen=True)
class Value:
    """An input or output as the firmware tells of it; shape: [height, width, channels]."""

    name: str
    dtype: str  # of TYPES
    shape: tuple[int, int, int]
    scale: float = 0.0  # 0: it is not quantized
    zero_point: int = 0

    @property
    def bytes(self) -> int:
        return int(np.prod(self.shape)) * np.dtype(self.dtype).itemsize

    def initializer(self) -> str:
        """Return its entry in a table of tinyml_edge; scales beyond 255 are told as 255."""
        scale_q24 = min(round((self.scale or 1.0) * 2**24), 2**32 - 1)
        extents = ", ".join(map(str, self.shape))
        return f"{{{c_string(self.name)}, {TYPES[self.dtype]}, {extents}, {self.bytes}, {self.zero_point}, {scale_q24}u}}"


@dataclass(frozen=True)
class Application:
    """What the firmware must know about a run in addition to its compiled model; see firmware/src/application.h."""

    name: str  # lower case, digits, '-' and '_'
    model_sha256: str
    task: str  # "classify", "detect" or "raw"
    fit: str  # "squash" or "crop"
    labels: Sequence[str]
    thresholds: Sequence[int]  # detect: in 1/256 per class
    input_tables: np.ndarray | None  # int8 [C, 256]; None: the model takes the bytes as they are
    inputs: Sequence[Value]
    outputs: Sequence[Value]
    goldens: Sequence[Golden]


def model_data_sources(model: bytes, made_from: str) -> dict[str, str]:
    """Return model_data.h and model_data.c: the .tflite file as a constant array, aligned as TFLite-Micro requires."""
    remark = f"/* {made_from}, {len(model):,} bytes. Made by tinyml {__version__}; do not edit. */\n"
    header = f"""{remark}#ifndef TINYML_MODEL_DATA_H
#define TINYML_MODEL_DATA_H

#ifdef __cplusplus
extern "C" {{
#endif

#define MODEL_DATA_BYTES {len(model)}
extern const unsigned char model_data[MODEL_DATA_BYTES]; /* aligned to 16 bytes */
extern const unsigned int model_data_bytes;

#ifdef __cplusplus
}}
#endif

#endif
"""
    source = f"""{remark}#include "model_data.h"

__attribute__((aligned(16))) const unsigned char model_data[MODEL_DATA_BYTES] = {{
{numbers(model)}}};
const unsigned int model_data_bytes = MODEL_DATA_BYTES;
"""
    return {"model_data.h": header, "model_data.c": source}


def application_source(application: Application, made_from: str) -> str:
    """Return application.c, the one definition that firmware/src/application.h declares."""
    detect = application.task == "detect"
    parts = [
        f"/* {made_from}. Made by tinyml {__version__}; do not edit. */",
        '#include "application.h"\n\n#include <stddef.h>\n',
    ]
    if application.labels:
        words = ", ".join(map(c_string, application.labels))
        parts.append(f"static const char *const labels[] = {{{words}}};")
    if detect:
        parts.append(
            f"static const uint16_t thresholds[] = {{{', '.join(map(str, application.thresholds))}}};"
        )
    if application.input_tables is not None:
        tables = ",\n".join(f"{{\n{numbers(table)}}}" for table in application.input_tables)
        parts.append(f"static const int8_t input_table[MODEL_INPUT_CHANNELS][256] = {{{tables}}};\n")
    for name, values in (("inputs", application.inputs), ("outputs", application.outputs)):
        lines = ",\n".join(f"    {value.initializer()}" for value in values)
        parts.append(f"static const tinyml_edge {name}[] = {{\n{lines}}};")
    rows = []
    for number, golden in enumerate(application.goldens):
        crcs = "NULL"
        parts.append(
            f"static const uint8_t picture_{number}[MODEL_INPUT_BYTES] = {{\n{numbers(golden.picture.ravel())}}};"
        )
        parts.append(
            f"static const int8_t output_{number}[MODEL_OUTPUT_BYTES] = {{\n{numbers(golden.output.ravel())}}};"
        )
        if golden.layer_crcs is not None:
            crcs = f"layer_crcs_{number}"
            words = ", ".join(f"{crc:#010x}u" for crc in golden.layer_crcs)
            parts.append(f"static const uint32_t {crcs}[MODEL_LAYERS] = {{{words}}};")
        rows.append(f"{{picture_{number}, output_{number}, {crcs}}}")
    parts.append(f"static const tinyml_golden goldens[] = {{{', '.join(rows)}}};\n")
    parts.append(f"""const tinyml_application_data tinyml_application = {{
    .name = {c_string(application.name)},
    .version = {c_string(__version__)},
    .model_sha256 = {c_string(application.model_sha256)},
    .task = TASK_{application.task.upper()},
    .fit = {"FIT_CROP" if application.fit == "crop" else "FIT_SQUASH"},
    .class_count = {len(application.labels)},
    .labels = {"labels" if application.labels else "NULL"},
    .thresholds = {"thresholds" if detect else "NULL"},
    .input_table = {"NULL" if application.input_tables is None else "input_table"},
    .inputs = inputs,
    .outputs = outputs,
    .golden_count = {len(application.goldens)},
    .goldens = goldens,
}};
""")
    return "\n".join(parts)


def numbers(values: Iterable[int]) -> str:
    """Return values as the lines of a C initializer, each line ended."""
    words = [str(int(value)) for value in values]
    lines = (words[start : start + BYTES_A_LINE] for start in range(0, len(words), BYTES_A_LINE))
    return "".join(f"    {','.join(line)},\n" for line in lines)


def c_string(text: str) -> str:
    """Return `text` as a C string literal: UTF-8, with everything outside printable ASCII as an octal escape."""
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"
        for byte in text.encode()
    )
    return f'"{escaped}"'


def layer_crcs(traced: Iterable[tuple[int, bytes]], layers: int) -> list[int]:
    """Return one CRC-32 per layer over what a trace hands out: (layer, bytes of a row or of a part of one), in order."""
    crcs = [0] * layers
    for layer, data in traced:
        crcs[layer] = zlib.crc32(data, crcs[layer])
    return crcs


def firmware_name(name: str) -> str:
    """Return a run's name as the firmware may send it: lower case letters, digits, '-' and '_'."""
    spoken = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-"
        for letter in name.lower()
    )
    return spoken[:32] or "model"


def export_marker(run: str, board: str, model_sha256: str, runtime: str, interface: str) -> str:
    """Return export.json, which tells whose files a generated folder holds and which firmware they were written for."""
    told = {
        "run": run,
        "board": board,
        "model_sha256": model_sha256,
        "runtime": runtime,
        "firmware_interface": interface,
    }
    return json.dumps(told, indent=2) + "\n"
