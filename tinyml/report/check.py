"""The page of `tinyml data check`: its JSON for people, with the suspect labels drawn."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from tinyml.contracts.data import Check
from tinyml.data.samples import Box
from tinyml.report.pictures import Mark, thumbnail

Truth = dict[str, list[tuple[str, Box]]]  # picture: its boxes with the names of their classes


def build_check_page(data: Check, truth: Truth, shown: int) -> str:
    """Return a check as one HTML document that needs no other file; the first `shown` suspects are drawn."""
    environment = Environment(
        loader=PackageLoader("tinyml.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    suspects = []
    for row in (data["suspects"] or [])[:shown]:
        uri, width, height = thumbnail(row["file"], "squash")
        edges = row["box"]
        labels = [
            Mark(name, 1, box.left, box.top, box.right, box.bottom)
            for name, box in truth.get(row["file"], [])
            if [box.left, box.top, box.right, box.bottom] != list(edges)
        ]
        suspects.append(
            {
                **row,
                "uri": uri,
                "width": width,
                "height": height,
                "labels": labels,
                "mark": Mark(row["label"], 2, *edges),
            }
        )
    assert environment.loader is not None
    css = environment.loader.get_source(environment, "page.css")[0]
    return environment.get_template("check.html.j2").render(data=data, suspects=suspects, css=css)
