"""What stands around a library's C files: the build files of each kind, the example, the page that says how to use it."""

from dataclasses import dataclass

from tinyml import __version__
from tinyml.conversion.c_source import numbers
from tinyml.conversion.library.picture import Picture

KINDS = ("c", "arduino", "esp-idf")
ARCHITECTURES = {"lx6": "esp32", "cortex_m4": "*", "portable": "*", "reference": "*"}


@dataclass(frozen=True)
class Known:
    """A known input of a model, its inputs one after the other, with the outputs, likewise; bytes."""

    inputs: bytes
    outputs: bytes
    pushed: int  # the number of the input that is pushed row by row; -1: none is
    judge: str  # whose outputs they are


@dataclass(frozen=True)
class Library:
    """A library's name, its C files, and what is told of it."""

    name: str
    kernels: str
    workers: int
    sources: dict[str, str]
    known: Known
    picture: Picture
    about: str  # which model it is
    single: bool = False  # one header, one C file


def files_of(library: Library, kind: str) -> dict[str, str]:
    """Return all files of a library by their paths; `kind`: one of KINDS."""
    name = library.name
    files = {f"src/{file}": text for file, text in library.sources.items()}
    files["README.md"] = readme(library, kind)
    test = {f"{name}_known.h": known_header(library)}
    if kind == "arduino":
        files["library.properties"] = properties(library)
        test["SelfTest.ino"] = f"{self_test(library)}\n{ARDUINO_MAIN.replace('NAME', name)}"
        return files | {f"examples/SelfTest/{file}": text for file, text in test.items()}
    if kind == "esp-idf":
        files |= component(library)
        test["main.c"] = f"#include <stdio.h>\n\n{self_test(library)}\n{IDF_MAIN.replace('NAME', name)}"
        return files | {f"examples/self_test/main/{file}": text for file, text in test.items()}
    files["CMakeLists.txt"] = cmake(library)
    test["self_test.c"] = f"#include <stdio.h>\n\n{self_test(library)}\n{C_MAIN.replace('NAME', name)}"
    return files | {f"test/{file}": text for file, text in test.items()}


def known_header(library: Library) -> str:
    """Return the header with a known input and what the model makes of it."""
    name, known = library.name, library.known
    return f"""/* A known input of {name}, and what {known.judge} makes of it. */
#include <stdint.h>

static const uint8_t {name}_known_input[] = {{
{numbers(known.inputs)}}};
static const uint8_t {name}_known_output[] = {{
{numbers(known.outputs)}}};
"""


def self_test(library: Library) -> str:
    """Return C that runs the model on the known input and counts the bytes that differ."""
    return (
        SELF_TEST.replace("PUSHED", str(library.known.pushed))
        .replace("UPPER", library.name.upper())
        .replace("NAME", library.name)
        .replace("JUDGE", library.known.judge)
    )


SELF_TEST = """/* Runs NAME on a known input and compares every byte of its outputs with JUDGE's. */
#include <string.h>

#include "NAME.h"
#include "NAME_known.h"

static UPPER_TM_ALIGNED_16 uint8_t arena[UPPER_ARENA_BYTES];
static NAME instance;

#if UPPER_TWO_ARENAS
/* On a board this one lies in slower RAM: heap_caps_aligned_alloc(16, UPPER_EXTERNAL_BYTES, MALLOC_CAP_SPIRAM). */
static UPPER_TM_ALIGNED_16 uint8_t external[UPPER_EXTERNAL_BYTES + 16];

static uint8_t *place(uint32_t offset) {
    return offset < UPPER_ARENA_BYTES ? arena + offset : external + (offset - UPPER_ARENA_BYTES);
}

static NAME_tm_status begin(void) {
    return NAME_init(&instance, arena, sizeof arena, external, sizeof external);
}
#else
static uint8_t *place(uint32_t offset) { return arena + offset; }
static NAME_tm_status begin(void) { return NAME_init(&instance, arena, sizeof arena); }
#endif

/* How many bytes differ; -1 where the model does not run. */
static int NAME_self_test(void) {
    const uint8_t *given = NAME_known_input;
    const uint8_t *pushed = NULL;
    const uint8_t *expected = NAME_known_output;
    int different = 0;
    NAME_tm_status status = begin();
    for (int i = 0; i < UPPER_INPUTS; given += NAME_inputs[i].bytes, i++) {
        if (i == PUSHED) {
            pushed = given;
        } else {
            memcpy(place(NAME_inputs[i].offset), given, NAME_inputs[i].bytes);
        }
    }
#if UPPER_INPUT_ROWS
    const uint32_t row_bytes = NAME_inputs[PUSHED].bytes / NAME_inputs[PUSHED].height;
    do {
        memcpy(NAME_input_row(&instance), pushed, row_bytes);
        pushed += row_bytes;
        status = NAME_push_row(&instance);
    } while (status == UPPER_TM_OK);
#else
    (void)pushed;
    status = NAME_run(&instance);
#endif
    for (int i = 0; i < UPPER_OUTPUTS; i++) {
        for (uint32_t at = 0; at < NAME_outputs[i].bytes; at++) {
            different += place(NAME_outputs[i].offset)[at] != *expected++;
        }
    }
    return status == UPPER_TM_DONE ? different : -1;
}
"""

C_MAIN = """int main(void) {
    const int different = NAME_self_test();
    printf("NAME: %d bytes differ\\n", different);
    return different != 0;
}
"""

IDF_MAIN = """void app_main(void) { printf("NAME: %d bytes differ\\n", NAME_self_test()); }
"""

ARDUINO_MAIN = """void setup() {
    Serial.begin(115200);
    Serial.print("NAME: ");
    Serial.print(NAME_self_test());
    Serial.println(" bytes differ");
}

void loop() {}
"""


def cmake(library: Library) -> str:
    """Return CMakeLists.txt of the plain C library, with its self test where it is built by itself."""
    name, code = library.name, _code(library)
    languages = "C ASM" if any(file.endswith(".S") for file in code) else "C"
    listed = "\n".join(f"  src/{file}" for file in code)
    threads = (
        f"find_package(Threads)\nif(Threads_FOUND)\n  target_link_libraries({name} PUBLIC Threads::Threads)\nendif()\n"
        if library.workers > 1
        else ""
    )
    return f"""cmake_minimum_required(VERSION 3.13)
project({name} {languages})

add_library({name} STATIC
{listed})
target_include_directories({name} PUBLIC src)
set_target_properties({name} PROPERTIES C_STANDARD 99)
{threads}
if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)
  enable_testing()
  add_executable({name}_self_test test/self_test.c)
  target_link_libraries({name}_self_test {name})
  add_test(NAME {name}_self_test COMMAND {name}_self_test)
endif()
"""


def component(library: Library) -> dict[str, str]:
    """Return the build files of an ESP-IDF component and of its example."""
    name = library.name
    listed = " ".join(f'"src/{file}"' for file in _code(library))
    targets = "targets:\n  - esp32\n" if library.kernels == "lx6" else ""
    return {
        "CMakeLists.txt": f'idf_component_register(SRCS {listed}\n                       INCLUDE_DIRS "src")\n',
        "idf_component.yml": f"version: {__version__}\ndescription: {name}, a neural network as plain C\n{targets}"
        'dependencies:\n  idf: ">=4.4"\n',
        "examples/self_test/CMakeLists.txt": "cmake_minimum_required(VERSION 3.16)\n"
        "include($ENV{IDF_PATH}/tools/cmake/project.cmake)\nproject(self_test)\n",
        "examples/self_test/main/CMakeLists.txt": 'idf_component_register(SRCS "main.c")\n',
        "examples/self_test/main/idf_component.yml": f'dependencies:\n  {name}:\n    version: "*"\n'
        "    override_path: ../../../\n",
    }


def properties(library: Library) -> str:
    """Return library.properties, by which the Arduino IDE knows the library."""
    name = library.name
    return f"""name={name}
version={__version__}
author=tinyml
maintainer=tinyml
sentence={name}, a neural network as plain C.
paragraph=Made by tinyml from {library.about}.
category=Data Processing
url=https://docs.arduino.cc/libraries
architectures={ARCHITECTURES[library.kernels]}
includes={name}.h
"""


def readme(library: Library, kind: str) -> str:
    """Return README.md: what it is, how it is built, how it is called."""
    name, upper = library.name, library.name.upper()
    build = {
        "c": "`cmake -B build && cmake --build build && ctest --test-dir build` builds it and runs its self test. In a project of\n"
        f"your own: `add_subdirectory({name})` and `target_link_libraries(... {name})`, or compile `src/*` with your own files.",
        "arduino": "In the Arduino IDE: Sketch, Include Library, Add .ZIP Library. The example SelfTest runs it on a known input.",
        "esp-idf": "Put this folder into your project's `components`. The project in `examples/self_test` runs it on a known input.",
    }[kind]
    return f"""# {name}

{library.about}, as plain C99 without an interpreter, made by tinyml {__version__}. Kernels: {library.kernels}.

{build}

```c
#include "{name}.h"

static {upper}_TM_ALIGNED_16 uint8_t arena[{upper}_ARENA_BYTES];
static {name} instance;
```

`{name}_init(&instance, arena, sizeof arena)` once; `{name}.h` says how inputs go in and outputs come out.
{with_pictures(library)}All names begin with `{name}_` or `{upper}_`.
"""


def with_pictures(library: Library) -> str:
    """Return the page's part on pictures and results; "" where the library knows nothing of them."""
    name, upper, picture = library.name, library.name.upper(), library.picture
    if not picture.tables:
        return ""
    result = {
        "classify": f"    puts({name}_labels[{name}_best_class(&instance)]);" if picture.labels else "",
        "detect": f"    {name}_tv_object objects[16];\n    int count = {name}_find_objects(&instance, objects, 16);",
    }.get(picture.task) or f"    use({name}_output(&instance));"
    return f"""A frame of any size, as a camera gives it:

```c
#include "{name}{"" if library.single else "_picture"}.h"

if ({name}_look(&instance, frame, 320, 240, {upper}_TV_RGB565_BIG) == {upper}_TM_DONE) {{
{result}
}}
```

The header also has the labels, and the input's byte for each pixel where you resize pictures yourself.
"""


def _code(library: Library) -> list[str]:
    return sorted(file for file in library.sources if file.endswith((".c", ".S")))
