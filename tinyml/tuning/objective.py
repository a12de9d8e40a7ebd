"""How one proposal is judged: its cost first, and only what fits the board is trained, a little and then more."""

import importlib
import statistics
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import optuna
from optuna.trial import FrozenTrial, TrialState

from tinyml.contracts.tuning import TrialCost
from tinyml.errors import ModelError, TinymlError
from tinyml.tuning.search import Search
from tinyml.vision.config import TrainConfig, from_table
from tinyml.workflow.estimate import Estimate, estimate_config

if TYPE_CHECKING:
    from tinyml.data.samples import Dataset

# Takes a configuration, epochs and how many held-out parts; returns F1 or accuracy on what was held out.
Trainer = Callable[[TrainConfig, int, int], float]
TRAINER = "tinyml.tuning.training:make"  # of a function that makes a Trainer of a Search and, where it was read, its data set
ARCHITECTURE = ("width", "cut", "context", "size", "channels", "head", "hidden", "blocks", "padding")
FEWEST_PEERS = 4  # before a network is given up for those that did better
REJECTED, SAME, COST, STOPPED = "rejected", "same_as", "cost", "stopped"


def level_key(level: int) -> str:
    """Return the attribute that holds a trial's score after a level of training."""
    return f"score_{level}"


def make_trainer(name: str, search: Search, dataset: "Dataset | None") -> Trainer:
    """Return the Trainer that a function called "module:function" makes; raises TinymlError where there is none such."""
    module, _, function = name.partition(":")
    try:
        found: Trainer = getattr(importlib.import_module(module), function)(search, dataset)
    except (ImportError, AttributeError) as error:
        raise TinymlError(f"no trainer called '{name}': {error}", cure=f"name one as {TRAINER} is") from error
    return found


class Objective:
    """What Optuna calls with each trial; returns its score, and what it costs in each respect that the search minds."""

    def __init__(self, search: Search, trainer: Trainer) -> None:
        self.search, self.trainer = search, trainer
        self.estimates: dict[
            str, Estimate
        ] = {}  # by architecture: settings of training cost nothing on the board

    def __call__(self, trial: optuna.Trial) -> tuple[float, ...]:
        search = self.search
        search.space.suggest(trial)
        config = from_table(search.table(search.space.settings(trial.params)), "the proposal")
        try:
            found = self._estimate(config)
        except ModelError as error:
            trial.set_constraint("network", 1.0)
            trial.set_user_attr(REJECTED, [error.what])
            raise optuna.TrialPruned from error
        cost = cost_of(found)
        trial.set_user_attr(COST, cost)
        for name, over in constraints_of(found, search).items():
            trial.set_constraint(name, over)
        if reasons := refusals(found, search):
            trial.set_user_attr(REJECTED, reasons)
            raise optuna.TrialPruned
        values = tuple(float(getattr(found, name)) for name in search.against)
        others = trial.study.get_trials(deepcopy=False)
        if twin := twin_of(trial, others):
            trial.set_user_attr(SAME, twin.number)
            if twin.values is None:
                raise optuna.TrialPruned
            return tuple(twin.values)
        score = 0.0
        for level, epochs in enumerate(search.levels):
            last = level == len(search.levels) - 1
            score = self.trainer(config, epochs, search.folds if last else 1)
            trial.set_user_attr(level_key(level), score)
            if not last and hopeless(score, level, cost, trial.study.get_trials(deepcopy=False)):
                trial.set_user_attr(STOPPED, epochs)
                raise optuna.TrialPruned
        return score, *values

    def _estimate(self, config: TrainConfig) -> Estimate:
        key = repr([getattr(config, name) for name in ARCHITECTURE])
        if key not in self.estimates:
            self.estimates[key] = estimate_config(config, self.search.board)
        return self.estimates[key]


def cost_of(found: Estimate) -> TrialCost:
    """Return what a study keeps of an estimate."""
    return {
        "latency_ms": found.latency_ms,
        "ram_bytes": found.ram_bytes,
        "constants_bytes": found.constants_bytes,
        "flash_bytes": found.flash_bytes,
        "macs": found.plan["macs"],
        "regions": {row["region"]: row["used_bytes"] for row in found.budget["regions"]},
    }


def refusals(found: Estimate, search: Search) -> list[str]:
    """Return why a network is not worth training, in words that are the same for all with the same reason."""
    reasons = [f"{row['region']} over its limit" for row in found.budget["regions"] if not row["ok"]]
    needed = search.limit_ms is not None or "latency_ms" in search.against
    if found.latency_ms is None and needed:
        reasons.append("latency cannot be predicted")
    elif search.limit_ms is not None and (found.latency_ms or 0) > search.limit_ms:
        reasons.append(f"slower than {search.limit_ms:g} ms")
    return reasons


def constraints_of(found: Estimate, search: Search) -> dict[str, float]:
    """Return how far a network is over each limit, in shares of the limit; negative where there is room."""
    over = {row["region"]: row["used_bytes"] / row["limit_bytes"] - 1 for row in found.budget["regions"]}
    if search.limit_ms is not None:
        over["latency"] = (found.latency_ms or 0) / search.limit_ms - 1
    return over


def twin_of(trial: optuna.Trial, others: Iterable[FrozenTrial]) -> FrozenTrial | None:
    """Return the trial before this one that has, or is just being given, the same network's training.

    Nothing would be learned by training it again. One whose worker has died has failed, or soon will and is run again.
    """
    for other in others:
        if other.number >= trial.number or other.params != trial.params or SAME in other.user_attrs:
            continue
        if other.state in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING):
            return other
    return None


def hopeless(score: float, level: int, cost: TrialCost, others: Iterable[FrozenTrial]) -> bool:
    """Return whether more than half of the networks that cost no more did better after the same training."""
    key, limit = level_key(level), cost["latency_ms"] or cost["macs"]
    peers = [
        other.user_attrs[key]
        for other in others
        if key in other.user_attrs
        and COST in other.user_attrs
        and (other.user_attrs[COST]["latency_ms"] or other.user_attrs[COST]["macs"]) < limit
    ]
    return len(peers) >= FEWEST_PEERS and score < statistics.median(peers)
