"""Compiled networks on this computer: built with the system's C compiler, called through ctypes."""

import atexit
import contextlib
import ctypes
import functools
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from tinyml.compiler.pipeline import compile_model
from tinyml.compiler.planning.external import External
from tinyml.contracts import Plan
from tinyml.errors import ModelError, ToolchainError
from tinyml.files import temporary_folder
from tinyml.paths import share_dir

TRACE = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_int8), ctypes.c_int
)
DONE = 1
LONGEST_COMPILATION_SECONDS = 1800  # of a model of millions of weights on a computer that has much else to do

# What the caller of the C functions needs to know about the struct and the macros, asked from the compiler itself.
# In one file with what was generated: the compiler starts once.
SHIM = """
#include "{name}.c"
#include <stddef.h>
const size_t host_facts[] = {{sizeof({name}), {upper}_ARENA_BYTES, {upper}_LAYERS, offsetof({name}, trace)}};
"""
NUMPY_TYPES = (np.int8, np.uint8, np.int16, np.int32, np.float32)  # as tm_type numbers them


class Edge(ctypes.Structure):
    """tm_edge of tinyml_kernels.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("type", ctypes.c_int),
        ("offset", ctypes.c_uint32),
        ("bytes", ctypes.c_uint32),
        *((extent, ctypes.c_uint16) for extent in ("height", "width", "channels")),
        ("scale", ctypes.c_float),
        ("zero_point", ctypes.c_int32),
    )

    @property
    def dtype(self) -> np.dtype:
        """The type of its values."""
        return np.dtype(NUMPY_TYPES[self.type])


def kernel_sources() -> tuple[Path, list[Path]]:
    """Return the kernels' include folder and the C files that a host build needs."""
    library = share_dir("firmware") / "lib" / "tinyml_kernels"
    sources = [*(library / "src" / "reference").glob("*.c"), *(library / "src" / "portable").glob("*.c")]
    return library / "include", sorted(sources)


class HostModel:
    """A `.tflite` model compiled to C and built for this computer; run it as often as you like.

    `plan` is its memory plan. `kernels` is "portable" or "reference"; `flags` are given to the C compiler, such as
    ("-O1", "-fsanitize=undefined"). Use it as a context, or call `close`.
    Raises ModelError where the model cannot be compiled, ToolchainError where the C compiler is missing or fails.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        input_mode: str = "frame",
        strips: int = 0,
        kernels: str = "portable",
        flags: Sequence[str] = ("-O2",),
        name: str = "model",
        external: External | None = None,
    ) -> None:
        self._kept = contextlib.ExitStack()
        self.folder = self._kept.enter_context(temporary_folder("host"))
        self.input_mode, self.name = input_mode, name
        self.plan: Plan = compile_model(
            path,
            self.folder,
            name=name,
            input_mode=input_mode,
            strips=strips,
            kernels=kernels,
            external=external,
        )
        library = ctypes.CDLL(str(build_shared(self.folder, name, kernels=kernels, flags=flags)))
        facts = (ctypes.c_size_t * 4).in_dll(library, "host_facts")
        state_bytes, self.arena_bytes, self.layer_count, self._trace_at = facts
        self.inputs, self.outputs = (
            list((Edge * len(self.plan[kind])).in_dll(library, f"{name}_{kind}"))
            for kind in ("inputs", "outputs")
        )
        self.input_bytes, self.output_bytes = (
            sum(edge.bytes for edge in edges) for edges in (self.inputs, self.outputs)
        )
        names = (ctypes.c_char_p * self.layer_count).in_dll(library, f"{name}_layer_names")
        self.layer_names = [(layer or b"").decode() for layer in names]
        self.library = library
        self._state = ctypes.create_string_buffer(state_bytes)
        self._memory = ctypes.create_string_buffer(self.arena_bytes + 16)
        arena = ctypes.addressof(self._memory)
        self._arena = ctypes.c_void_p(arena + -arena % 16)
        self._second: tuple[Any, ...] = ()  # the second arena: where it begins, and its bytes
        if psram := self.plan.get("psram"):
            self._outer_memory = ctypes.create_string_buffer(psram["bytes"] + 16)
            outer = ctypes.addressof(self._outer_memory)
            self._second = ctypes.c_void_p(outer + -outer % 16), ctypes.c_size_t(psram["bytes"])
        if input_mode == "rows":
            getattr(library, f"{name}_input_row").restype = ctypes.c_void_p
        self.start_over()

    def __enter__(self) -> "HostModel":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the files that were built."""
        self._kept.close()

    def start_over(self) -> None:
        """Forget all states: the next run is the first one."""
        status = self._call("init", self._arena, ctypes.c_size_t(self.arena_bytes), *self._second)
        if status != 0:
            raise ModelError(f"{self.name}_init returned {status}")

    def _address(self, offset: int) -> int:
        """Return where an offset of the tables of inputs and outputs lies."""
        if offset < self.arena_bytes:
            return (self._arena.value or 0) + offset
        return int(self._second[0].value) + offset - self.arena_bytes

    def _call(self, function: str, *arguments: Any) -> Any:
        return getattr(self.library, f"{self.name}_{function}")(self._state, *arguments)

    def run(
        self, values: np.ndarray, trace: Callable[[int, int, np.ndarray], None] | None = None
    ) -> np.ndarray:
        """Return the first output, flat, of the model with one input; as `run_all`."""
        return self.run_all([values], trace)[0]

    def run_all(
        self, inputs: Sequence[np.ndarray], trace: Callable[[int, int, np.ndarray], None] | None = None
    ) -> list[np.ndarray]:
        """Return the outputs, flat, each of its type, for inputs of any shape with the right number of bytes.

        `trace(layer, row, data)` is called after each row of each layer, the parts of a row in order.
        """
        given = [np.ascontiguousarray(values).view(np.int8).reshape(-1) for values in inputs]
        sizes, wanted = [one.size for one in given], [edge.bytes for edge in self.inputs]
        if sizes != wanted:
            raise ModelError(f"the inputs have {sizes} bytes, expected {wanted}")

        def traced(_user: Any, layer: int, row: int, data: Any, size: int) -> None:
            assert trace is not None
            trace(layer, row, np.ctypeslib.as_array(data, (size,)).copy())

        hook = TRACE(traced) if trace else TRACE(0)
        ctypes.memmove(
            ctypes.addressof(self._state) + self._trace_at, ctypes.byref(hook), ctypes.sizeof(ctypes.c_void_p)
        )
        pushed = [number for number, edge in enumerate(self.plan["inputs"]) if edge["by_rows"]]
        for number, (one, edge) in enumerate(zip(given, self.inputs, strict=True)):
            if number not in pushed:
                ctypes.memmove(self._address(edge.offset), one.ctypes.data, one.size)
        if not pushed:
            status = self._call("run")
        for number in pushed:
            row_bytes = self.inputs[number].bytes // self.inputs[number].height
            for row in range(self.inputs[number].height):
                at = given[number].ctypes.data + row * row_bytes
                ctypes.memmove(self._call("input_row"), at, row_bytes)
                status = self._call("push_row")
        if status != DONE:
            raise ModelError(f"{self.name} returned status {status}, expected {DONE}")
        return [
            np.frombuffer(ctypes.string_at(self._address(edge.offset), edge.bytes), edge.dtype).copy()
            for edge in self.outputs
        ]

    def layers(self, *inputs: np.ndarray) -> list[np.ndarray]:
        """Return what each layer computed for `inputs`, flat int8, in the order of `layer_names`."""
        parts: list[list[np.ndarray]] = [[] for _ in range(self.layer_count)]
        self.run_all(inputs, lambda layer, row, data: parts[layer].append(data))
        return [np.concatenate(part) for part in parts]


def c_compiler() -> str:
    """Return the system's C compiler (`CC` where it is set); raises ToolchainError."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        raise ToolchainError("no C compiler found", cure="install one: apt install gcc")
    return compiler


def compile_c(arguments: Sequence[str | Path]) -> None:
    """Run the C compiler; raises ToolchainError with its output."""
    command = [c_compiler(), "-std=c99", "-fPIC", *map(str, arguments)]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_COMPILATION_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise ToolchainError(
            f"the C compiler was stopped after {LONGEST_COMPILATION_SECONDS // 60} minutes",
            cure="try again when the computer has less to do, or with a smaller model",
        ) from error
    if result.returncode:
        raise ToolchainError(
            f"the C compiler failed:\n{result.stderr[:2000]}", cure="report this with the model"
        )


@functools.cache
def kernel_archive(flags: tuple[str, ...]) -> Path:
    """Build the kernels once in this process; return one relocatable object with all of them."""
    kept = contextlib.ExitStack()
    folder = kept.enter_context(temporary_folder("kernels"))
    atexit.register(kept.close)
    include, sources = kernel_sources()
    objects = []
    for number, source in enumerate(sources):
        objects.append(folder / f"{number}.o")
        compile_c([*flags, f"-I{include}", "-c", source, "-o", objects[-1]])
    target = folder / "kernels.o"
    compile_c(["-r", "-nostdlib", *objects, "-o", target])
    return target


def build_shared(folder: Path, name: str, *, kernels: str, flags: Sequence[str]) -> Path:
    """Build `<name>.c` of `folder` with the kernels into a shared library; raises ToolchainError."""
    include, _ = kernel_sources()
    shim = folder / f"{name}_host.c"
    shim.write_text(SHIM.format(name=name, upper=name.upper()))
    target = folder / f"{name}.so"
    choice = f"-DTM_KERNELS=TM_{kernels.upper()}"
    objects = [shim, kernel_archive(tuple(flags))]
    compile_c(["-shared", *flags, choice, f"-I{include}", f"-I{folder}", *objects, "-o", target])
    return target
