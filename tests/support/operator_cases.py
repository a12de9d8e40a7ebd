"""The cases of tests/cases: one model of a few operators each."""

import tomllib
from pathlib import Path
from typing import Any

from support.recurrent import RecurrentBuilder
from support.tflite_builder import ModelBuilder, Tensor

FOLDER = Path(__file__).parent.parent / "cases"
CASES = {
    f"{file.stem}: {case['name']}": case
    for file in sorted(FOLDER.glob("*.toml"))
    for case in tomllib.loads(file.read_text())["case"]
}


def apply(b: ModelBuilder, first: Tensor, x: Tensor, step: dict[str, Any]) -> Tensor | list[Tensor]:
    """Append one step of a case to `x`; return its output, or all of several."""
    step = dict(step)
    call = step.pop("call")
    if "op" in step:
        op = step.pop("op")
        like = {"like": x} if step.pop("like", False) else {}
        return getattr(b, call)(op, x, **like, **step)
    if "branches" in step:
        parts = [
            b.conv(x, channels, (1, 1), like=x) if channels != x.shape[3] else b.max_pool(x, (1, 1), (1, 1))
            for channels in step.pop("branches")
        ]
        return getattr(b, call)(parts, **step)
    if "other" in step:
        step.pop("other")
        return getattr(b, call)(first, x, **step)
    if "values" in step:
        return getattr(b, call)(x, b.values(step.pop("values")), **step)
    return getattr(b, call)(x, **step)


def network(case: dict[str, Any]) -> bytes:
    """Build the case's .tflite file."""
    b = RecurrentBuilder(seed=1)
    quantization = {key: case[key] for key in ("scale", "zero_point") if key in case}
    make = b.float_input if "float_input" in case else b.input
    first = x = make(case.get("float_input") or case["input"], **quantization)
    for step in case["steps"]:
        made = apply(b, first, x, step)
        x = made[-1] if isinstance(made, list) else made
    return b.finish(x)
