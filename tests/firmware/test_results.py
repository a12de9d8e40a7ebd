"""The outputs of a model as numbers: every type, and the ends of what a number can be, in integers only."""

import subprocess
from pathlib import Path

import numpy as np
from support.tiny_firmware import FIRMWARE, INCLUDES, SANITIZE, WARNINGS

MOST = 1 << 54  # 2^30, times 2^24
PROGRAM = """
#include <stdio.h>
#include <inttypes.h>
#include "application.h"
#include "results.h"
#include "runtime.h"
static const tinyml_edge outputs[] = {
    {"bytes", TM_INT8, 1, 1, 3, 3, -128, 65536}, {"unsigned", TM_UINT8, 1, 1, 2, 2, 0, 65536},
    {"halves", TM_INT16, 1, 1, 2, 4, 0, 512}, {"words", TM_INT32, 1, 1, 3, 12, 0, 1u << 24},
    {"reals", TM_FLOAT32, 1, 1, COUNT, 4 * COUNT, 0, 1u << 24}};
const tinyml_application_data tinyml_application = {.outputs = outputs};
static const int8_t bytes[] = {-128, 0, 127};
static const uint8_t positive[] = {0, 255};
static const int16_t halves[] = {-32768, 32767};
static const int32_t words[] = {INT32_MIN, -7, INT32_MAX};
static const uint32_t reals[] = {REALS};
const int8_t *tinyml_runtime_output(int number) {
    const void *const found[] = {bytes, positive, halves, words, reals};
    return (const int8_t *)found[number];
}
int main(void) {
    for (int number = 0; number < 5; number++)
        for (int i = 0; i < tinyml_result_count(number); i++)
            printf("%" PRId64 "\\n", tinyml_result(number, i));
    return 0;
}
"""


def test_results_of_every_type(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    reals = np.concatenate(
        [
            np.array(
                [0, -0.0, 1, -1, 0.5, 2.0**-25, -(2.0**-25), 2.0**-26, 1e-40, 2.0**30, -(2.0**31)], "f4"
            ),
            np.array([np.inf, -np.inf], "f4"),
            (random.normal(size=200) * 10.0 ** random.integers(-9, 12, 200)).astype("f4"),
        ]
    )
    text = PROGRAM.replace("REALS", ", ".join(f"{bits}u" for bits in reals.view("u4").tolist()))
    (tmp_path / "main.c").write_text(text.replace("COUNT", str(len(reals))))
    command = ["cc", *WARNINGS, *SANITIZE, *(f"-I{path}" for path in INCLUDES), str(tmp_path / "main.c")]
    program = tmp_path / "program"
    subprocess.run([*command, str(FIRMWARE / "src" / "results.c"), "-o", program], check=True, timeout=60)
    got = [int(line) for line in subprocess.run([program], capture_output=True, text=True).stdout.split()]
    scale = 1 << 16
    expected = [0, 128 * scale, 255 * scale, 0, 255 * scale, -32768 * 512, 32767 * 512, -MOST, -7 << 24, MOST]
    for value in reals.tolist():
        exact = min(max(value * 2**24, -MOST), MOST)  # of floats a power of two times them is exact
        expected.append(int(np.copysign(np.floor(abs(exact) + 0.5), exact)))
    assert got == expected
