"""What a study found: the networks that none beats in every respect, what mattered, and what was rejected and why."""

from collections import Counter
from dataclasses import dataclass

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from tinyml.boards import load_board
from tinyml.contracts.tuning import Network, NetworkCost, StudyFound
from tinyml.inference.metrics import MAIN_METRIC
from tinyml.tuning.objective import COST, REJECTED, SAME, STOPPED
from tinyml.tuning.search import Search
from tinyml.tuning.storage import search_of
from tinyml.tuning.workers import is_trained

FEWEST_FOR_IMPORTANCE = 8


@dataclass(frozen=True)
class Found:
    """One network of a study: its trial's number, settings, score on held-out pictures and cost."""

    number: int
    settings: dict[str, object]  # of TrainConfig
    score: float
    cost: NetworkCost
    in_front: bool = False

    def as_dict(self) -> Network:
        """Return plain data for JSON."""
        return {
            "number": self.number,
            "settings": self.settings,
            "score": self.score,
            "cost": self.cost,
            "in_front": self.in_front,
        }


@dataclass(frozen=True)
class Findings:
    """A study as it stands."""

    name: str
    search: Search
    networks: list[Found]  # trained to the end, by predicted latency
    counts: dict[str, int]  # trials by what became of them
    rejected: dict[str, int]  # reason: how many proposals; nothing was trained for them
    importances: dict[str, float]  # share of the score's differences that each setting explains
    seconds: float  # from the first trial's begin to the last one's end

    @property
    def metric(self) -> str:
        """What the score is."""
        return MAIN_METRIC[self.search.space.task]

    @property
    def front(self) -> list[Found]:
        """The networks that no other beats in every respect."""
        return [one for one in self.networks if one.in_front]

    @property
    def limits(self) -> dict[str, float]:
        """The board's limits: bytes by region, and of the latency where there is one."""
        regions = {
            region.name: float(region.usable_bytes) for region in load_board(self.search.board).regions
        }
        return regions | ({"latency_ms": self.search.limit_ms} if self.search.limit_ms else {})

    def as_dict(self) -> StudyFound:
        """Return plain data for JSON."""
        return {
            "study": self.name,
            "search": self.search.as_dict(),
            "metric": self.metric,
            "front": [one.as_dict() for one in self.front],
            "networks": [one.as_dict() for one in self.networks],
            "counts": self.counts,
            "rejected": self.rejected,
            "importances": self.importances,
            "seconds": self.seconds,
        }


def findings(study: optuna.Study) -> Findings:
    """Return what a study has found so far."""
    search = search_of(study)
    trials = study.get_trials(deepcopy=False)
    own = [trial for trial in trials if trial.state == TrialState.COMPLETE and SAME not in trial.user_attrs]
    best = {trial.number for trial in own if not any(dominates(other, trial) for other in own)}
    networks = [
        Found(
            trial.number,
            search.space.settings(trial.params),
            trial.values[0],
            trial.user_attrs[COST],
            trial.number in best,
        )
        for trial in own
        if trial.values is not None
    ]
    return Findings(
        study.study_name,
        search,
        sorted(networks, key=lambda one: (one.cost["latency_ms"] or 0, one.cost["ram_bytes"])),
        counts_of(trials),
        dict(
            Counter(reason for trial in trials for reason in trial.user_attrs.get(REJECTED, ())).most_common()
        ),
        importances_of(study, own),
        seconds_of(trials),
    )


def dominates(one: FrozenTrial, other: FrozenTrial) -> bool:
    """Return whether a trial is as good as another one in every respect, and better in one: the first value is a score."""
    assert one.values is not None and other.values is not None
    mine = [-one.values[0], *one.values[1:]]
    theirs = [-other.values[0], *other.values[1:]]
    return mine != theirs and all(a <= b for a, b in zip(mine, theirs, strict=True))


def counts_of(trials: list[FrozenTrial]) -> dict[str, int]:
    """Return how many trials came to which end."""
    return {
        "proposals": len(trials),
        "rejected": sum(REJECTED in trial.user_attrs for trial in trials),
        "trained": sum(is_trained(trial) for trial in trials),
        "stopped": sum(STOPPED in trial.user_attrs for trial in trials),
        "repeated": sum(SAME in trial.user_attrs for trial in trials),
        "failed": sum(trial.state == TrialState.FAIL for trial in trials),
        "running": sum(not trial.state.is_finished() for trial in trials),
    }


def importances_of(study: optuna.Study, own: list[FrozenTrial]) -> dict[str, float]:
    """Return what each setting explains of the score, the most first; {} where there are too few networks to tell."""
    if len(own) < FEWEST_FOR_IMPORTANCE:
        return {}
    copy = optuna.create_study(direction="maximize")
    for trial in own:
        assert trial.values is not None
        copy.add_trial(
            optuna.create_trial(value=trial.values[0], params=trial.params, distributions=trial.distributions)
        )
    try:
        return get_param_importances(copy, evaluator=PedAnovaImportanceEvaluator())
    except (ValueError, RuntimeError):  # all scores alike
        return {}


def seconds_of(trials: list[FrozenTrial]) -> float:
    """Return how long a study took, pauses included."""
    begun = [trial.datetime_start for trial in trials if trial.datetime_start]
    ended = [trial.datetime_complete for trial in trials if trial.datetime_complete]
    return (max(ended) - min(begun)).total_seconds() if begun and ended else 0.0
