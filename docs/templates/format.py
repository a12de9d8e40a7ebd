"""A template for an annotation format: copy it to tinyml/data/formats/<name>.py, and add its row to FORMATS beside it.

This one reads labels.txt: a picture's file name and its class on each line.
"""

from tinyml.data.formats.reading import Labelled, Reading, read_text
from tinyml.data.layout import Tree

LABELS = "labels.txt"


def is_lines(tree: Tree) -> bool:
    """Tell whether a folder or an archive is in this format: when in doubt, no."""
    return LABELS in tree.files


def read_lines(reading: Reading) -> list[Labelled]:
    """Return one row for each picture that has a label."""
    lines = [line.rsplit(maxsplit=1) for line in read_text(reading.tree, LABELS).splitlines()]
    named = {parts[0]: parts[1] for parts in lines if len(parts) == 2}
    return [Labelled(name, name, label=named[name]) for name in reading.tree.pictures if name in named]
