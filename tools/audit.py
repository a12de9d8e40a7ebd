#!/usr/bin/env python3
"""Ask the public database of vulnerabilities about every installed package; says so where it cannot be reached."""

import json
import subprocess
import sys

UNREACHABLE = "audit: the database of vulnerabilities cannot be reached; nothing was checked"


def main() -> int:
    """Run pip-audit and print what it found; return 1 for a vulnerability, 0 where there is none or nobody to ask."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--skip-editable",
        "--progress-spinner",
        "off",
        "--format",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):  # no answer at all
        print(UNREACHABLE)
        return 0
    asked = [package for package in packages if "skip_reason" not in package]
    if not asked:
        print(UNREACHABLE)
        return 0
    known = [(package, one) for package in asked for one in package["vulns"]]
    for package, one in known:
        fixed = ", ".join(one["fix_versions"]) or "none yet"
        print(f"audit: {package['name']} {package['version']}: {one['id']} (mended in {fixed})")
    print(
        f"audit: {len(asked)} packages checked, {len(packages) - len(asked)} unknown to the database, {len(known)} findings"
    )
    return int(bool(known))


if __name__ == "__main__":
    sys.exit(main())
