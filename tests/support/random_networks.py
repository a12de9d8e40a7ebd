"""Random networks as small, shrinkable descriptions, and the real .tflite file of each."""

from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from support.tflite_builder import ModelBuilder, Tensor, window

KINDS = (
    "conv", "pointwise", "depthwise", "padded_conv", "residual", "concatenate", "add", "sub", "mul", "gate", "relu",
    "relu6", "hard_swish", "logistic", "max_pool", "average_pool", "slice", "resize", "requantize",
)  # fmt: skip
HEADS = ("none", "mean", "classify", "dense", "softmax", "reshape", "view", "dequantize")


@dataclass(frozen=True)
class Layer:
    """One step of a random network; a kind reads the fields that concern it."""

    kind: str
    channels: int = 1
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: str = "SAME"
    activation: str = "NONE"
    per_channel: bool = False
    bias: bool = True
    spread: float = 1.0
    zero_point: int | None = None
    amounts: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def quantization(self) -> dict:
        """How the output is quantized, as the builder takes it."""
        return {"spread": self.spread, "zero_point": self.zero_point}


@dataclass(frozen=True)
class Network:
    """A random network: `seed` makes its weights."""

    seed: int
    height: int
    width: int
    channels: int
    input_scale: float = 1 / 32
    input_zero_point: int = 0
    float_input: bool = False
    layers: list[Layer] = field(default_factory=list)
    head: str = "none"

    def inner(self) -> "Network":
        """The same network without the QUANTIZE and DEQUANTIZE at its edges: what is left to compute in integers."""
        return replace(self, float_input=False, head="none" if self.head == "dequantize" else self.head)

    def tflite(self) -> bytes:
        """Return the network as a .tflite file; layers that do not fit the shape before them are left out."""
        builder = ModelBuilder(self.seed)
        shape = (1, self.height, self.width, self.channels)
        make_input = builder.float_input if self.float_input else builder.input
        x = make_input(shape, self.input_scale, self.input_zero_point)
        start = len(builder.operators)
        for layer in self.layers:
            x = append(builder, x, layer)
        if len(builder.operators) == start:
            x = append(builder, x, Layer("pointwise"))
        return builder.finish(finish(builder, x, self.head))


# Longer than 60 lines: one case for each kind of layer.
def append(b: ModelBuilder, x: Tensor, layer: Layer) -> Tensor:
    """Append the operators of `layer` to `x` and return their output."""
    weighted = {
        "activation": layer.activation,
        "per_channel": layer.per_channel,
        **layer.quantization,
    }
    sliding = {"kernel": layer.kernel, "stride": layer.stride}
    top, bottom, left, right = layer.amounts
    extents = [
        window(x.shape[axis + 1], layer.kernel[axis], layer.stride[axis], layer.dilation[axis], layer.padding)
        for axis in (0, 1)
    ]
    fits = min(extents) > 0
    match layer.kind:
        case "conv" if fits:
            dilation = layer.dilation if layer.stride == (1, 1) else (1, 1)
            if dilation == layer.dilation or layer.padding == "SAME":
                return b.conv(
                    x, layer.channels, padding=layer.padding, dilation=dilation, **sliding, **weighted
                )
        case "pointwise":
            return b.conv(x, layer.channels, (1, 1), **weighted)
        case "depthwise" if fits and layer.dilation == (1, 1):
            multiplier = 1 + layer.channels % 3 if x.shape[3] <= 24 else 1
            return b.depthwise(x, multiplier, padding=layer.padding, bias=layer.bias, **sliding, **weighted)
        case "padded_conv":
            padded = b.pad(x, [(0, 0), (top, bottom), (left, right), (0, 0)], 1 + layer.channels % 2)
            if all(padded.shape[axis + 1] >= layer.kernel[axis] for axis in (0, 1)):
                if layer.channels % 3 == 0:
                    return b.depthwise(padded, padding="VALID", **sliding, **weighted)
                return b.conv(padded, layer.channels, padding="VALID", **sliding, **weighted)
            return padded
        case "residual":
            y = b.conv(x, layer.channels, (1, 1), activation="RELU6", per_channel=layer.per_channel)
            y = b.depthwise(y, 1, layer.kernel, activation=layer.activation, per_channel=layer.per_channel)
            y = b.conv(y, x.shape[3], (1, 1), per_channel=layer.per_channel)
            return b.add(x, y, **layer.quantization)
        case "concatenate" if fits:
            left_part = b.conv(x, layer.channels, padding=layer.padding, **sliding, **weighted)
            right_part = b.depthwise(x, 1, padding=layer.padding, **sliding, like=left_part)
            return b.concatenation([left_part, right_part][:: -1 if layer.channels % 2 else 1])
        case "add" | "sub" | "mul":
            operation = getattr(b, layer.kind)
            shape = (1, 1, 1, x.shape[3]) if layer.channels % 2 else (1, 1, 1, 1)
            return operation(x, b.values(shape), layer.activation, **layer.quantization)
        case "gate":
            gate = b.same("LOGISTIC", b.conv(b.mean(x), x.shape[3], (1, 1), per_channel=layer.per_channel))
            return b.mul(x, gate, **layer.quantization)
        case "relu" | "relu6" | "hard_swish":
            return b.same(layer.kind.upper(), x, **layer.quantization)
        case "requantize":
            return b.same("QUANTIZE", x, **layer.quantization)
        case "logistic":
            return b.same("LOGISTIC", x)
        case "max_pool" | "average_pool" if fits:
            return getattr(b, layer.kind)(x, layer.kernel, layer.stride, layer.padding, layer.activation)
        case "slice":
            end = (1, max(top + 1, x.shape[1] - bottom), max(left + 1, x.shape[2] - right), x.shape[3])
            if end[1] <= x.shape[1] and end[2] <= x.shape[2]:
                return b.strided_slice(x, (0, top, left, 0), end, (1, *layer.stride, 1))
        case "resize" if x.shape[1] * x.shape[2] <= 144:
            return b.resize_nearest(x, x.shape[1] * layer.stride[0], x.shape[2] * layer.stride[1])
    return x


def finish(b: ModelBuilder, x: Tensor, head: str) -> Tensor:
    """Append the end of the network to `x` and return the graph's output."""
    elements = x.shape[1] * x.shape[2] * x.shape[3]
    match head:
        case "mean":
            return b.mean(x, keep_dims=False)
        case "classify":
            return b.same("SOFTMAX", b.fully_connected(b.reshape(b.mean(x), (1, x.shape[3])), 5))
        case "dense":
            return b.fully_connected(b.reshape(x, (1, elements)), 3, "RELU")
        case "softmax":
            return b.same("SOFTMAX", x)
        case "reshape":
            return b.reshape(x, (1, elements))
        case "view" if x.shape[1] == 1:
            return b.transpose(x, (0, 2, 1, 3))
        case "dequantize":
            return b.dequantize(x)
    return x


def pairs(*values: int) -> st.SearchStrategy[tuple[int, int]]:
    """Pairs of `values`, mostly equal ones."""
    one = st.sampled_from(values)
    return st.one_of(one.map(lambda value: (value, value)), st.tuples(one, one))


zero_points = st.one_of(*[st.none()] * 6, st.sampled_from([-128, 127, 0]), st.integers(-128, 127))

layers = st.builds(
    Layer,
    kind=st.sampled_from(KINDS),
    channels=st.one_of(st.sampled_from([1, 2, 3, 4, 8, 16]), st.integers(1, 64)),
    kernel=pairs(3, 1, 2, 5),
    stride=pairs(1, 2, 3),
    dilation=st.sampled_from([(1, 1), (1, 1), (1, 1), (2, 2), (1, 3)]),
    padding=st.sampled_from(["SAME", "VALID"]),
    activation=st.sampled_from(["NONE", "RELU", "RELU6"]),
    per_channel=st.booleans(),
    bias=st.sampled_from([True, True, True, False]),
    spread=st.sampled_from([1.0] * 14 + [0.0625, 8.0]),
    zero_point=zero_points,
    amounts=st.tuples(*[st.integers(0, 2)] * 4),
)

networks = st.builds(
    Network,
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 20),
    width=st.integers(1, 20),
    channels=st.one_of(st.sampled_from([1, 3, 4]), st.integers(1, 64)),
    input_scale=st.sampled_from([1 / 32, 1 / 255, 0.5, 1e-4]),
    input_zero_point=st.sampled_from([0, -128, 127, -1, 5]),
    float_input=st.sampled_from([False, False, False, True]),
    layers=st.lists(layers, max_size=8),
    head=st.sampled_from(HEADS),
)
