"""From labelled pictures to proven, budget-checked vision firmware for a microcontroller.

    import tinyml

    run = tinyml.train("fruit", epochs=20)             # a Run: its folder, its configuration, its figures
    export = tinyml.export(run, "esp32cam")            # ONNX, TFLite and C, compared stage by stage
    print(export.budget)                               # how much of each memory region it uses, before anything is built
    firmware = tinyml.build(run, "esp32_emulated")     # linked, and within the board's limits
    found = tinyml.benchmark(run, emulate="esp32_emulated")

Each name is loaded when it is first used: importing tinyml itself takes milliseconds. docs/api.md describes all of it.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinyml.compiler.check.verify import verify
    from tinyml.compiler.pipeline import compile_model
    from tinyml.errors import TinymlError
    from tinyml.inference.predictions import Prediction
    from tinyml.workflow.benchmark import benchmark
    from tinyml.workflow.build import build
    from tinyml.workflow.estimate import Estimate, estimate
    from tinyml.workflow.evaluate import evaluate
    from tinyml.workflow.export import export
    from tinyml.workflow.model import Model, load_model
    from tinyml.workflow.predict import predict
    from tinyml.workflow.run import Export, Run, load_run
    from tinyml.workflow.train import train

__version__ = "0.1.0"
__all__ = [
    "Estimate",
    "Export",
    "Model",
    "Prediction",
    "Run",
    "TinymlError",
    "benchmark",
    "build",
    "compile_model",
    "estimate",
    "evaluate",
    "export",
    "load_model",
    "load_run",
    "predict",
    "train",
    "verify",
]
_HOMES = {
    "Estimate": "tinyml.workflow.estimate",
    "Export": "tinyml.workflow.run",
    "Model": "tinyml.workflow.model",
    "Prediction": "tinyml.inference.predictions",
    "Run": "tinyml.workflow.run",
    "TinymlError": "tinyml.errors",
    "benchmark": "tinyml.workflow.benchmark",
    "build": "tinyml.workflow.build",
    "compile_model": "tinyml.compiler.pipeline",
    "estimate": "tinyml.workflow.estimate",
    "evaluate": "tinyml.workflow.evaluate",
    "export": "tinyml.workflow.export",
    "load_model": "tinyml.workflow.model",
    "load_run": "tinyml.workflow.run",
    "predict": "tinyml.workflow.predict",
    "train": "tinyml.workflow.train",
    "verify": "tinyml.compiler.check.verify",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tinyml' has no attribute '{name}'")
    value = globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
