"""Requantization with two 32-bit multiplications, proven to give TFLite's bytes.

TFLite turns an accumulator into a byte with a 64-bit product and two roundings. The byte is a monotone function of
the accumulator with at most 255 steps, so another monotone function is the same one if it is the same on both sides
of each step. The one tried here needs only the low words of 32-bit products:

    clamp_int8((acc * coarse + ((acc * fine) >> 16) + offset) >> shift)

with `offset` replaced by `negative_offset` where acc < 0: TFLite rounds ties away from zero. For every channel the
steps are found by bisection over all accumulators that its weights can produce, constants are tried, and those are
taken that stay inside 32 bits and agree at every step. Where none do, the kernel runs TFLite's own arithmetic.
"""

from dataclasses import dataclass

import numpy as np

INT32_MAX = 2**31 - 1
OUTPUTS = np.arange(-127, 128, dtype=np.int64)  # step k is where the output becomes at least OUTPUTS[k]


@dataclass(frozen=True)
class FastRequantize:
    """One channel's constants; the accumulator starts at `start` and adds products of weights and inputs + 128."""

    start: int
    coarse: int = 0
    fine: int = 0
    offset: int = 0
    negative_offset: int = 0
    shift: int = 0
    proven: bool = False


def requantize(acc: np.ndarray, multiplier: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return TFLite's MultiplyByQuantizedMultiplier of int64 arrays that broadcast, exactly."""
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    high = ((acc << left) * multiplier + (1 << 30)) >> 31
    mask = (np.int64(1) << right) - 1
    return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0))


def find_steps(
    low: np.ndarray, high: np.ndarray, multiplier: np.ndarray, shift: np.ndarray, out_zero_point: int
) -> np.ndarray:
    """Return int64 [channels, 255]: the smallest accumulator in [low, high] whose output reaches OUTPUTS; else high + 1."""
    below = np.repeat(low[:, None], OUTPUTS.size, axis=1)
    above = np.repeat(high[:, None] + 1, OUTPUTS.size, axis=1)
    while (open_ := below < above).any():
        middle = (below + above) >> 1
        reached = requantize(middle, multiplier[:, None], shift[:, None]) + out_zero_point >= OUTPUTS
        above = np.where(open_ & reached, middle, above)
        below = np.where(open_ & ~reached, middle + 1, below)
    return below


def prove(
    weights: np.ndarray,
    bias: np.ndarray,
    multiplier: np.ndarray,
    shift: np.ndarray,
    out_zero_point: int,
    out_min: int,
    out_max: int,
) -> list[FastRequantize]:
    """Return the constants of each channel.

    weights: int [channels, taps]; bias: int [channels] with the input zero point folded in, so that the accumulator is
    bias + sum(weights * input) over int8 inputs; multiplier (Q31), shift: int [channels], positive to the left.
    """
    weights, bias = weights.astype(np.int64), bias.astype(np.int64)
    multiplier, shift = multiplier.astype(np.int64), shift.astype(np.int64)
    # With inputs + 128 in 0..255 the accumulator moves between these, around the same values:
    start = bias - 128 * weights.sum(axis=1)
    low = start + 255 * np.minimum(weights, 0).sum(axis=1)
    high = start + 255 * np.maximum(weights, 0).sum(axis=1)
    fits = (low >= -INT32_MAX) & (high <= INT32_MAX)
    left = np.maximum(shift, 0)
    fits &= (np.maximum(-low, high) << left) <= INT32_MAX
    if (out_min, out_max) != (-128, 127) or not fits.all():
        return [FastRequantize(int(value)) for value in start]
    # Equal channels, as pruned ones and placeholders are, have one proof.
    rows, same = np.unique(
        np.stack([start, low, high, multiplier, shift], axis=1), axis=0, return_inverse=True
    )
    start, low, high, multiplier, shift = rows.T
    steps = find_steps(low, high, multiplier, shift, out_zero_point)
    proofs = [
        _prove_channel(
            int(start[c]),
            int(low[c]),
            int(high[c]),
            steps[c],
            int(multiplier[c]),
            int(shift[c]),
            out_zero_point,
        )
        for c in range(len(rows))
    ]
    return [proofs[row] for row in same.reshape(-1)]


def _prove_channel(
    start: int, low: int, high: int, steps: np.ndarray, multiplier: int, shift: int, out_zero_point: int
) -> FastRequantize:
    """Try constants for one channel, the largest shift first: the more bits below the result, the finer the line."""
    taken = (steps > low) & (steps <= high)
    if not taken.any():  # the same output for every accumulator
        constant = int((steps <= low).sum()) - 128
        return FastRequantize(0, offset=constant, negative_offset=constant, proven=True)
    steps, outputs = steps[taken], OUTPUTS[taken]
    two_sided = bool((outputs <= out_zero_point).any() and (outputs > out_zero_point).any())
    # Two-sided channels need the accumulator's sign, so they keep its zero. Others may move it: best to where the start
    # falls away, else to where the products are small.
    middles = [-int(steps[0] + steps[-1]) // 2, -(low + high) // 2, 0]
    for centres in ([0],) if two_sided else ([-start], middles):
        for scale in range(23, 5, -1):
            exact = multiplier << (scale + 16)
            slope = (exact + (1 << (30 - shift))) >> (
                31 - shift
            )  # outputs an accumulator, in units of 2^-(scale + 16)
            whole = ((slope + 32768) >> 16) << 16
            for centre in centres:
                for candidate in (slope, whole, *(slope + d for step in range(1, 17) for d in (step, -step))):
                    found = _check(
                        steps + centre, outputs, candidate, scale, low + centre, high + centre, two_sided
                    )
                    if found is not None:
                        coarse, fine, offset, negative_offset = found
                        return FastRequantize(
                            start + centre, coarse, fine, offset, negative_offset, scale, proven=True
                        )
    return FastRequantize(start)


def _check(
    steps: np.ndarray, outputs: np.ndarray, slope: int, scale: int, low: int, high: int, two_sided: bool
) -> tuple[int, int, int, int] | None:
    """Return (coarse, fine, offset, negative_offset) where `slope` gives every step its place; None where it does not."""
    coarse = (slope + 32768) >> 16
    fine = slope - (coarse << 16)  # -32768..32767
    farthest = max(-low, high)
    if coarse < 1 or farthest * coarse > INT32_MAX:
        return None

    def line(acc: np.ndarray | int) -> np.ndarray | int:
        return acc * coarse + ((acc * fine) >> 16)

    # acc * fine may wrap around far from zero, and then the fine term is anything of 16 bits. That does no harm where
    # the output is clamped anyway; all steps must lie nearer.
    straight = INT32_MAX // abs(fine) if fine else INT32_MAX
    if max(abs(int(steps[0]) - 1), abs(int(steps[-1]))) > straight:
        return None
    at_step = (outputs << scale) - line(steps)  # the least offset that puts each step where it is or before
    before_step = (outputs << scale) - 1 - line(steps - 1)  # the greatest that puts it there or behind
    # Steps up to zero are taken by negative accumulators on their lower side; the step at 0 itself has a side on each.
    offsets = []
    for least, greatest in (
        (
            (at_step[steps >= 0], before_step[steps > 0]),
            (at_step[steps < 0], before_step[steps <= 0]),
        )
        if two_sided
        else ((at_step, before_step),)
    ):
        lower = int(least.max()) if least.size else None
        upper = int(greatest.min()) if greatest.size else None
        if lower is None and upper is None:
            return None
        if lower is not None and upper is not None and lower > upper:
            return None
        offsets.append(
            (lower + upper) // 2
            if lower is not None and upper is not None
            else lower
            if upper is None
            else upper
        )
    offset, negative_offset = offsets[0], offsets[-1]
    assert offset is not None and negative_offset is not None
    if two_sided and line(-1) + negative_offset > line(0) + offset:
        return None
    extreme = 32768 + max(abs(offset), abs(negative_offset))
    if farthest * coarse + extreme > INT32_MAX:
        return None
    if high > straight and ((straight * coarse - 32768 + offset) >> scale) < int(outputs[-1]):
        return None
    if high > straight and int(outputs[-1]) != 127:
        return None
    if -low > straight and (((-straight) * coarse + 32768 + negative_offset) >> scale) > -128:
        return None
    if -low > straight and int(outputs[0]) != -127:
        return None
    return coarse, fine, offset, negative_offset
