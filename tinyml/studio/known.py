"""Runs and ports that the page names, looked up among those that there are: no name of the page's becomes a path."""

from tinyml.device.ports import candidates
from tinyml.errors import DataError
from tinyml.paths import run_names, runs_dir
from tinyml.workflow.run import Run, load_run


def known_run(name: str) -> Run:
    """Return a run by its name; raises DataError where there is none."""
    if name not in run_names():
        raise DataError(f"there is no run '{name[:80]}'", cure="reload the page")
    return load_run(runs_dir() / name)


def known_port(port: str) -> str:
    """Return a port at which a board may be; raises DataError for any other."""
    if port not in {found for found, _ in candidates()}:
        raise DataError(f"there is no board at '{port[:80]}'", cure="plug it in and choose its port")
    return port
