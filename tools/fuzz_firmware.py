"""Fuzz the firmware's command parser and frame path: libFuzzer under AddressSanitizer and UBSan, one million inputs.

    python tools/fuzz_firmware.py [--runs 1000000] [--seed 1]

Ends with 0 where nothing was found; an input that breaks something is left in build/fuzz/firmware/ with its report.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FIRMWARE = ROOT / "firmware"
TINY = FIRMWARE / "test" / "tiny"
INCLUDES = [
    FIRMWARE / "src",
    FIRMWARE / "include",
    FIRMWARE / "lib" / "tinyml_kernels" / "include",
    FIRMWARE / "lib" / "tinyml_vision" / "include",
    TINY,
]
SEEDS = [
    b"\x00name%profile%timestamp%help%",
    b"\x00db load 4%db 00112233%db print%infer 2 1%results%output%",
    b"\x08\x10\x10\x02abcdedetect%stream on%stream off%capture%",
    b"\x08\x03\x3f\x00abcdeselftest%layers%cycles%info%detect%",
]


def build(folder: Path) -> Path:
    """Compile the fuzzer; the sources but for serve.c, whose loop the fuzzer takes the place of."""
    compiler = shutil.which("clang-22") or shutil.which("clang")
    if compiler is None:
        sys.exit("fuzz_firmware: needs clang with its runtime libraries: tools/install_debian.sh")
    sources = [path for path in sorted((FIRMWARE / "src").glob("*.c")) if path.name != "serve.c"]
    sources += sorted((FIRMWARE / "lib" / "tinyml_vision" / "src").glob("*.c"))
    sources += [
        FIRMWARE / "src" / "plain" / "cycles.c",
        TINY / "model.c",
        TINY / "application.c",
        ROOT / "tests" / "fuzz" / "fuzz_firmware.c",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "fuzz_firmware"
    subprocess.run(
        [
            compiler,
            "-std=c11",
            "-g",
            "-O2",
            "-fsanitize=fuzzer,address,undefined",
            "-fno-sanitize-recover=all",
            *(f"-I{path}" for path in INCLUDES),
            *map(str, sources),
            "-o",
            str(program),
        ],
        check=True,
    )
    return program


def fuzz(folder: Path, runs: int, seed: int) -> int:
    """Run `runs` inputs, beginning with the seeds; return the fuzzer's exit status."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(SEEDS):
        (corpus / f"seed{number}").write_bytes(content)
    command = [
        str(build(folder)),
        f"-runs={runs}",
        f"-seed={seed}",
        "-max_len=256",
        "-print_final_stats=1",
        f"-dict={ROOT / 'tests' / 'fuzz' / 'firmware.dict'}",
        f"-artifact_prefix={folder}/",
        str(corpus),
    ]
    return subprocess.run(command).returncode


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "fuzz" / "firmware")
    options = parser.parse_args()
    sys.exit(fuzz(options.folder, options.runs, options.seed))


if __name__ == "__main__":
    main()
