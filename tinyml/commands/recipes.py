"""`tinyml recipes`: published setups, and what was reproduced of them."""

from typing import Any

import rich_click as click

from tinyml.commands import Result
from tinyml.contracts.recipes import RecipeRow
from tinyml.paths import find_run


@click.command("recipes")
@click.option(
    "--record", "runs", multiple=True, metavar="RUN", help="Add this finished run to the results first."
)
@click.option("--note", default="", help="A note on the recorded run.")
def command(runs: tuple[str, ...], note: str) -> Result:
    """List the recipes: what was published, and what was reproduced, with which data, epochs and seed.

    `tinyml train cifar10 --recipe NAME` runs one; each is one TOML file in tinyml/vision/recipes.
    """
    from tinyml.layers import require
    from tinyml.terminal.recipes import accuracy_table, cost_table, remarks
    from tinyml.vision.recipes import load_recipe, recipe_names, record, results

    require("train", "tinyml recipes")
    for run in runs:
        record(find_run(run), note)
    done = results()
    rows: list[RecipeRow] = []
    for name in recipe_names():
        recipe = load_recipe(name)
        rows.append(
            {
                "name": name,
                "title": recipe.about.title,
                "differs": recipe.about.differs,
                "precision": recipe.about.precision,
                "published": recipe.about.published,
                "epochs": recipe.config.epochs,
                "size": recipe.config.size,
                "cost": cost(recipe),
                "reproduced": [row for row in done if row["recipe"] == name],
            }
        )
    return Result({"recipes": rows}, [cost_table(rows), accuracy_table(rows), *remarks(rows)])


def cost(recipe: Any) -> dict[str, int]:
    """Return what one picture costs the recipe's network: parameters, MACs, FLOPs and bytes."""
    from tinyml.data.description import load_description
    from tinyml.vision.complexity import complexity, training_bytes

    config = recipe.config
    description = load_description(config.dataset)
    config.classes = list(description.classes or description.expected_pictures["train"])
    return {**complexity(config).as_dict(), "training_bytes": training_bytes(config)}
