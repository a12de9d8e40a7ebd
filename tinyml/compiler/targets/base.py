"""What a target's kernels may need from the compiler: weights in their own order, constants of their own, scratch.

Everything that a packer prepares is proven to give the reference's bytes, or is not used: it then returns None and
the kernel takes the plain layer.
"""

from dataclasses import dataclass

import numpy as np

from tinyml.compiler.ops.base import Constant

ALL_CONSTANTS = ("weights", "bias", "multiplier", "shift")  # of a layer whose record holds everything
LANES = [0, 2, 1, 3]  # the order in which two masks take four bytes out of a word
INT32_MAX = 2**31 - 1


@dataclass(frozen=True)
class Packed:
    """What goes into a layer's `packed` field.

    `smaller` is the same in fewer bytes, for constants that do not find room in RAM: slower to use, with more scratch.
    """

    definition: str  # C text that defines `<layer>_packed`
    constants: list[Constant]  # the arrays that it points to
    scratch_bytes: int = 0  # for one worker that computes whole rows ...
    column_bytes: int = 0  # ... and besides, for each column of a row
    replaces: tuple[str, ...] = ()  # members of the layer that the kernel then does not read
    smaller: "Packed | None" = None

    def scratch_of(self, columns: int) -> int:
        """Return the scratch of one worker for rows of so many columns."""
        return self.scratch_bytes + columns * self.column_bytes


def pairs(values: np.ndarray) -> np.ndarray:
    """Return int16 values, two per word, the first one lower."""
    return np.ascontiguousarray(values, "<i2").view("<i4")
