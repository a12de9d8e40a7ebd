#!/usr/bin/env python3
"""List the licence of every package that tinyml installs, and fail if one conflicts with Apache-2.0.

    tools/licences.py           the table
    tools/licences.py --lock    write down the set that the tests ran with: constraints.txt for pip, and
                                sbom.cdx.json, the CycloneDX 1.6 bill of materials that every wheel carries

`make` installs with these constraints; pyproject.toml states the ranges that a person's own environment may use. Read
from the installed packages' own metadata, beginning at tinyml and following what each requires.
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tinyml.files import write_text

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HEADING = "# The versions that the tests ran with, written by tools/licences.py --lock. `pip install -c constraints.txt` takes them.\n"
ACCEPTED = re.compile(
    r"apache|\bmit\b|\bbsd\b|\bisc\b|\bpsf\b|python software foundation|python-2\.0|\bmpl\b|mozilla|zlib|unlicense|"
    r"public domain|\bhpnd\b|\bcc0|\b0bsd|boost|ncsa|mit-cmu|matplotlib|nvidia|llvm",
    re.IGNORECASE,
)
COPYLEFT = re.compile(r"\b(a|l)?gpl|general public license|lesser general", re.IGNORECASE)
# Copyleft that does not reach tinyml: programs of their own, which it starts and never imports into its process.
APART = {
    "esptool": "run as a program by PlatformIO",
    "esp-pylib": "part of esptool",
    "reedsolo": "part of esptool; public domain or MIT-0",
}
# Packages whose metadata names no licence; each as its own LICENSE file says.
KNOWN = {
    "cuda-toolkit": "NVIDIA Software License (redistributable; comes with PyTorch)",
    "namex": "Apache-2.0",
    "tflite-micro": "Apache-2.0",
}


def required(found: Distribution) -> list[str]:
    """Return what a distribution requires; of tinyml itself as pyproject.toml says now, not as it was installed."""
    if found.metadata["Name"] != "tinyml":
        return found.requires or []
    extras = PROJECT["optional-dependencies"]
    return PROJECT["dependencies"] + [
        f"{line}; extra == '{extra}'" for extra in extras for line in extras[extra]
    ]


def closure(root: str, extras: frozenset[str]) -> Iterator[Distribution]:
    """Yield the distributions that `root` with `extras` needs, as installed here; what is not installed is left out."""
    waiting, seen = [(root, extras)], set()
    while waiting:
        name, wanted = waiting.pop()
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        for extra in wanted | {""}:
            if (key := (canonicalize_name(name), extra)) in seen:
                continue
            seen.add(key)
            if not extra:
                yield found
            for line in required(found):
                requirement = Requirement(line)
                if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                    waiting.append((requirement.name, frozenset(requirement.extras)))


def licence(found: Distribution) -> str:
    """Return what a distribution's metadata says of its licence, in one line."""
    metadata = found.metadata
    name = canonicalize_name(metadata["Name"])
    classifiers = [
        line.split("::")[-1].strip()
        for line in metadata.get_all("Classifier") or ()
        if line.startswith("License ::") and line.count("::") > 1
    ]
    said = metadata.get("License-Expression") or ", ".join(classifiers) or metadata.get("License") or ""
    said = said if said.strip().upper() not in ("", "UNKNOWN") else KNOWN.get(name, "unknown")
    return " ".join(said.split())[:80]


def conflicts(rows: dict[str, tuple[str, str]]) -> list[str]:
    """Return the packages of `rows` (name to version and licence) that may not stand beside Apache-2.0."""
    bad = []
    for name, (_, text) in rows.items():
        free = ACCEPTED.search(text) is not None  # of a choice of licences, one is enough
        if name not in APART and (
            not free or (COPYLEFT.search(text) and " OR " not in text and "MPL" not in text)
        ):
            bad.append(f"{name}: {text}")
    return bad


def installed() -> dict[str, tuple[str, str]]:
    """Return name to version and licence of everything that tinyml needs and is installed here."""
    extras = frozenset(PROJECT["optional-dependencies"]) - {"dev"}
    found = {canonicalize_name(one.metadata["Name"]): one for one in closure("tinyml", extras)}
    return {name: (one.version, licence(one)) for name, one in sorted(found.items()) if name != "tinyml"}


def bill_of_materials(rows: dict[str, tuple[str, str]]) -> dict[str, object]:
    """Return a CycloneDX document (specification 1.6) of `rows`."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "tinyml", "licenses": [{"license": {"id": "Apache-2.0"}}]}},
        "components": [
            {
                "type": "library",
                "name": name,
                "version": version,
                "purl": f"pkg:pypi/{name}@{version}",
                "licenses": [{"license": {"name": text}}],
            }
            for name, (version, text) in rows.items()
        ],
    }  # fmt: skip


def constraints() -> str:
    """Return pip's constraints: every package of tinyml with all its extras, as installed here."""
    extras = frozenset(PROJECT["optional-dependencies"])
    found = {canonicalize_name(one.metadata["Name"]): one.version for one in closure("tinyml", extras)}
    return HEADING + "".join(
        f"{name}=={version.split('+')[0]}\n" for name, version in sorted(found.items()) if name != "tinyml"
    )


def main() -> int:
    """Print the table, or write the tested set; return 1 if a licence conflicts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lock", action="store_true", help="write constraints.txt and sbom.cdx.json")
    options = parser.parse_args()
    rows = installed()
    if options.lock:
        write_text(ROOT / "constraints.txt", constraints())
        write_text(ROOT / "sbom.cdx.json", json.dumps(bill_of_materials(rows), indent=1) + "\n")
    else:
        for name, (version, text) in rows.items():
            print(f"{name:<32}{version:<20}{text}{'  (' + APART[name] + ')' if name in APART else ''}")
    for one in (bad := conflicts(rows)):
        print(f"conflict: {one}", file=sys.stderr)
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
