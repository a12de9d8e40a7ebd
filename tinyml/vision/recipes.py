"""Recipes: published setups as data. A recipe is a run's config.toml with a table [recipe] that says where it is from."""

import copy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import cast

from tinyml.boards import load_board
from tinyml.contracts import Accuracy, Benchmark, Budget, Metrics, Plan, read_checked, typed
from tinyml.contracts.recipes import ExportedRow, Reproduced, Results
from tinyml.errors import TinymlError
from tinyml.files import sha256, write_json
from tinyml.paths import ExportFiles, RunFiles, read_toml
from tinyml.vision.config import TrainConfig, from_table, read_config

FOLDER = Path(__file__).parent / "recipes"
RESULTS = FOLDER / "results.json"  # what was reproduced; `tinyml recipes --record RUN` writes it
ELSEWHERE = (  # settings that a row gives under their own names, or that are the data's or the task "detect"'s
    *(
        "recipe",
        "dataset",
        "data",
        "task",
        "classes",
        "mixed",
        "mean",
        "std",
        "weights",
        "seed",
        "subset",
        "teacher",
    ),
    *("thresholds", "cover", "rim", "object_weight", "soft_f1"),
)
PRECISIONS = ("float32", "float16", "int8")


@dataclass
class About:
    """The table [recipe]: what the setup is and what was published about it."""

    title: str = ""
    base: str = ""  # the recipe whose settings this one starts from
    precision: str = "float32"  # of the file that the published setup ends in: "float32", "float16" or "int8"
    differs: str = ""  # from the published setup, where it does
    # Published figures by their names: accuracy, float16_accuracy, parameters, flops, ...; shares are from 0 to 1.
    published: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A recipe as it is used: its name, what it is, and the settings of its runs as a TOML table."""

    name: str
    about: About
    table: dict[str, object]

    @property
    def config(self) -> TrainConfig:
        """The configuration that a run of this recipe starts from."""
        return from_table(copy.deepcopy(self.table), f"recipe {self.name}")


def recipe_names() -> list[str]:
    """Return the names of all recipes, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """Return a recipe by its name; raises TinymlError where there is none or a key is wrong."""
    if name not in recipe_names():
        raise TinymlError(f"no recipe called '{name}'", cure=f"recipes: {', '.join(recipe_names())}")
    path = FOLDER / f"{name}.toml"
    table = read_toml(path)
    about = typed(table.pop("recipe", {}), About, f"{path}: recipe")
    if about.base:
        table = load_recipe(about.base).table | table
    recipe = Recipe(name, about, table | {"recipe": name})
    _ = recipe.config  # a wrong key is reported here, not after the data were read
    return recipe


def results() -> list[Reproduced]:
    """Return what was reproduced, one row per run, as `record` wrote it."""
    return read_checked(RESULTS, Results)["runs"] if RESULTS.is_file() else []


def record(run: Path, note: str = "") -> Reproduced:
    """Add a finished run of a recipe to results.json and return its row.

    The row has the figures of metrics.json and of the run's exports, what they were measured with, in which settings the
    run departs from the recipe, and `note`: whatever else must be said about how the run came about.
    """
    from tinyml.vision.complexity import training_bytes

    config, metrics = read_config(RunFiles(run).config), read_checked(RunFiles(run).metrics, Metrics)
    if not config.recipe:
        raise TinymlError(f"{run} follows no recipe", cure="train it with --recipe NAME; see tinyml recipes")
    row: Reproduced = {
        "run": run.resolve().name,
        "recipe": config.recipe,
        "figures": {
            "accuracy": metrics["test"]["accuracy"],
            "loss": metrics["test"]["loss"],
            "parameters": metrics["parameters"],
            "training_bytes": training_bytes(config),
        },
        "test_pictures": metrics["test"]["pictures"],
        "data": metrics["data"]["title"],
        "remark": metrics["data"]["remark"],
        "epochs": len(metrics["history"]),
        "subset": config.subset,
        "seed": config.seed,
        "weights": Path(config.weights).name,
        "teacher": Path(config.teacher).name,
        "train_seconds": metrics["train_seconds"],
        "device": metrics["device"],
        "changed": changes(config, load_recipe(config.recipe).config),
        "note": note,
        "exports": exports(run),
    }
    rows = [row, *(old for old in results() if old["run"] != row["run"])]
    write_json(RESULTS, {"runs": sorted(rows, key=lambda row: (row["recipe"], row["run"]))})
    return row


def changes(config: TrainConfig, recipe: TrainConfig) -> dict[str, object]:
    """Return the settings in which a run differs from its recipe, by names such as "augment.mixup"."""
    own, wanted = settings(config), settings(replace(recipe, mixed=config.mixed))
    return {name: value for name, value in own.items() if value != wanted.get(name)}


def settings(config: TrainConfig) -> dict[str, object]:
    """Return all settings that change what is learned, under one name each; a table of blocks is one setting."""
    flat: dict[str, object] = {}
    for name, value in asdict(config).items():
        rows = {"augment": [value], "phases": value}.get(name)
        for number, row in enumerate(rows or [], 1):
            prefix = f"{name}.{number}" if name == "phases" else name
            flat |= {f"{prefix}.{key}": setting for key, setting in row.items()}
        if rows is None and name not in ELSEWHERE:
            flat[name] = value
    if config.task == "classify" and not config.mixed:
        del flat["augment.mosaic"]  # only the class of several things would show in a mosaic
    return flat


def exports(run: Path) -> list[ExportedRow]:
    """Return a row for each real board that the run was exported for, with the instructions counted on emulated ones.

    Instructions count where the emulated board ran the same int8 file, byte for byte.
    """
    made = [files for files in RunFiles(run).exports() if files.accuracy.is_file()]
    benchmarks = [
        files.benchmark
        for files in made
        if files.board_name.endswith("_emulated") and files.benchmark.is_file()
    ]
    counted, rows = [read_checked(path, Benchmark) for path in benchmarks], []
    for files in made:
        if not load_board(files.board_name).emulated:
            row = exported(files)
            digest = sha256(files.int8) if files.int8.is_file() else ""
            row["instructions"] = {
                found["board"]: found["instructions_per_inference"]
                for found in counted
                if found["model_sha256"] == digest and "instructions_per_inference" in found
            }
            rows.append(row)
    return rows


def exported(files: ExportFiles) -> ExportedRow:
    """Return size and accuracy of each precision in an export folder, and what the compiled model needs on its board."""
    accuracy = read_checked(files.accuracy, Accuracy)
    stages = accuracy["stages"]
    row: ExportedRow = {
        "board": files.board_name,
        "pictures": accuracy["pictures"],
        "float_accuracy": stages["float"].get("accuracy"),
    }
    for precision in PRECISIONS:
        if files.tflite(precision).is_file():
            size, share = (
                files.tflite(precision).stat().st_size,
                stages[f"tflite_{precision}"].get("accuracy"),
            )
            row = cast(ExportedRow, {**row, f"{precision}_bytes": size, f"{precision}_accuracy": share})
    if files.plan.is_file():
        plan = read_checked(files.plan, Plan)
        row["ram_bytes"], row["macs"] = plan["ram_bytes"], plan["macs"]
    if files.budget.is_file():
        row["ok"] = read_checked(files.budget, Budget)["ok"]  # it fits the board
    return row
