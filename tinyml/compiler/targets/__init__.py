"""What each target's kernels need from the compiler: `PACKERS` lists what each variant packs.

A board's `[compiler] kernels` names the variant.
"""

from collections.abc import Callable

from tinyml.compiler.ops.base import Layer
from tinyml.compiler.targets.base import Packed
from tinyml.compiler.targets.cortex_m4 import conv_cortex_m4, depthwise_cortex_m4
from tinyml.compiler.targets.lx6 import conv_lx6, depthwise_lx6
from tinyml.compiler.targets.sums import add_lx6, add_tables

KERNELS = (
    "reference",
    "portable",
    "lx6",
    "cortex_m4",
)  # the variants; the first two read constants as they are

PACKERS: dict[tuple[str, str], Callable[[Layer], Packed | None]] = {
    ("lx6", "tm_conv_row_s8"): conv_lx6,
    ("lx6", "tm_depthwise_row_s8"): depthwise_lx6,
    ("lx6", "tm_add_row_s8"): add_lx6,
    ("cortex_m4", "tm_conv_row_s8"): conv_cortex_m4,
    ("cortex_m4", "tm_depthwise_row_s8"): depthwise_cortex_m4,
    ("cortex_m4", "tm_add_row_s8"): add_tables,
}


def refuse_other_kernels(kernels: str) -> str:
    """Return C that does not compile with kernels that read other constants than the ones compiled for `kernels`."""
    unpacked = KERNELS[:2]
    others = [name for name in KERNELS if name != kernels and not (name in unpacked and kernels in unpacked)]
    lines = [
        f"#{'elif' if number else 'if'} TM_KERNELS == TM_{name.upper()}\n"
        f'#error "this model was compiled for the {kernels} kernels and is built with the {name} ones: '
        f'build it with -DTM_KERNELS=TM_{kernels.upper()}, or compile it again with --kernels {name}"\n'
        for number, name in enumerate(others)
    ]
    return "".join(lines) + "#endif"


def pack(kernels: str, layer: Layer) -> Packed | None:
    """Prepare a layer for the variant `kernels`; None where the variant takes it as it is."""
    packer = PACKERS.get((kernels, layer.kernel))
    return packer(layer) if packer else None
