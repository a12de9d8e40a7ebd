"""Where things are: the shared files of the project, the user's cache, the runs."""

import os
import tomllib
from pathlib import Path
from typing import Any

from tinyml.errors import TinymlError


def share_dir(name: str) -> Path:
    """Return the folder `datasets` or `firmware`: in the checkout, or inside an installed wheel."""
    package = Path(__file__).parent
    for candidate in (package.parent / name, package / "_share" / name):
        if candidate.is_dir():
            return candidate
    raise TinymlError(f"the folder '{name}' of tinyml is missing", cure="install tinyml again")


def cache_dir() -> Path:
    """Return the user's cache folder, `TINYML_CACHE` where it is set; it may not exist yet."""
    if configured := os.environ.get("TINYML_CACHE"):
        return Path(configured)
    from platformdirs import user_cache_path

    return user_cache_path("tinyml")


def runs_dir() -> Path:
    """Return the folder that holds the runs: `TINYML_RUNS` where it is set, else `runs` in the working directory."""
    return Path(os.environ.get("TINYML_RUNS", "runs"))


def find_run(name: str) -> Path:
    """Return the folder of a run, given its path or its name under `runs_dir()`; raises TinymlError where there is none."""
    for candidate in (Path(name), runs_dir() / name):
        if (candidate / "config.toml").is_file():
            return candidate
    known = sorted(path.parent.name for path in runs_dir().glob("*/config.toml"))
    raise TinymlError(
        f"no run called '{name}': expected a folder with a config.toml",
        cure=f"runs here: {', '.join(known)}" if known else "train one first: tinyml train fruit",
    )


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; raises TinymlError that names the file and the line."""
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError as error:
        raise TinymlError(f"{path} does not exist") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TinymlError(f"{path} is not valid TOML: {error}", cure="correct the file") from error
