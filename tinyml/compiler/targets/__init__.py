"""What the kernels of each target want of the compiler: `PACKERS` lists what each variant packs.

A board's `[compiler] kernels` names the variant.
"""

from collections.abc import Callable

from tinyml.compiler.ops.base import Layer
from tinyml.compiler.targets.base import Packed
from tinyml.compiler.targets.cortex_m4 import conv_cortex_m4, depthwise_cortex_m4
from tinyml.compiler.targets.lx6 import conv_lx6, depthwise_lx6
from tinyml.compiler.targets.sums import add_tables

PACKERS: dict[tuple[str, str], Callable[[Layer], Packed | None]] = {
    ("lx6", "tm_conv_row_s8"): conv_lx6,
    ("lx6", "tm_depthwise_row_s8"): depthwise_lx6,
    ("lx6", "tm_add_row_s8"): add_tables,
    ("cortex_m4", "tm_conv_row_s8"): conv_cortex_m4,
    ("cortex_m4", "tm_depthwise_row_s8"): depthwise_cortex_m4,
    ("cortex_m4", "tm_add_row_s8"): add_tables,
}


def pack(kernels: str, layer: Layer) -> Packed | None:
    """Prepare a layer for the variant `kernels`; None where the variant takes it as it is."""
    packer = PACKERS.get((kernels, layer.kernel))
    return packer(layer) if packer else None
