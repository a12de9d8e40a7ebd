"""The device's side of the serial protocol: a transcript of every command and of every error, to the letter."""

import json
import re
import zlib
from pathlib import Path

import pytest
from support.tiny_firmware import ROOT, TINY, compile_tiny, talk

PICTURE = bytes(range(0, 240, 5))  # the golden input of the tiny model


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_tiny(tmp_path_factory.mktemp("tiny"), camera="emulated")


def load(data: bytes) -> list[str]:
    return [f"db load {len(data)}", *(f"db {data[i : i + 31].hex()}" for i in range(0, len(data), 31))]


def test_greeting(program: Path) -> None:
    import subprocess

    output = subprocess.run([str(program)], input=b"", capture_output=True, timeout=20).stdout
    assert re.fullmatch(
        rb"m-timestamp-mode-performance\r\nm-lap-us-\d+\r\nm-init-done\r\nm-ready\r\n", output
    )


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("name", ["m-name-dut-[tinyml]"]),
        ("profile", ["m-profile-[ULPMark for tinyML Firmware V0.0.1]", "m-model-[tiny01]"]),
        ("db", ["e-[Command 'db' requires a subcommand]"]),
        ("db ", ["e-[Command 'db' requires a subcommand]"]),
        ("db load", ["e-[Command 'db load' requires the # of bytes]"]),
        ("db load 0", ["e-[Command 'db load' must be >0 bytes]"]),
        ("db load -5", ["e-[Command 'db load' must be >0 bytes]"]),
        ("db load five", ["e-[Command 'db load' must be >0 bytes]"]),
        ("db load 99999999999999999999", ["e-[Command 'db load' must be >0 bytes]"]),
        ("db load 49", ["e-[Command 'db load' takes at most 48 bytes]"]),
        ("db load 48", ["m-[Expecting 48 bytes]"]),
        ("db 0", ["e-[Insufficent number of hex digits]"]),
        ("db 00zz", ["e-[Invalid hex digit 'zz']"]),
        ("db 0g", ["e-[Invalid hex digit '0g']"]),
        ("db 00", ["e-[More bytes than the 0 that are missing]"]),
        ("db print", []),
        ("infer 0", ["e-[Inference iterations must be >0]"]),
        ("infer -1", ["e-[Inference iterations must be >0]"]),
        ("infer x", ["e-[Inference iterations must be >0]"]),
        ("infer 1 -1", ["e-[Inference warmup must be >=0]"]),
        ("bogus", ["e-[Unknown command: bogus]"]),
        ("bogus with words", ["e-[Unknown command: bogus]"]),
        ("NAME", ["e-[Unknown command: NAME]"]),
        ("", ["e-[Unknown command: ]"]),
        ("   ", ["e-[Unknown command: ]"]),
        ("\x00\xff\x07", ["e-[Unknown command: ???]"]),
        ("\r\nname\r\n", ["m-name-dut-[tinyml]"]),
        ("x" * 80, [f"e-[Unknown command: {'x' * 80}]"]),
        ("x" * 81, ["e-[Command longer than 80 characters]"]),
        ("db " + "00" * 5000, ["e-[Command longer than 80 characters]"]),
        ("stream", ["e-[Command 'stream' requires on or off]"]),
        ("stream of", ["e-[Command 'stream' requires on or off]"]),
        ("stream off", []),
    ],
)
def test_answer(program: Path, command: str, answer: list[str]) -> None:
    assert talk(program, command) == [answer]


def test_timestamp_is_in_microseconds(program: Path) -> None:
    (first,), (second,) = talk(program, "timestamp", "timestamp")
    laps = [int(re.fullmatch(r"m-lap-us-(\d+)", line)[1]) for line in (first, second)]
    # The tiny board's clock moves by a 3000th of a second a byte: those of the first answer, then of the command.
    between = len(first) + 2 + len("m-ready\r\n") + len("timestamp%")
    assert abs(laps[1] - laps[0] - between * 1_000_000 / 3000) <= 1


@pytest.mark.parametrize(("size", "lines"), [(1, 1), (8, 1), (9, 2), (48, 6)])
def test_load_and_print(program: Path, size: int, lines: int) -> None:
    *loading, printed = talk(program, *load(PICTURE[:size]), "db print")
    assert loading[0] == [f"m-[Expecting {size} bytes]"]
    assert loading[-1] == ["m-load-done"] and all(line == [] for line in loading[1:-1])
    assert len(printed) == lines
    assert all(re.fullmatch(r"m-buffer-[0-9a-f]{2}(-[0-9a-f]{2}){0,7}", line) for line in printed)
    assert bytes.fromhex("".join(line[9:] for line in printed).replace("-", "")) == PICTURE[:size]


def test_a_wrong_line_loses_nothing(program: Path) -> None:
    answers = talk(
        program,
        "db load 4",
        "db 01FF",
        "db 02xy",
        "db 020",
        "db 020304",
        "db " + "00" * 40,
        "db 0304",
        "db print",
    )
    assert answers == [
        ["m-[Expecting 4 bytes]"],
        [],
        ["e-[Invalid hex digit 'xy']"],
        ["e-[Insufficent number of hex digits]"],
        ["e-[More bytes than the 2 that are missing]"],
        ["e-[Command longer than 80 characters]"],
        ["m-load-done"],
        ["m-buffer-01-ff-03-04"],
    ]


def test_infer_and_results(program: Path) -> None:
    *_, answer, results, output = talk(program, *load(PICTURE), "infer 3 2", "results", "output")
    laps = answer.pop(3), answer.pop(3)
    assert all(re.fullmatch(r"m-lap-us-\d+", lap) for lap in laps)
    expected = "m-results-[0.555,0.516]"  # (14 + 128) / 256, (4 + 128) / 256
    assert answer == ["m-warmup-start-2", "m-warmup-done", "m-infer-start-3", "m-infer-done", expected]
    assert results == [expected]
    raw = bytes([14, 4])
    assert json.loads(output[0]) == {"output": {"bytes": raw.hex(), "crc32": f"{zlib.crc32(raw):08x}"}}


def test_input_tells_what_has_arrived(program: Path) -> None:
    *_, half, _, whole = talk(program, "db load 4", "db 0102", "input", "db 0304", "input")
    for line, data in ((half, b"\x01\x02"), (whole, b"\x01\x02\x03\x04")):
        assert json.loads(line[0]) == {"input": {"bytes": len(data), "crc32": f"{zlib.crc32(data):08x}"}}


def test_infer_defaults(program: Path) -> None:
    for command, warmup, runs in (("infer", 10, 1), ("infer 2", 10, 2), ("infer 2 0", 0, 2)):
        answer = talk(program, command)[0]
        assert answer[0] == f"m-warmup-start-{warmup}" and answer[2] == f"m-infer-start-{runs}"


def test_results_are_rounded_as_printf_rounds(tmp_path: Path) -> None:
    """Every output byte of a softmax: the tiny model's first output is the mean of bytes that are all the same."""
    program = compile_tiny(tmp_path, camera="emulated")
    commands = [
        command for value in range(256) for command in (*load(bytes([255 - value]) * 48), "infer 1 0")
    ]
    answers = [answer for answer in talk(program, *commands) if answer and answer[-1].startswith("m-results")]
    assert [answer[-1] for answer in answers] == [
        f"m-results-[{value / 256:0.3f},{value / 256:0.3f}]" for value in range(256)
    ]


def test_info(program: Path) -> None:
    info = json.loads(talk(program, "info")[0][0])["info"]
    assert info["labels"] == ['left "quoted"', "right"]
    assert info["input"] == [4, 4, 3] and info["output_bytes"] == 2
    assert info["arena_bytes"] == 64 and info["runtime"] == "stream" and info["board"] == "tiny"
    assert re.fullmatch(r"[0-9a-f]{64}", info["model_sha256"])


def test_layers_have_names_and_ticks(program: Path) -> None:
    layers = json.loads(talk(program, "layers")[0][0])["layers"]
    assert [layer["name"] for layer in layers["layers"]] == ["invert", "average"]
    assert layers["tick_hz"] == 3000


CYCLES = """
#include "cycles.h"
bool tinyml_cycles_available(void) { return true; }
uint32_t tinyml_cycles_now(void) { return 0; }
uint32_t tinyml_cycles_hz(void) { return 1; }
void tinyml_cycles_describe(void) {}
"""
INIT = "if (arena_bytes < MODEL_ARENA_BYTES)"


@pytest.mark.parametrize(("inits", "ran"), [(9, True), (5, False), (4, False), (2, False)])
def test_cycles_say_whether_every_inference_ran(inits: int, ran: bool, tmp_path: Path) -> None:
    """Of the greeting, two inferences on all cores, two on one, and one for the layers, the first `inits` succeed."""
    (tmp_path / "cycles.c").write_text(CYCLES)
    text = (TINY / "model.c").read_text()
    assert INIT in text
    failing = f"static int inits;\n    if (++inits > {inits})\n        return TM_ERROR_ARENA;\n    {INIT}"
    (tmp_path / "model.c").write_text(text.replace(INIT, failing))
    replaced = {"cycles.c": tmp_path / "cycles.c", "model.c": tmp_path / "model.c"}
    program = compile_tiny(tmp_path, camera="emulated", replaced=replaced)
    answer = json.loads(talk(program, "cycles")[0][0])["cycles"]
    assert answer["ran"] == ran
    assert ("one_core" in answer) == (inits > 4) and len(answer["layers"]) == (2 if ran else 0)


def test_cycles_where_there_are_none(program: Path) -> None:
    answer = json.loads(talk(program, "cycles")[0][0])["cycles"]
    assert answer == {"available": False, "why": "this board executes instructions, and counts no cycles"}


def test_selftest_passes(program: Path) -> None:
    report = json.loads(talk(program, "selftest")[0][0])["selftest"]
    assert report == {"goldens": 1, "model": True, "colours": True, "pass": True}


def test_selftest_names_the_layer_with_a_flipped_weight(tmp_path: Path) -> None:
    program = compile_tiny(tmp_path, "-DINVERT_MASK=0xfe", camera="emulated")
    report = json.loads(talk(program, "selftest")[0][0])["selftest"]
    assert not report["pass"] and not report["model"]
    assert (report["golden"], report["layer"], report["name"]) == (0, 0, "invert")
    assert report["expected"] != report["got"]


def test_detect_classifies(program: Path) -> None:
    """Without a load an emulated board sees its golden input; with one, what was loaded."""
    seen = json.loads(talk(program, "detect")[0][0])["detect"]
    assert seen["label"] == 'left "quoted"' and seen["probabilities"] == [0.555, 0.516]
    *_, line = talk(program, *load(bytes([10, 0, 200] * 16)), "detect")
    seen = json.loads(line[0])["detect"]
    assert seen["label"] == 'left "quoted"' and seen["probabilities"] == [0.957, 0.215]


def test_detect_finds_objects(tmp_path: Path) -> None:
    program = compile_tiny(tmp_path, "-DTINY_TASK=TASK_DETECT", camera="emulated")
    commands = [command for value in (10, 200) for command in (*load(bytes([200, 0, value] * 16)), "detect")]
    lines = [answer[0] for answer in talk(program, *commands) if answer and answer[0].startswith("{")]
    here, nothing = (json.loads(line)["detect"] for line in lines)
    expected = {"label": 'left "quoted"', "x": 0.5, "y": 0.5, "score": 0.957, "cells": 1}
    assert here["objects"] == [expected] and here["count"] == 1
    assert nothing["objects"] == [] and nothing["count"] == 0


def test_stream(program: Path) -> None:
    """Pictures between commands, until it is switched off; every command is still answered by one m-ready."""
    import subprocess

    process = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin and process.stdout
    process.stdin.write(b"stream on%")
    process.stdin.close()  # the tiny board reads the end of its input as silence, and streams until it is told
    lines = [process.stdout.readline() for _ in range(40)]
    process.kill()
    process.wait()
    assert sum(line.startswith(b'{"detect":') for line in lines) >= 30
    assert sum(line == b"m-ready\r\n" for line in lines) == 2  # the greeting's, and that of `stream on`


def test_help_lists_every_command_once(program: Path) -> None:
    names = [re.match(r"[a-z]+", line)[0] for line in talk(program, "help")[0]]
    assert len(names) == len(set(names))
    for name in names:  # none of them is unknown
        assert "Unknown" not in str(talk(program, name)[0]), name


def test_the_docs_have_the_table_of_commands(program: Path) -> None:
    documented = {}
    text = (ROOT / "docs" / "protocol.md").read_text()
    for line in text.split("## Commands")[1].split("\n## ")[0].splitlines():
        if match := re.match(r"\| `([^`]+)` \| ([^|]+?) \|", line):
            documented[match[1].replace("\\", "")] = match[2]
    told = dict(line.split(": ", 1) for line in talk(program, "help")[0])
    assert told == documented
