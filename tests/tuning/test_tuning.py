"""The search: proposals that do not fit cost nothing, nothing is trained twice, and a study says what it holds."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from click.testing import CliRunner
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy.exc import OperationalError
from support.simulated_training import LOG, TRAINER
from support.untrained_run import write_noise_run

from tinyml.commands.tune.show import show_command
from tinyml.data import load_dataset
from tinyml.errors import TinymlError
from tinyml.files import read_json
from tinyml.report.page import build_page
from tinyml.tuning.objective import COST, REJECTED, Objective, hopeless
from tinyml.tuning.search import Search
from tinyml.tuning.space import Space
from tinyml.tuning.storage import PatientStorage, address_of, open_storage, without_password
from tinyml.tuning.take import take
from tinyml.tuning.training import make
from tinyml.tuning.tune import open_study, show, tune, write_picture
from tinyml.vision.config import from_table

SMALL: dict[str, Any] = {
    "study": "small", "trainer": TRAINER, "trials": 6, "proposals": 30, "seed": 3, "epochs": (1, 2),
    "widths": [0.1, 0.2, 1.0], "sizes": [32, 48], "cuts": [3, 5], "heads": [8, 16], "limit_ms": 12.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_noise_run(tmp_path_factory.mktemp("noise")) / "data"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TINYML_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    monkeypatch.setenv("TINYML_SIMULATED_CHECK", "1")
    return tmp_path


def trainings(runs: Path) -> list[dict[str, Any]]:
    """Return what was trained, in order."""
    path = runs / "log"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def test_a_study_from_its_first_proposal_to_its_front(runs: Path, data: Path) -> None:
    found = tune(data, **SMALL)
    trials = open_study("small").get_trials()
    assert found.counts["trained"] == 6 and found.counts["running"] == found.counts["failed"] == 0
    assert found.counts["proposals"] == len(trials) <= 30
    firsts = [one for one in trainings(runs) if one["epochs"] == 1]
    assert len(firsts) == 6, "each network is trained once"
    for trial in trials:
        if REJECTED in trial.user_attrs:
            assert trial.state == TrialState.PRUNED and "score_0" not in trial.user_attrs
    stored = {trial.number: trial.values for trial in trials if trial.state == TrialState.COMPLETE}
    for one in found.networks:
        assert stored[one.number] == [one.score, one.cost["latency_ms"], one.cost["ram_bytes"]]

    def betters(a: list[float], b: list[float]) -> bool:
        return a != b and a[0] >= b[0] and a[1] <= b[1] and a[2] <= b[2]

    front = {n for n, a in stored.items() if not any(betters(b, a) for b in stored.values())}
    assert {tuple(stored[one.number]) for one in found.front} == {tuple(stored[n]) for n in front}
    assert all(one.cost["latency_ms"] <= 12 for one in found.networks)

    again = tune(data, **SMALL)
    assert again.counts == found.counts, "a study that is over stays as it is"
    more = tune(data, **SMALL | {"trials": 8})
    assert more.counts["trained"] == 8 and len([t for t in trainings(runs) if t["epochs"] == 1]) == 8


def test_what_is_over_a_limit_is_never_trained(runs: Path, data: Path) -> None:
    found = tune(data, **SMALL | {"proposals": 12, "limit_ms": 0.001})
    assert found.counts["rejected"] == found.counts["proposals"] == 12 and not trainings(runs)
    assert found.rejected["slower than 0.001 ms"] > 0 and not found.networks
    with pytest.raises(TinymlError, match="no trained network yet"):
        write_picture(found, runs / "front.svg")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_proposals_and_no_training_of_what_does_not_fit(runs: Path, data: Path) -> None:
    """The whole space on the ESP32-CAM; the simulated training itself refuses a network that is over a limit."""
    found = tune(data, study="wide", trainer=TRAINER, trials=200, proposals=200, limit_ms=60.0, epochs=(1, 4))
    study = open_study("wide")
    number = 0
    for trial in study.get_trials():
        cost, reasons = trial.user_attrs.get(COST), trial.user_attrs.get(REJECTED)
        fits = cost is not None and (cost["latency_ms"] or 1e9) <= 60
        assert fits or reasons, "what does not fit is rejected"
        assert not (reasons and "score_0" in trial.user_attrs), "what is rejected is not trained"
        number += bool(reasons)
    assert number == found.counts["rejected"] > 20 and found.counts["proposals"] == 200
    assert len([one for one in trainings(runs) if one["epochs"] == 1]) == found.counts["trained"]
    print(found.counts, found.rejected)


def test_a_study_is_joined_only_with_its_own_data_and_options(runs: Path, data: Path, tmp_path: Path) -> None:
    tune(data, **SMALL | {"trials": 1})
    with pytest.raises(TinymlError, match="another choice of limit_ms"):
        tune(data, **SMALL | {"limit_ms": 13.0})
    other = write_noise_run(tmp_path / "other") / "data"
    next(other.glob("train/*/0.png")).unlink()
    with pytest.raises(TinymlError, match="pictures or labels"):
        tune(other, **SMALL)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sampler": "luck"},
        {"against": ["beauty"]},
        {"epochs": (4, 2)},
        {"sizes": []},
        {"trainer": "no.such:thing"},
    ],
)
def test_wrong_choices_are_one_message(runs: Path, data: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(TinymlError) as caught:
        tune(data, **SMALL | wrong)
    assert caught.value.cure


def test_an_unknown_study_names_the_known_ones(runs: Path, data: Path) -> None:
    tune(data, **SMALL | {"trials": 1})
    with pytest.raises(TinymlError) as caught:
        show("smal")
    assert "small" in caught.value.cure


def test_the_trial_of_a_dead_worker_is_run_again(runs: Path, data: Path) -> None:
    """What is left of a worker that was killed: a trial that runs, and a heartbeat of long ago."""
    tune(data, **SMALL | {"trials": 2})
    study = open_study("small")
    with pytest.warns(UserWarning, match="Heartbeat"):
        left = study.ask()
    Space.of("classify", **{key: SMALL[key] for key in ("widths", "sizes", "cuts", "heads")}).suggest(left)
    study._storage.record_heartbeat(left._trial_id)  # type: ignore[attr-defined]
    with sqlite3.connect(runs / "runs" / "studies" / "small.db") as database:
        database.execute("UPDATE trial_heartbeats SET heartbeat = '2020-01-01 00:00:00'")
    found = tune(data, **SMALL | {"trials": 4})
    trials = open_study("small").get_trials()
    assert trials[left.number].state == TrialState.FAIL and found.counts["running"] == 0
    retried = [trial for trial in trials if trial.system_attrs.get("failed_trial") == left.number]
    assert len(retried) == 1 and retried[0].params == left.params and retried[0].state.is_finished()


def test_a_database_that_is_away_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = open_storage(f"sqlite:///{tmp_path}/study.db")
    study = optuna.create_study(storage=storage)
    real, calls = RDBStorage.get_all_trials, []

    def away(self: RDBStorage, *arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) < 3:
            raise OperationalError("SELECT", {}, ConnectionError("gone"))
        return real(self, *arguments, **options)

    from tinyml.tuning.storage import _patient

    monkeypatch.setattr(PatientStorage, "get_all_trials", _patient(away))
    assert storage.get_all_trials(study._study_id) == [] and len(calls) == 3
    monkeypatch.setattr(PatientStorage, "patience_s", 0.0)
    calls.clear()
    with pytest.raises(OperationalError):
        storage.get_all_trials(study._study_id)


def test_an_address_is_shown_without_its_password_and_gets_the_driver() -> None:
    assert address_of("x", "postgresql://me:secret@host/db") == "postgresql+pg8000://me:secret@host/db"
    assert without_password("postgresql://me:secret@host/db") == "postgresql://me@host/db"
    assert without_password("sqlite:///a.db") == "sqlite:///a.db"


def test_a_storage_that_cannot_be_reached_is_one_message() -> None:
    with pytest.raises(TinymlError, match="cannot be used") as caught:
        open_storage("nosuch://me:secret@host/db")
    assert "secret" not in caught.value.what


def test_a_choice_is_a_configuration_and_a_search_survives_its_study() -> None:
    space = Space.of("detect", channels=[1, 3], training=True)
    search = Search("fruit", "0", "esp32cam", ("a", "b"), space, settings={"augment": {"flip": False}})
    assert Search.from_dict(json.loads(json.dumps(search.as_dict()))) == search and space.count > 1000
    study = optuna.create_study()
    for _ in range(20):
        trial = study.ask()
        space.suggest(trial)
        config = from_table(search.table(space.settings(trial.params)))
        assert config.task == "detect" and config.phases[0].learning_rate == trial.params["learning_rate"]
        assert config.augment.mosaic == trial.params["mosaic"] and not config.augment.flip
        assert config.context == ([] if trial.params["context"] == "none" else [int(trial.params["context"])])


def test_a_network_is_given_up_only_for_cheaper_ones_that_did_better() -> None:
    def trial(score: float, latency: float) -> optuna.trial.FrozenTrial:
        cost = {"latency_ms": latency, "macs": 1}
        return optuna.create_trial(value=0.0, user_attrs={"score_0": score, COST: cost})

    cheap, dear = [trial(0.5, 1.0)] * 4, [trial(0.9, 9.0)] * 4
    mine = {"latency_ms": 2.0, "macs": 1}
    assert hopeless(0.4, 0, mine, cheap + dear) and not hopeless(0.6, 0, mine, cheap + dear)
    assert not hopeless(0.4, 0, mine, cheap[:3] + dear)


def test_taking_a_network_makes_a_run_that_tells_where_it_is_from(runs: Path, data: Path) -> None:
    found = tune(data, **SMALL | {"trials": 3})
    number = found.front[0].number
    run = take("small", number, epochs=1, exported=False)
    assert run.name == f"small-{number}" and run.config.width == found.front[0].settings["width"]
    origin = read_json(run.files.tuning)
    assert origin["number"] == number and origin["score"] == found.front[0].score
    page = build_page(run.folder)
    assert "Search" in page and f"taken: {number}" in page
    with pytest.raises(TinymlError, match="no trained network 999"):
        take("small", 999)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_taken_network_costs_what_was_estimated(runs: Path, data: Path) -> None:
    """Channels whose own weights decide which arithmetic they take may move the constants by a few bytes."""
    found = tune(data, **SMALL | {"trials": 2})
    network = found.front[0]
    run = take("small", network.number, epochs=1)
    plan = run.export("esp32cam").plan
    assert plan is not None and plan["macs"] == network.cost["macs"]
    assert plan["ram_bytes"] == pytest.approx(network.cost["ram_bytes"], rel=0.02)
    assert plan["weights_bytes"] == pytest.approx(network.cost["constants_bytes"], rel=0.02)


def test_optuna_s_own_tools_read_a_study(runs: Path, data: Path) -> None:
    """As optuna-dashboard does: by the address alone, with Optuna's own storage."""
    found = tune(data, **SMALL | {"trials": 3})
    address = f"sqlite:///{runs / 'runs' / 'studies' / 'small.db'}"
    assert optuna.get_all_study_names(RDBStorage(address)) == ["small"]
    study = optuna.load_study(study_name="small", storage=address)
    assert len(study.trials) == found.counts["proposals"] and len(study.directions) == 3
    best = {tuple(trial.values) for trial in study.best_trials}
    assert best == {(one.score, one.cost["latency_ms"], one.cost["ram_bytes"]) for one in found.front}


def test_showing_a_study(runs: Path, data: Path) -> None:
    tune(data, **SMALL | {"trials": 3})
    arguments = ["small", "--picture", str(runs / "front.svg")]
    result = CliRunner().invoke(show_command, arguments, standalone_mode=False, catch_exceptions=False)
    shown = result.return_value
    assert json.loads(json.dumps(shown.data))["front"] and (runs / "front.svg").read_text().startswith("<svg")
    assert "var(--" not in (runs / "front.svg").read_text()
    assert any("proposals" in str(line) for line in shown.view)


def test_the_first_proposal_is_the_network_that_training_makes_without_options(
    runs: Path, data: Path
) -> None:
    assert Space.of("detect").default() == {"width": 1.0, "size": 96, "cut": 7, "context": "none", "head": 32}
    assert Space.of("detect", sizes=[64]).default() == {} == Space.of("detect", training=True).default()
    options = {
        key: value
        for key, value in SMALL.items()
        if key not in ("widths", "sizes", "cuts", "heads", "limit_ms")
    }
    tune(data, **options | {"widths": [0.1, 1.0], "sizes": [16, 96], "cuts": [7], "heads": [32], "trials": 1})
    assert open_study("small").get_trials()[0].params == {"width": 1.0, "size": 96}


def test_training_for_a_search_reads_no_test_picture(data: Path) -> None:
    dataset = load_dataset(str(data), None)
    blind = replace(dataset, test=[replace(one, path=Path("nowhere.png")) for one in dataset.test])
    space = Space.of("classify", widths=[0.1], sizes=[16], cuts=[3], heads=[8])
    search = Search(str(data), "", "esp32cam", dataset.classes, space)
    config = from_table(search.table(space.settings({})))
    scores = [make(search, blind)(config, 1, folds) for folds in (1, 1, 2)]
    assert scores[0] == scores[1] and all(0 <= score <= 1 for score in scores)


def test_a_worker_whose_trial_was_given_to_others_goes_on(
    runs: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its computer was too busy for heartbeats: the trial has failed while it was at work, and is run again."""
    call = Objective.__call__

    def judged(self: Objective, trial: optuna.Trial) -> tuple[float, ...]:
        values = call(self, trial)
        if trial.number == 0:
            trial.storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
        return values

    monkeypatch.setattr(Objective, "__call__", judged)
    found = tune(data, **SMALL | {"trials": 2})
    assert found.counts["failed"] == 1 and found.counts["trained"] == 2
