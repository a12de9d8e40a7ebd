"""What a network will cost on a board, before it is trained: RAM, flash, multiply-accumulates, predicted latency."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinyml.boards import Board, load_board
from tinyml.boards.budget import budget, planned_bytes
from tinyml.compiler.pipeline import plan_compiled, schedule_graph
from tinyml.contracts import Budget, Plan, Predicted
from tinyml.device.latency import REMARK, predict
from tinyml.device.memory import external_of, memory_of, needs_of, predicted_for
from tinyml.errors import TinymlError
from tinyml.vision.sketch import int8_graph

if TYPE_CHECKING:
    from tinyml.vision.config import TrainConfig

CLASSES = 3  # where nothing says how many


@dataclass(frozen=True)
class Estimate:
    """A network's cost on a board, from its architecture alone."""

    config: "TrainConfig"
    board: str
    plan: Plan  # as plan.json of an export
    budget: Budget  # as budget.json
    predicted: Predicted | None  # the latency; None where it cannot be predicted

    @property
    def latency_ms(self) -> float | None:
        """The predicted latency on all cores that the board's kernels use."""
        return self.predicted["cores"][-1]["latency_us"] / 1000 if self.predicted else None

    @property
    def ram_bytes(self) -> int:
        """RAM while the model runs, without constants that are kept there."""
        return int(self.plan["ram_bytes"])

    @property
    def constants_bytes(self) -> int:
        """Weights and all other constants, in flash."""
        return int(self.plan["weights_bytes"])

    @property
    def flash_bytes(self) -> int:
        """The whole firmware in flash."""
        return self._used("code")

    @property
    def fits(self) -> bool:
        """Whether every memory region of the board has room for its share."""
        return bool(self.budget["ok"])

    def _used(self, what: str) -> int:
        region = load_board(self.board).region_for(what).name
        return next(int(row["used_bytes"]) for row in self.budget["regions"] if row["region"] == region)

    def __str__(self) -> str:
        """The cost in one line."""
        latency = f", {self.latency_ms:,.1f} ms {REMARK}" if self.latency_ms is not None else ""
        over = [row["region"] for row in self.budget["regions"] if not row["ok"]]
        fits = f"does not fit, over in {', '.join(over)}" if over else "fits"
        return (
            f"on {self.board}: {self.plan['macs']:,} multiply-accumulates, {self.ram_bytes:,} bytes of RAM, "
            f"{self.constants_bytes:,} of constants{latency}; {fits}"
        )

    def as_dict(self) -> dict[str, object]:
        """Return plain data for JSON."""
        return {
            "board": self.board,
            "macs": self.plan["macs"],
            "ram_bytes": self.ram_bytes,
            "constants_bytes": self.constants_bytes,
            "flash_bytes": self.flash_bytes,
            "latency_ms": self.latency_ms,
            "fits": self.fits,
            "budget": self.budget,
            "predicted": self.predicted,
            "layers": self.plan["layers"],
        }


def estimate(
    board: Board | str = "esp32cam",
    *,
    recipe: str | None = None,
    config_file: Path | None = None,
    input_mode: str = "rows",
    ram_limit: int | None = None,
    psram: bool = False,
    reserve_heap_bytes: int = 0,
    **settings: Any,
) -> Estimate:
    """Return what the network of a configuration will cost on a board; nothing is trained, and no data are read.

    Settings are fields of TrainConfig, over a recipe's and a file's; `classes` may be their number. The other arguments
    are those of `export`, and the figures those that it will find, but for constants of channels whose requantization
    depends on their weights. Raises ModelError for a network that cannot be built.
    """
    from tinyml.paths import read_toml
    from tinyml.vision.config import from_table
    from tinyml.vision.recipes import load_recipe

    table: dict[str, object] = dict(load_recipe(recipe).table) if recipe else {}
    table |= read_toml(config_file) if config_file else {}
    table |= settings
    classes = table.get("classes") or CLASSES
    table["classes"] = list(map(str, range(classes))) if isinstance(classes, int) else classes
    return estimate_config(
        from_table(table, str(config_file or "the settings given")),
        board,
        input_mode=input_mode,
        ram_limit=ram_limit,
        psram=psram,
        reserve_heap_bytes=reserve_heap_bytes,
    )


def estimate_config(
    config: "TrainConfig",
    board: Board | str = "esp32cam",
    *,
    input_mode: str = "rows",
    ram_limit: int | None = None,
    psram: bool = False,
    reserve_heap_bytes: int = 0,
) -> Estimate:
    """Return what the network of a settled configuration will cost; raises TinymlError."""
    if not config.classes:
        raise TinymlError("a network without classes costs nothing", cure="name its classes")
    board = load_board(board) if isinstance(board, str) else board
    kernels, workers = board.compiler["kernels"], board.compiler["workers"]
    input_bytes = config.size * config.size * config.channels
    memory = memory_of(board, input_bytes, reserve_heap_bytes)
    compiled = schedule_graph(
        int8_graph(config),
        input_mode=input_mode,
        ram_limit=ram_limit,
        kernels=kernels,
        workers=workers,
        memory=memory,
    )
    external = external_of(board, input_bytes, psram)
    _, plan = plan_compiled(compiled, kernels, workers, memory, external)
    used = planned_bytes(board, **needs_of(plan, input_bytes), input_bytes=input_bytes)
    real = predicted_for(board)
    predicted = predict(real, plan) if real else None
    return Estimate(
        config,
        board.name,
        plan,
        budget(board, used, "plan"),
        predicted if credible(predicted, plan) else None,
    )


def credible(predicted: Predicted | None, plan: Plan) -> bool:
    """Return whether a prediction is possible: no kernel does more than one multiply-accumulate a cycle and core.

    The cycles of a layer are fitted to the shapes of typical networks, and may be anything far from them.
    """
    return predicted is not None and all(
        row["cycles"] * row["cores"] >= plan["macs"] for row in predicted["cores"]
    )
