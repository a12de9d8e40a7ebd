"""The C files of a library: the model's and the kernels that it calls, every name with the library's own prefix."""

import re
from collections.abc import Sequence
from pathlib import Path

from tinyml.paths import share_dir

PUBLIC = "tinyml_kernels.h"
VISION = "tinyml_vision"
CODE = (".c", ".S")
DEFAULT_KERNELS = "#define TM_KERNELS TM_PORTABLE\n"


def library_sources(name: str, generated: dict[str, str], kernels: str, workers: int) -> dict[str, str]:
    """Return the files of a library by name, headers and C and assembly: the model's `generated` ones and its kernels.

    Everything of ours that begins with tm_ or TM_, files included, begins with `name` instead: two such libraries, or one and
    tinyml's firmware, meet in one program without a clash. The kernels' variant is the default that it was compiled for.
    """
    library = share_dir("firmware") / "lib" / "tinyml_kernels"
    headers = {path.name: path.read_text(encoding="utf-8") for path in sorted(library.rglob("*.h"))}
    code = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(library.rglob("*"))
        if path.suffix in CODE and path.parent.name in ("reference", kernels, "workers")
    }
    wanted = generated | _called(code, " ".join(generated.values()), kernels, workers)
    files = _with_headers(wanted, headers)
    files[PUBLIC] = files[PUBLIC].replace(DEFAULT_KERNELS, f"#define TM_KERNELS TM_{kernels.upper()}\n")
    return {_file(file, name): renamed(text, name) for file, text in files.items()}


def header_of_vision(name: str) -> str:
    """Return the file that declares what `vision_sources` define."""
    return f"{name}_vision.h"


def vision_sources(name: str, wanted: Sequence[str]) -> dict[str, str]:
    """Return these files of tinyml_vision with its header, every name with the library's own prefix; {} for none."""
    library = share_dir("firmware") / "lib" / VISION
    files = {f"{name}_{file}": library / "src" / file for file in wanted}
    if files:
        files[header_of_vision(name)] = library / "include" / f"{VISION}.h"
    return {file: renamed(path.read_text(encoding="utf-8"), name, "tv") for file, path in files.items()}


def renamed(text: str, name: str, *prefixes: str) -> str:
    """Return a text with our prefixes, tm_ and these besides, replaced by `name`."""
    for ours in ("kernels", "vision", "vision_library"):
        text = re.sub(rf"\btinyml_{ours}\b", f"{name}_{ours}", text)
        text = re.sub(rf"\bTINYML_{ours.upper()}_H\b", f"{name.upper()}_{ours.upper()}_H", text)
    for prefix in ("tm", *prefixes):
        text = re.sub(rf"\b{prefix}_(?=\w)", f"{name}_{prefix}_", text)
        text = re.sub(rf"\b{prefix.upper()}_(?=\w)", f"{name.upper()}_{prefix.upper()}_", text)
    return text


def _file(file: str, name: str) -> str:
    file = renamed(file, name)
    return file if re.match(rf"{name}[._]", file) else f"{name}_{file}"


def _called(code: dict[str, str], text: str, kernels: str, workers: int) -> dict[str, str]:
    """Return those of the kernels' files that `text` calls, and what those call."""
    homes = {function: file for file, content in code.items() for function in _defined(file, content)}
    found: dict[str, str] = {}
    if workers > 1:
        found["tm_threads.c"] = code["tm_threads.c"]
    waiting = [text, *found.values()]
    while waiting:
        for word in sorted(set(re.findall(r"\btm_\w+", waiting.pop()))):
            for function in (word, f"{word}_{kernels}", f"{word}_reference"):
                if (file := homes.get(function)) and file not in found:
                    found[file] = code[file]
                    waiting.append(code[file])
                if function in homes and function != word:
                    break
    return found


def _defined(file: str, text: str) -> set[str]:
    """Return our names that a file of code defines for the linker."""
    if file.endswith(".S"):
        return set(re.findall(r"\btm_\w+", text))
    lines = [line for line in text.splitlines() if re.match(r"(?!static|typedef|extern)[A-Za-z]", line)]
    return set(re.findall(r"\btm_\w+(?=\(|,)", "\n".join(lines)))


def _with_headers(files: dict[str, str], headers: dict[str, str]) -> dict[str, str]:
    """Return the files with the headers of ours that they include, directly or not."""
    found, waiting = dict(files), [*files.values()]
    while waiting:
        for header in re.findall(r'#include "(\w+\.h)"', waiting.pop()):
            if header in headers and header not in found:
                found[header] = headers[header]
                waiting.append(headers[header])
    return found


def single_file(name: str, files: dict[str, str]) -> dict[str, str]:
    """Return `<name>.h` and `<name>.c` alone, out of a library's files without assembly.

    Names that are static in one file get that file's name, and its macros end with it.
    """
    header, picture = f"{name}.h", f"{name}_picture.h"
    done = {header, picture}
    whole = "".join(_inlined(files[file], files, done) for file in (header, picture))
    parts = [f'#include "{header}"\n', _inlined(files[f"{name}.c"], files, done)]
    for file in sorted(files):
        if file.endswith(".c") and file != f"{name}.c":
            parts.append(_inlined(_ended(_apart(files[file], Path(file).stem, name)), files, done))
    return {header: whole, f"{name}.c": "\n".join(parts)}


def _inlined(text: str, files: dict[str, str], done: set[str]) -> str:
    """Return a text with each of the library's headers in the place of its first inclusion, and without the others."""

    def content(match: re.Match[str]) -> str:
        file = match[1]
        if file not in files:
            return match[0]
        if file in done:
            return ""
        done.add(file)
        return _inlined(files[file], files, done)

    return re.sub(r'^#include "(\w+\.h)"\n', content, text, flags=re.MULTILINE)


def _apart(text: str, file: str, name: str) -> str:
    """Return the text of a C file with the names that only it knows made its own: statics, types and enumerators."""
    own = set(re.findall(r"^static [\w \*]*?\b(\w+)(?=\(|\[| =)", text, flags=re.MULTILINE))
    own |= set(re.findall(r"^typedef struct (\w+)", text, flags=re.MULTILINE))
    for content in re.findall(r"\benum (?:\w+ )?\{(.*?)\}", text, flags=re.DOTALL):
        plain = re.sub(r"/\*.*?\*/", "", content, flags=re.DOTALL)
        own |= {part.split("=")[0].strip() for part in plain.split(",") if part.strip()}
    for static in sorted(own):
        text = re.sub(rf"\b{static}\b", f"{file}_{static.removeprefix(f'{name}_')}", text)
    return text


def _ended(text: str) -> str:
    """Return the text of a C file with its own macros undefined at its end."""
    macros = sorted(set(re.findall(r"^#define (\w+)", text, flags=re.MULTILINE)))
    ours = [macro for macro in macros if not macro.endswith("_H") and "_TM_" not in macro]
    return text + "".join(f"#undef {macro}\n" for macro in ours)
