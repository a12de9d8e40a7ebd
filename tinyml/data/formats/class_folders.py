"""Class folders: <class>/*.jpg in train/ and test/ (or those in each class), or without a split."""

import unicodedata

from tinyml.data.formats.reading import Labelled, Reading
from tinyml.data.layout import Tree, split_depth


def is_class_folders(tree: Tree) -> bool:
    """Tell whether pictures lie in folders; the last format to be tried."""
    return any("/" in name for name in tree.pictures)


def read_class_folders(reading: Reading) -> list[Labelled]:
    """Return the pictures in folders, whose outermost part that is not a split is the class; sub-folders belong to it."""
    depth = split_depth(reading.tree.pictures, whole=True)
    found = []
    deeper: dict[str, set[str]] = {}
    for name in reading.tree.pictures:
        folders = [part for place, part in enumerate(name.split("/")[:-1]) if place != depth]
        if not folders:
            continue
        label = unicodedata.normalize("NFC", folders[0].strip())
        if folders[1:]:
            deeper.setdefault(label, set()).add("/".join(folders[1:]))
        found.append(Labelled(name, name, label=label))
    for label, inner in sorted(deeper.items()):
        reading.notices.append(
            f"pictures in sub-folders of '{label}' ({', '.join(sorted(inner)[:3])}) count as '{label}'; "
            "for classes of their own move those folders up"
        )
    return found
