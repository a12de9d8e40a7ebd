"""From labelled pictures to a trained run."""

from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tinyml.boards import load_board
from tinyml.contracts.run import CrossValidation
from tinyml.data.archives import name_without_suffix
from tinyml.data.load import natural_task
from tinyml.errors import ModelError, TinymlError
from tinyml.layers import require
from tinyml.locks import sole_writer
from tinyml.paths import RunFiles, read_toml, runs_dir
from tinyml.progress import note
from tinyml.vision.config import Phase, TrainConfig, from_table
from tinyml.vision.presets import load_preset
from tinyml.workflow.estimate import estimate_config
from tinyml.workflow.presets import BEST, best_for, suggestion
from tinyml.workflow.run import Run, load_run

NETWORK = {"width", "cut", "context", "size", "blocks"}  # settings by which a user chooses a network


def train(
    dataset: Path | str,
    *,
    name: str | None = None,
    out: Path | None = None,
    recipe: str | None = None,
    preset: str | None = None,
    target: str = "esp32cam",
    config_file: Path | None = None,
    prune: str | None = None,
    epochs: int | None = None,
    resume: bool = False,
    skip_bad: bool = False,
    negatives: bool = False,
    overwrite: bool = False,
    **settings: Any,
) -> Run:
    """Train a network on a data set, given by its name or its folder, and return the run.

    The run lies in `out`, else under the folder of runs by `name`, the recipe's or the data set's. `recipe`: start from
    a published setup. `preset`: start from one of `tinyml presets`; "auto": of those that fit the board `target`, the
    one that finds the most. What the network costs there is told before training begins. `config_file`: settings as in
    a run's config.toml. `prune`: "RUN:SHARE", start from a trained run with this share of its multiply-accumulates cut
    away. `negatives`: take pictures without an annotation as pictures of nothing. `overwrite`: replace a finished run.
    `epochs`: of each phase. `settings`: fields of TrainConfig. Raises DataError for unusable pictures, TinymlError for
    settings that are unknown or wrong, for a run that is finished, and for one that another command trains, exports or
    removes.
    """
    require("train", "training")
    from tinyml.vision.run import train_run

    folder = run_folder(dataset, name, out, recipe)
    with sole_writer(folder):
        if RunFiles(folder).metrics.is_file() and not (overwrite or resume):
            raise TinymlError(
                f"{folder} holds a finished run",
                cure="give the new one another name with --name, or replace the old one with --overwrite",
            )
        config = configure(
            dataset,
            folder,
            recipe=recipe,
            preset=preset,
            target=target,
            config_file=config_file,
            prune=prune,
            epochs=epochs,
            resume=resume,
            **settings,
        )
        given = (preset, recipe, config_file, prune, resume, *(NETWORK & set(settings)))
        suggest = config.task == "detect" and not any(given)
        train_run(
            config, folder, resume, skip_bad, negatives, lambda settled: tell_cost(settled, target, suggest)
        )
    return Run(folder)


def tell_cost(config: TrainConfig, board: str, suggest: bool = False) -> None:
    """Say what a network will cost on a board, and if wished which preset finds more there.

    A network that only computers can run has no such cost.
    """
    if suggest and (said := suggestion(load_board(board))):
        note(said)
    with suppress(ModelError):
        note(f"before training, {estimate_config(config, board)}")


def cross_validate(
    dataset: Path | str,
    folds: int,
    *,
    name: str | None = None,
    out: Path | None = None,
    recipe: str | None = None,
    skip_bad: bool = False,
    negatives: bool = False,
    overwrite: bool = False,
    **options: Any,
) -> "CrossValidation":
    """Train `folds` times on the training set without one part, judge on that part, and return mean and spread.

    Makes no run, so there is nothing to `overwrite`.
    """
    require("train", "cross-validation")
    from tinyml.vision.held_out import cross_validate

    folder = run_folder(dataset, name, out, recipe)
    config = configure(dataset, folder, recipe=recipe, **options)
    return cross_validate(config, folds, skip_bad, negatives)


def run_folder(dataset: Path | str, name: str | None, out: Path | None, recipe: str | None) -> Path:
    """Return where a run will lie."""
    own = Path(dataset).resolve() if Path(dataset).exists() else None
    return out or runs_dir() / (name or recipe or (name_without_suffix(own) if own else str(dataset)))


def configure(
    dataset: Path | str,
    folder: Path,
    *,
    recipe: str | None = None,
    preset: str | None = None,
    target: str = "esp32cam",
    config_file: Path | None = None,
    prune: str | None = None,
    epochs: int | None = None,
    resume: bool = False,
    **settings: Any,
) -> TrainConfig:
    """Return a run's configuration: a recipe's or preset's settings, a pruned run's, a file's, `settings`; later ones win."""
    from tinyml.vision.recipes import load_recipe

    table: dict[str, object] = load_recipe(recipe).table if recipe else {}
    if preset:
        table |= preset_settings(preset, target)
    if prune and not resume:
        table |= pruned(prune, folder)
    table |= read_toml(config_file) if config_file else {}
    table |= {"dataset": str(dataset)} | settings
    if Path(dataset).exists():
        table["dataset"] = str(Path(dataset).resolve())
    data = table.get("data")
    folder_of_data = str(Path(data).resolve()) if isinstance(data, str | Path) else None
    if folder_of_data:
        table["data"] = folder_of_data
    if "task" not in table and not resume:
        table["task"] = natural_task(dataset, folder_of_data)
    if preset and table.get("task") == "classify":
        raise TinymlError(
            "presets are networks that find objects, and this is a training to classify pictures",
            cure="leave --preset out, or give pictures with boxes and --task detect",
        )
    config = from_table(table, str(config_file or "the settings given"))
    if epochs is not None:
        config.phases = [in_epochs(phase, epochs) for phase in config.phases]
    return config


def preset_settings(name: str, target: str) -> dict[str, object]:
    """Return a preset's settings as a table; "auto": of the one that finds the most on the board `target`."""
    preset = best_for(load_board(target)) if name == BEST else load_preset(name)
    if name == BEST:
        note(f"preset {preset.name}: of those that fit {target}, it finds the most")
    return {**preset.table, "phases": [{"epochs": preset.epochs}]}


def in_epochs(phase: Phase, epochs: int) -> Phase:
    """Return a phase of another number of epochs, over which an exponential schedule reaches the same final learning rate."""
    decay = phase.decay
    if phase.schedule == "exponential":
        decay **= phase.epochs / epochs
    return replace(phase, epochs=epochs, decay=decay)


def pruned(prune: str, folder: Path) -> dict[str, object]:
    """Prune the run that RUN:SHARE names and return the settings to train on with."""
    from tinyml.vision.prune import prune_run

    name, _, share = prune.rpartition(":")
    try:
        number = float(share)
    except ValueError:
        raise TinymlError(
            f"--prune {prune}: expected RUN:SHARE", cure="give a run and a share, such as cifar10:0.5"
        ) from None
    source = load_run(name)
    if source.folder.resolve() == folder.resolve():
        raise TinymlError(
            "the pruned run would overwrite its source", cure="give it another name with --name"
        )
    return asdict(prune_run(source.folder, number, folder))
