"""Other people's scripts that the studio and its tests use: fetched from the npm registry in a pinned version, by hash.

    python tools/vendor_scripts.py            # fetches what is missing or differs, and writes it where it is used
    python tools/vendor_scripts.py --check    # says whether the files here are those that were pinned

Each lies in a folder of its own with its licence and a VERSION file that names version, source and hashes.
"""

import argparse
import base64
import hashlib
import io
import subprocess
import tarfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Script:
    """A package of the registry: its version, the registry's own hash of it, what is taken, and where it goes."""

    name: str
    version: str
    integrity: str  # sha512 of the archive, as the registry gives it
    licence: str
    files: tuple[str, ...]
    folder: Path

    def pinned(self, hashes: dict[str, str]) -> str:
        """Return what VERSION says."""
        lines = [
            f"{self.name} {self.version}, {self.licence}, from the npm registry",
            f"archive {self.integrity}",
        ]
        return (
            "\n".join([*lines, *(f"{name} sha256-{value}" for name, value in sorted(hashes.items()))]) + "\n"
        )


SCRIPTS = (
    Script(
        "esptool-js",
        "0.7.0",
        "sha512-9wHuW/s9t4Vs6HKcr3pra3gbRVWwaN0eabMWodWH4KEJHEYZxgmWwZ3s0F4xcWVCZOc/L98bGZ4uWoZvR8KBKA==",
        "Apache-2.0",
        ("bundle.js", "LICENSE"),
        ROOT / "tinyml" / "studio" / "static" / "vendor" / "esptool-js",
    ),
    Script(
        "axe-core",
        "4.14.1",
        "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        "MPL-2.0",
        ("axe.min.js", "LICENSE", "LICENSE-3RD-PARTY.txt"),
        ROOT / "tests" / "vendor" / "axe-core",
    ),
)


def hashes_of(script: Script) -> dict[str, str]:
    """Return the SHA-256 of each file that is here."""
    return {
        name: hashlib.sha256((script.folder / name).read_bytes()).hexdigest()
        for name in script.files
        if (script.folder / name).is_file()
    }


def complaint(script: Script) -> str:
    """Return what is wrong with a script's folder; "" where nothing is."""
    found = hashes_of(script)
    if set(found) != set(script.files):
        return f"{script.name}: {', '.join(sorted(set(script.files) - set(found)))} missing"
    version = script.folder / "VERSION"
    if not version.is_file() or version.read_text() != script.pinned(found):
        return f"{script.name}: not the files of version {script.version}"
    return ""


def fetch(script: Script, registry: str) -> None:
    """Fetch a script's archive, compare its hash, and write its files; raises ValueError where the hash differs."""
    address = f"{registry}/{script.name}/-/{script.name}-{script.version}.tgz"
    with urllib.request.urlopen(address, timeout=60) as answer:
        data = answer.read()
    digest = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    if digest != script.integrity:
        raise ValueError(f"{address} has {digest}, pinned is {script.integrity}")
    script.folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for name in script.files:
            member = archive.extractfile(f"package/{name}")
            assert member is not None, name
            (script.folder / name).write_bytes(member.read())
    (script.folder / "VERSION").write_text(script.pinned(hashes_of(script)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="fetch nothing; exit with 1 where a file differs"
    )
    arguments = parser.parse_args()
    wrong = [script for script in SCRIPTS if complaint(script)]
    if arguments.check:
        raise SystemExit("\n".join(map(complaint, wrong)) if wrong else 0)
    registry = subprocess.run(
        ["npm", "config", "get", "registry"], capture_output=True, text=True, check=True
    ).stdout.strip()
    for script in wrong:
        fetch(script, registry.rstrip("/"))
        print(f"{script.name} {script.version}: {script.folder.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
