"""The licences of what tinyml installs: none conflicts with its own, and every exception is still one."""

from support.scripts import tool

licences = tool("licences")


def test_no_licence_conflicts() -> None:
    rows = licences.installed()
    assert len(rows) > 20, "the closure of tinyml's requirements was not followed"
    assert licences.conflicts(rows) == []
    assert "GPL" in rows["esptool"][1], "an exception that is none any more"


def test_a_conflict_is_found() -> None:
    rows = {
        "good": ("1", "MIT"),
        "either": ("1", "GPL-2.0-or-later OR BSD-3-Clause"),
        "viral": ("1", "GNU General Public License v3 (GPLv3)"),
        "silent": ("1", "unknown"),
    }
    assert [line.split(":")[0] for line in licences.conflicts(rows)] == ["viral", "silent"]


def test_the_bill_of_materials_names_every_package() -> None:
    bill = licences.bill_of_materials(licences.installed())
    assert bill["bomFormat"] == "CycloneDX"
    assert {one["name"] for one in bill["components"]} == set(licences.installed())
