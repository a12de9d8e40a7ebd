"""A layer's static data in C: its arrays, what its target packs, and the description that its kernel takes."""

from tinyml.compiler.emit.text import array, literal
from tinyml.compiler.ops.base import Layer

# The members of the kernels' descriptions in the order of their declarations, for initialisers that are valid C++ too.
WEIGHTED = (
    "weights", "bias", "multiplier", "shift", "pad", "in_width", "in_channels", "out_width", "out_channels",
    "kernel_height", "kernel_width", "stride", "dilation", "pad_left", "out_zero_point", "out_min", "out_max", "packed",
)  # fmt: skip
MEMBERS = {
    "tm_conv": WEIGHTED,
    "tm_depthwise": WEIGHTED,
    "tm_binary": (
        "a_multiplier", "b_multiplier", "out_multiplier", "a_shift", "b_shift", "out_shift", "channels",
        "a_pixel_stride", "a_channel_stride", "b_pixel_stride", "b_channel_stride", "a_zero_point", "b_zero_point",
        "out_zero_point", "out_min", "out_max", "packed",
    ),
    "tm_pool": (
        "in_width", "channels", "out_width", "kernel_height", "kernel_width", "stride", "pad_left", "out_min", "out_max",
    ),
    "tm_average": (
        "multiplier", "in_zero_sum", "shift", "in_width", "channels", "out_width", "kernel_height", "kernel_width",
        "stride", "pad_left", "out_zero_point", "out_min", "out_max",
    ),
    "tm_lookup": ("table", "channels"),
    "tm_softmax": ("exponential", "channels"),
    "tm_concat": ("channels", "inputs", "out_channels"),
    "tm_gather": ("columns", "in_channels", "out_channels", "first_channel", "channel_stride", "fill"),
}  # fmt: skip


def definitions_of(layer: Layer) -> list[str]:
    """Return the definitions of a layer's arrays, then of `<layer>_packed` and `<layer>_layer` where it has them."""
    definitions = [array(constant) for constant in layer.constants]
    if not layer.struct:
        return definitions
    fields = dict(layer.fields)
    if layer.packed:
        definitions.append(layer.packed)
        fields["packed"] = f"&{layer.name}_packed"
    values = "\n".join(
        f"    {literal(fields.get(member))}, /* {member} */" for member in MEMBERS[layer.struct]
    )
    return [*definitions, f"static const {layer.struct} {layer.name}_layer = {{\n{values}\n}};"]
