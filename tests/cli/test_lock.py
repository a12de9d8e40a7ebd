"""The tested set: what constraints.txt and sbom.cdx.json say agrees with pyproject.toml, which bounds everything."""

import json
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = [*PROJECT["project"]["dependencies"]]
for extra in PROJECT["project"]["optional-dependencies"].values():
    LINES += [line for line in extra if not line.startswith("tinyml")]
LOCKED = dict(
    line.split("==")
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)


@pytest.mark.parametrize("line", LINES)
def test_a_requirement_is_bounded_and_allows_the_version_that_was_tested(line: str) -> None:
    requirement = Requirement(line)
    assert any(one.operator in ("<", "==", "~=") for one in requirement.specifier), "no upper bound"
    tested = LOCKED.get(canonicalize_name(requirement.name))
    if requirement.name == "kagglehub":  # the one extra that nothing here installs
        assert tested is None
    else:
        assert tested is not None, "missing in constraints.txt: run tools/licences.py --lock"
        assert requirement.specifier.contains(tested)


def test_the_bill_of_materials_lists_the_tested_versions() -> None:
    bill = json.loads(
        (ROOT / PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["sbom-files"][0]).read_text()
    )
    listed = {one["name"]: one["version"].split("+")[0] for one in bill["components"]}
    assert len(listed) > 100
    assert listed.items() <= LOCKED.items()
