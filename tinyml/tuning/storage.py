"""Where a study is kept: an SQLite file, or a PostgreSQL server that any number of machines share.

A worker says every few seconds that it lives. Where one falls silent, its trial counts as failed and waits to be run
again by whoever is free. A database that is away for a while is waited for: a restart costs no trial.
"""

import contextlib
import functools
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import DuplicatedStudyError, StorageInternalError, UpdateFinishedTrialError
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.study import StudyDirection
from sqlalchemy.exc import InterfaceError, OperationalError

from tinyml.errors import TinymlError
from tinyml.files import readable_os_errors
from tinyml.paths import runs_dir
from tinyml.tuning.search import Search

PATIENCE_S = 300.0  # how long a database that does not answer is waited for
SILENT_BEATS = 6
LARGEST_RETRIES = 5  # of one trial: what kills its worker again and again is not run for ever
KEY = "search"  # the study's attribute that holds its Search
# What SQLAlchemy, and a driver behind its back, raise where the database does not answer.
AWAY = (OperationalError, InterfaceError, OSError)


def study_file(name: str) -> Path:
    """Return the SQLite file that keeps a study where no other storage is named."""
    return runs_dir() / "studies" / f"{name}.db"


def address_of(name: str, storage: str | None) -> str:
    """Return the address of a study's storage, which is `storage` where it is given."""
    if storage is None:
        return f"sqlite:///{study_file(name)}"
    # SQLAlchemy would take another driver for the plain name; this one comes with tinyml[tune].
    return storage.replace("postgresql://", "postgresql+pg8000://", 1).replace(
        "postgres://", "postgresql+pg8000://", 1
    )


class PatientStorage(RDBStorage):
    """Optuna's storage, which waits for a database that is away instead of giving up.

    A call whose answer was lost may be made twice; the second one then finds its trial finished, which is what it wanted.
    """

    patience_s = PATIENCE_S


def _patient(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def patient(self: PatientStorage, *arguments: Any, **options: Any) -> Any:
        started, pause = time.monotonic(), 0.05
        again = False
        while True:
            try:
                return call(self, *arguments, **options)
            except UpdateFinishedTrialError:
                if not again:
                    raise
                return True
            except (StorageInternalError, *AWAY) as error:
                away = isinstance(error, AWAY) or isinstance(error.__cause__, AWAY)
                if not away or time.monotonic() - started > self.patience_s:
                    raise
                again = True
                with contextlib.suppress(Exception):  # connections that are of no use any more
                    self.scoped_session.remove()
                    self.engine.dispose()
                time.sleep(pause)
                pause = min(2.0, pause * 2)

    return patient


for _name in (
    "_create_new_trial", "_set_trial_param", "create_new_trial", "set_trial_param", "set_trial_state_values", "set_trial_user_attr", "set_trial_system_attr",
    "set_study_user_attr", "set_study_system_attr", "get_study_id_from_name", "get_study_name_from_id",
    "get_study_directions", "get_study_user_attrs", "get_study_system_attrs", "get_trial", "get_all_trials",
    "get_trial_id_from_study_id_trial_number", "record_heartbeat", "_get_stale_trial_ids", "_get_trials",
):  # fmt: skip
    setattr(PatientStorage, _name, _patient(getattr(RDBStorage, _name)))


def open_storage(address: str, heartbeat_s: int = 10) -> PatientStorage:
    """Open a storage, and make its tables where there are none; raises TinymlError where it cannot be reached."""
    quiet()
    options: dict[str, object] = {}
    if address.startswith("sqlite:///"):
        path = Path(address.removeprefix("sqlite:///"))
        with readable_os_errors(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        options["connect_args"] = {"timeout": 60}
    else:
        options |= {
            "pool_pre_ping": True,
            "pool_size": 2,
            "max_overflow": 2,
            "connect_args": {"timeout": 30},
        }
    started = time.monotonic()
    while True:  # several workers may make the tables at the same moment
        try:
            return PatientStorage(
                address,
                engine_kwargs=options,
                heartbeat_interval=heartbeat_s,
                grace_period=SILENT_BEATS * heartbeat_s,
                heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=LARGEST_RETRIES),
            )
        except Exception as error:  # SQLAlchemy's, the driver's and Optuna's own
            if time.monotonic() - started < 5:
                time.sleep(0.2)
                continue
            raise TinymlError(
                f"the storage {without_password(address)} cannot be used: {str(error).splitlines()[0]}",
                cure="name one like postgresql://user@host/database, or leave --storage out for a file",
            ) from error


def join(name: str, storage: PatientStorage, search: Search) -> optuna.Study:
    """Make the study or join it; raises TinymlError where it searches something else, or with other data."""
    directions = [StudyDirection.MAXIMIZE, *[StudyDirection.MINIMIZE] * len(search.against)]
    try:
        study = optuna.create_study(storage=storage, study_name=name, directions=directions)
        study.set_user_attr(KEY, search.as_dict())
        if default := search.space.default():  # what everything else is compared with
            study.enqueue_trial(default)
    except DuplicatedStudyError:
        study = load(name, storage)
        other = search_of(study)
        if differing := search.differences(other):
            what = "the data set's pictures or labels" if differing[0] == "data_sha256" else differing[0]
            raise TinymlError(
                f"the study '{name}' was begun with another choice of {what}",
                cure="give the options that it was begun with, or begin another one with --study",
            ) from None
    return study


def load(name: str, storage: PatientStorage) -> optuna.Study:
    """Return a study; raises TinymlError where there is none of that name."""
    try:
        return optuna.load_study(storage=storage, study_name=name)
    except KeyError:
        known = ", ".join(optuna.get_all_study_names(storage)) or "none"
        raise TinymlError(f"no study called '{name}'", cure=f"studies here: {known}") from None


def search_of(study: optuna.Study) -> Search:
    """Return what a study searches."""
    started = time.monotonic()
    while KEY not in study.user_attrs:  # whoever made the study is about to say it
        if time.monotonic() - started > 10:
            raise TinymlError(
                f"'{study.study_name}' is no study of tinyml's", cure="name another one with --study"
            )
        time.sleep(0.1)
    return Search.from_dict(study.user_attrs[KEY])


def without_password(address: str) -> str:
    """Return an address as it may be shown."""
    scheme, _, rest = address.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{host}" if at else address


def quiet() -> None:
    """Leave Optuna's own words out: what matters is in the study."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
