"""Names reserved in C or C++: a model with one of them would not compile."""

import re

from tinyml.errors import TinymlError

C_NAME = r"[a-z][a-z0-9_]*"
LONGEST = 63  # significant characters of an internal identifier (C99, 5.2.4.1)
# Keywords of C99 to C23 and C++23 that are spelled in lower case, and what every program has already.
RESERVED = frozenset(
    [
        "alignas",
        "alignof",
        "and",
        "and_eq",
        "asm",
        "auto",
        "bitand",
        "bitor",
        "bool",
        "break",
        "case",
        "catch",
        "char",
        "char16_t",
        "char32_t",
        "char8_t",
        "class",
        "co_await",
        "co_return",
        "co_yield",
        "compl",
        "concept",
        "const",
        "const_cast",
        "consteval",
        "constexpr",
        "constinit",
        "continue",
        "decltype",
        "default",
        "delete",
        "do",
        "double",
        "dynamic_cast",
        "else",
        "enum",
        "explicit",
        "export",
        "extern",
        "false",
        "float",
        "for",
        "friend",
        "goto",
        "if",
        "inline",
        "int",
        "long",
        "mutable",
        "namespace",
        "new",
        "noexcept",
        "not",
        "not_eq",
        "nullptr",
        "operator",
        "or",
        "or_eq",
        "private",
        "protected",
        "public",
        "register",
        "reinterpret_cast",
        "requires",
        "restrict",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "static_assert",
        "static_cast",
        "struct",
        "switch",
        "template",
        "this",
        "thread_local",
        "throw",
        "true",
        "try",
        "typedef",
        "typeid",
        "typename",
        "typeof",
        "typeof_unqual",
        "union",
        "unsigned",
        "using",
        "virtual",
        "void",
        "volatile",
        "wchar_t",
        "while",
        "xor",
        "xor_eq",
        "main",
        "std",
        "linux",
        "unix",
        "errno",
        "stdin",
        "stdout",
        "stderr",
        "assert",
        "offsetof",
    ]
)
OURS = ("tm_", "tv_", "tinyml_")


def check_name(name: str) -> None:
    """Raise TinymlError where `name` cannot begin the C names of a model."""
    if not re.fullmatch(C_NAME, name) or len(name) > LONGEST:
        shown = name if len(name) <= LONGEST else f"{name[:20]}... ({len(name):,} characters)"
        raise TinymlError(
            f"'{shown}' cannot begin C names",
            cure=f"use lower-case letters, digits and _, beginning with a letter, {LONGEST} characters at most",
        )
    if name in RESERVED or re.fullmatch(
        r"u?int(_(least|fast))?\d+_t|u?int(max|ptr)_t|size_t|ptrdiff_t", name
    ):
        raise TinymlError(f"'{name}' already has a meaning in C or C++", cure=f"try --name {name}_model")
    if name.startswith(OURS):
        raise TinymlError(
            f"'{name}' starts like the names of tinyml's own functions",
            cure=f"do not begin with {', '.join(OURS)}",
        )
