"""Recipes: published set-ups as data. A recipe is a run's config.toml with a table [recipe] that says where it is from."""

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinyml.config import read_toml
from tinyml.errors import TinymlError
from tinyml.vision.config import TrainConfig, fill, from_table

FOLDER = Path(__file__).parent / "recipes"
RESULTS = FOLDER / "results.json"  # what was reproduced; `tinyml recipes --record RUN` writes it


@dataclass
class About:
    """The table [recipe]: what the set-up is and what was published about it."""

    title: str = ""
    base: str = ""  # the recipe whose settings this one starts from
    precision: str = (
        "float32"  # of the file that the published set-up ends in: "float32", "float16" or "int8"
    )
    differs: str = ""  # from the published set-up, where it does
    # Published figures by their names: accuracy, float16_accuracy, parameters, flops, ...; shares are from 0 to 1.
    published: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A recipe as it is used: its name, what it is, and the settings of its runs as a TOML table."""

    name: str
    about: About
    table: dict[str, Any]

    @property
    def config(self) -> TrainConfig:
        """The configuration that a run of this recipe starts from."""
        return from_table(copy.deepcopy(self.table), f"recipe {self.name}")


def recipe_names() -> list[str]:
    """Return the names of all recipes, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """Return a recipe by its name; raises TinymlError where there is none or a key is wrong."""
    if name not in recipe_names():
        raise TinymlError(f"no recipe called '{name}'", cure=f"recipes: {', '.join(recipe_names())}")
    path = FOLDER / f"{name}.toml"
    table = read_toml(path)
    about: About = fill(About, table.pop("recipe", {}), f"{path}: recipe")
    if about.base:
        table = load_recipe(about.base).table | table
    recipe = Recipe(name, about, table | {"recipe": name})
    _ = recipe.config  # a wrong key is reported here, not after the data were read
    return recipe
