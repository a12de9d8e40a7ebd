"""One network of a study as a normal run: trained fully, judged on the test pictures for the first time, exported."""

from pathlib import Path
from typing import Any

from tinyml.contracts import Tuning
from tinyml.errors import TinymlError
from tinyml.files import write_json
from tinyml.layers import require
from tinyml.tuning.front import Findings, Found, findings
from tinyml.tuning.tune import open_study
from tinyml.workflow.export import export
from tinyml.workflow.run import Run
from tinyml.workflow.train import train


def take(
    study: str,
    number: int,
    *,
    storage: str | None = None,
    name: str | None = None,
    data: Path | None = None,
    epochs: int | None = None,
    overwrite: bool = False,
    exported: bool = True,
) -> Run:
    """Train network `number` of a study fully, export it for the study's board, and return the run.

    The test pictures, which the search has not read, are read now. `epochs`: default 60, as of any training. Raises TinymlError
    where the study has no such network.
    """
    require("train", "training")
    found = findings(open_study(study, storage))
    network = network_of(found, number)
    table = found.search.table(network.settings)
    settings: Any = {key: value for key, value in table.items() if key != "classes"}
    run = train(
        found.search.dataset,
        name=name or f"{study}-{number}",
        epochs=epochs,
        overwrite=overwrite,
        target=found.search.board,
        **settings | ({"data": str(data)} if data else {}),
    )
    write_json(run.files.tuning, origin(found, network), inputs={"model": run.files.model})
    if exported:
        export(run, found.search.board, data=data)
    return run


def network_of(found: Findings, number: int) -> Found:
    """Return a network of a study; raises TinymlError that names those there are."""
    for one in found.networks:
        if one.number == number:
            return one
    front = ", ".join(str(one.number) for one in found.front) or "none yet"
    raise TinymlError(f"'{found.name}' has no trained network {number}", cure=f"the front's: {front}")


def origin(found: Findings, network: Found) -> Tuning:
    """Return the content of tuning.json: where a run comes from, and what it was chosen from."""
    return {
        "study": found.name,
        "number": network.number,
        "metric": found.metric,
        "score": network.score,
        "cost": network.cost,
        "in_front": network.in_front,
        "levels": list(found.search.levels),
        "folds": found.search.folds,
        "board": found.search.board,
        "counts": found.counts,
        "rejected": found.rejected,
        "importances": found.importances,
        "networks": [one.as_dict() for one in found.networks],
        "limit_ms": found.search.limit_ms,
    }
