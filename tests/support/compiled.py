"""Compiled networks as programs on this computer: built with the sanitizers, fed through pipes."""

import functools
import itertools
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

KERNELS = Path(__file__).parents[2] / "firmware" / "lib" / "tinyml_kernels"
SANITIZED = ("-O1", "-g0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror")

# `frame` runs the portable kernels on whole frames, `rows` the counting reference kernels row by row.
RUNNER = """
#include <stdio.h>
#include <string.h>
#include "frame.h"
#include "rows.h"
uint64_t tm_macs;
static int8_t input[FRAME_INPUT_BYTES];
static frame f;
static rows r;
static _Alignas(16) int8_t frame_arena[FRAME_ARENA_BYTES], rows_arena[ROWS_ARENA_BYTES];
int main(void) {
    if (frame_init(&f, frame_arena, sizeof frame_arena) != TM_OK) return 2;
    if (rows_init(&r, rows_arena, sizeof rows_arena) != TM_OK) return 3;
    while (fread(input, sizeof input, 1, stdin) == 1) {
        memcpy(frame_input(&f), input, sizeof input);
        if (frame_run(&f) != TM_DONE) return 4;
        fwrite(frame_output(&f), FRAME_OUTPUT_BYTES, 1, stdout);
        const int row_bytes = ROWS_INPUT_BYTES / ROWS_INPUT_HEIGHT;
        tm_macs = 0;
        for (int y = 0; y < ROWS_INPUT_HEIGHT; ++y) {
            memcpy(rows_input_row(&r), input + y * row_bytes, (size_t)row_bytes);
            const tm_status expected = y + 1 < ROWS_INPUT_HEIGHT ? TM_OK : TM_DONE;
            if (rows_push_row(&r) != expected) return 5;
        }
        fwrite(rows_output(&r), ROWS_OUTPUT_BYTES, 1, stdout);
        fwrite(&tm_macs, sizeof tm_macs, 1, stdout);
    }
    return 0;
}
"""


@dataclass(frozen=True)
class Run:
    """What one input gave."""

    frame: np.ndarray  # int8, flat
    rows: np.ndarray
    macs: int


COUNTING = (
    "-DTM_COUNT_MACS"  # the reference kernels count their multiply-accumulates, which two threads must not
)


@functools.cache
def kernel_archive(flags: tuple[str, ...]) -> Path:
    """Return all kernels, built with `flags`, as one archive (built once in a process)."""
    folder = Path(tempfile.mkdtemp(prefix="tinyml-kernels-"))
    objects = []
    for source in sorted(KERNELS.glob("src/*/*.c")):
        if source.parent.name not in ("reference", "portable", "workers"):
            continue
        objects.append(folder / f"{source.stem}.o")
        command = ["gcc", *WARNINGS, *flags, "-I", KERNELS / "include", "-c", source]
        subprocess.run([*command, "-o", objects[-1]], check=True)
    subprocess.run(["ar", "rcs", folder / "kernels.a", *objects], check=True)
    return folder / "kernels.a"


def build(folder: Path) -> Path:
    """Compile frame.c and rows.c of `folder` without a warning and link them with the kernels."""
    (folder / "runner.c").write_text(RUNNER)
    return link(folder, folder / "runner.c", SANITIZED)


def link(folder: Path, runner: Path, flags: tuple[str, ...]) -> Path:
    """Build frame.c and rows.c of `folder`, the kernels, and a `runner` that has main into one program."""
    archive = kernel_archive((*flags, COUNTING))
    include = ["-I", KERNELS / "include", "-I", folder]
    for name, choice in (("frame", "TM_PORTABLE"), ("rows", "TM_REFERENCE")):
        command = [
            "gcc",
            *WARNINGS,
            *flags,
            f"-DTM_KERNELS={choice}",
            *include,
            "-c",
            folder / f"{name}.c",
        ]
        subprocess.run([*command, "-o", folder / f"{name}.o"], check=True)
    program = folder / "program"
    sources = [runner, folder / "frame.o", folder / "rows.o", archive]
    subprocess.run(["gcc", *flags, *include, *sources, "-o", program], check=True)
    return program


def run(program: Path, inputs: Sequence[np.ndarray]) -> list[Run]:
    """Run a program of `build` on inputs (flat or shaped int8); a sanitizer's report becomes the exception's text."""
    data = b"".join(values.tobytes() for values in inputs)
    result = subprocess.run([program], input=data, capture_output=True, timeout=120)
    assert result.returncode == 0, f"exit status {result.returncode}: {result.stderr.decode()[:3000]}"
    records = np.frombuffer(result.stdout, np.int8).reshape(len(inputs), -1)
    count = (records.shape[1] - 8) // 2
    return [
        Run(record[:count], record[count : 2 * count], int(record[2 * count :].view(np.uint64)[0]))
        for record in records
    ]


def macs_of(model: bytes) -> int:
    """Count the multiply-accumulates that a .tflite file asks for, from its shapes alone."""
    graph = schema.ModelT.InitFromPackedBuf(model)
    tensors, total = graph.subgraphs[0].tensors, 0
    for operator in graph.subgraphs[0].operators:
        code = graph.operatorCodes[operator.opcodeIndex].builtinCode
        output = np.prod(tensors[operator.outputs[0]].shape)
        if code == schema.BuiltinOperator.CONV_2D:
            total += output * np.prod(tensors[operator.inputs[1]].shape[1:])
        elif code == schema.BuiltinOperator.DEPTHWISE_CONV_2D:
            total += output * np.prod(tensors[operator.inputs[1]].shape[1:3])
        elif code == schema.BuiltinOperator.FULLY_CONNECTED:
            total += output * tensors[operator.inputs[1]].shape[1]
    return int(total)


def overlaps(buffers: Sequence[Any], offsets: Sequence[int]) -> list[str]:
    """Return the collisions of a schedule: two buffers that hold something in the same byte at the same step.

    A buffer holds its bytes [low, high) at each step from `first_step` on.
    """
    held: dict[int, list[tuple[int, int, str]]] = {}
    for buffer, offset in zip(buffers, offsets, strict=True):
        for step, (low, high) in enumerate(zip(buffer.low, buffer.high), start=buffer.first_step):
            assert 0 <= low <= high <= buffer.bytes, f"{buffer.name} holds more than its size"
            if low < high:
                held.setdefault(step, []).append((offset + int(low), offset + int(high), buffer.name))
    found = []
    for step, pieces in held.items():
        pieces.sort()
        for (_, end, below), (begin, _, above) in itertools.pairwise(pieces):
            if begin < end:
                found.append(f"step {step}: {below} and {above}")
    return found
