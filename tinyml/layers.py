"""What is installed: tinyml's own layer, and the extras that add to it."""

from importlib.util import find_spec

from tinyml.errors import ToolchainError

# Of each extra, the modules that show that it is there.
EXTRAS = {
    "train": (
        "torch",
        "torchvision",
        "safetensors",
        "onnx",
        "onnxruntime",
        "onnx2tf",
        "tensorflow",
        "torchmetrics",
        "imagehash",
    ),
    "fetch": ("kagglehub",),
    "heic": ("pillow_heif",),
    "prune": ("torch_pruning",),
    "tensorboard": ("tensorboard",),
    "studio": ("starlette", "uvicorn"),
    "tune": ("optuna", "pg8000"),
}
ADDS = {
    "train": "training, evaluation, export and the search for pictures that are alike",
    "fetch": "data sets from Kaggle",
    "heic": ".heic pictures",
    "prune": "pruning",
    "tensorboard": "TensorBoard logs",
    "studio": "the local page",
    "tune": "the search for the best network",
}


def missing(extra: str) -> list[str]:
    """Return the modules of an extra that are not installed; nothing is imported."""
    return [name for name in EXTRAS[extra] if find_spec(name) is None]


def named(modules: list[str]) -> str:
    """Return the first modules of a list, and how many more there are."""
    more = f" and {len(modules) - 3} more" if len(modules) > 3 else ""
    return ", ".join(modules[:3]) + more


def require(extra: str, what: str) -> None:
    """Raise ToolchainError where `what` needs an extra that is not installed."""
    if absent := missing(extra):
        raise ToolchainError(
            f"{what} needs tinyml[{extra}], which is not installed (no {named(absent)})",
            cure=f"pip install 'tinyml[{extra}]'",
        )
