"""Shared fixtures: the real data where it is there, the seed of every random test, heavy tools found once."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

settings.register_profile("default", deadline=None, print_blob=True, suppress_health_check=list(HealthCheck))
settings.load_profile("default")

# Programs that tests start keep the bytecode of what they import: many of them import the same.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
if "PYTEST_XDIST_WORKER" in os.environ:  # the workers have the cores already
    os.environ.setdefault("OMP_NUM_THREADS", "1")

SLOW_S = 1800  # limit of a slow test that names none: it hangs, and is not merely slow on a busy computer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow tests more time."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_S))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real pictures, weights and models (`TINYML_DATA` or ../shared/data); skips where it is absent."""
    for candidate in (os.environ.get("TINYML_DATA"), ROOT.parent / "shared" / "data"):
        if candidate and Path(candidate).is_dir():
            return Path(candidate)
    pytest.skip("no real data: set TINYML_DATA to a folder that holds fruit/, weights/ and mlperf-tiny/")


@pytest.fixture(scope="session")
def picture_cases() -> Path:
    """The folder of data sets as people bring them (`TINYML_CASES` or ../shared/cases/pictures); skips where it is absent."""
    for candidate in (os.environ.get("TINYML_CASES"), ROOT.parent / "shared" / "cases" / "pictures"):
        if candidate and Path(candidate).is_dir():
            return Path(candidate)
    pytest.skip("no cases: set TINYML_CASES to a folder of data sets as people bring them")
