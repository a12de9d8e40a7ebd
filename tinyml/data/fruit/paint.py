"""Brushes of the renderer: noise, blur, texture lookups and light, in float32 and linear light.

Every random choice comes from the generator passed in; sums, products and square roots decide the pixels, and
transcendental functions only shapes, so that machines differ by a last bit at most.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np

Random = np.random.Generator
Colour = tuple[float, float, float]


def linear(colour: Colour) -> np.ndarray:
    """Return float32 [3] in linear light from the 0..1 values that a screen shows (gamma 2)."""
    return np.square(np.array(colour, np.float32))


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """Return 0 below `low`, 1 above `high` and a smooth cubic between them."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def mix(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return [..., 3] between two colours; `share` [...] of 1 gives the second."""
    return first + (second - first) * share[..., None]


@functools.lru_cache(maxsize=256)
def _interpolation(length: int, cells: int) -> np.ndarray:
    """Return float32 [length, cells + 1]: smooth interpolation weights from lattice points to pixels."""
    position = np.linspace(0, cells, length, endpoint=False)
    start = position.astype(int)
    share = smoothstep(0, 1, position - start)
    weights = np.zeros((length, cells + 1), np.float32)
    weights[np.arange(length), start] = 1 - share
    weights[np.arange(length), start + 1] = share
    return weights


def noise(random: Random, height: int, width: int, rows: int, columns: int) -> np.ndarray:
    """Return float32 [height, width] of value noise in -1..1 with rows x columns lattice cells."""
    lattice = random.uniform(-1, 1, (rows + 1, columns + 1)).astype(np.float32)
    return _interpolation(height, rows) @ lattice @ _interpolation(width, columns).T


def fractal(random: Random, height: int, width: int, rows: int, columns: int, octaves: int = 4) -> np.ndarray:
    """Return noise summed over octaves, each twice as fine and half as strong; about -1..1."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        finer = (min(rows << octave, height), min(columns << octave, width))
        total += noise(random, height, width, *finer) * 0.5**octave
    return total


@functools.lru_cache(maxsize=512)
def _gaussian(length: int, sixteenths: int) -> np.ndarray:
    distance = np.arange(length)[:, None] - np.arange(length)[None, :]
    weights = np.exp(-0.5 * np.square(distance / (sixteenths / 16)))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def blur(picture: np.ndarray, sigma: float) -> np.ndarray:
    """Return float32 [h, w] or [h, w, C] blurred by a Gaussian of `sigma` pixels (in steps of 1/16)."""
    sixteenths = round(sigma * 16)
    if sixteenths < 4:
        return picture
    down = _gaussian(picture.shape[0], sixteenths)
    across = _gaussian(picture.shape[1], sixteenths)
    if picture.ndim == 2:
        return down @ picture @ across.T
    planes = np.ascontiguousarray(picture.transpose(2, 0, 1))  # matmul is fast on contiguous planes only
    return np.ascontiguousarray((down @ planes @ across.T).transpose(1, 2, 0))


def lookup(tile: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a tile's values at pixel positions (x, y), bilinear; its side, a power of two, repeats forever."""
    side = len(tile)
    column, row = np.floor(x), np.floor(y)
    fx, fy = x - column, y - row
    left, top = column.astype(np.int32) & (side - 1), row.astype(np.int32) & (side - 1)
    right, upper, lower = (left + 1) & (side - 1), top * side, ((top + 1) & (side - 1)) * side
    above = tile.take(upper + left) * (1 - fx) + tile.take(upper + right) * fx
    below = tile.take(lower + left) * (1 - fx) + tile.take(lower + right) * fx
    return above * (1 - fy) + below * fy


@dataclass(frozen=True)
class Light:
    """A key light from `direction` (x right, y down, z to the viewer; a unit vector), sky light, and bounced light."""

    direction: tuple[float, float, float]
    key: np.ndarray
    sky: np.ndarray
    bounce: np.ndarray

    def shade(
        self,
        albedo: np.ndarray,
        normal: tuple[np.ndarray, np.ndarray, np.ndarray],
        gloss: float,
        sharpness: int = 5,
    ) -> np.ndarray:
        """Return lit colours [h, w, 3]; a highlight of strength `gloss`, `sharpness` squarings narrow."""
        x, y, z = normal
        lx, ly, lz = self.direction
        facing = np.clip((x * lx + y * ly + z * lz + 0.12) / 1.12, 0, 1)
        upward = (0.5 - 0.5 * y)[..., None]
        ambient = self.bounce + (self.sky - self.bounce) * upward
        occlusion = (0.55 + 0.45 * z)[..., None]
        half = math.sqrt(lx * lx + ly * ly + (lz + 1) ** 2)
        glint = np.clip((x * lx + y * ly + z * (lz + 1)) / half, 0, 1)
        sheen = glint**4
        for _ in range(sharpness):
            glint = glint * glint
        lit = albedo * (ambient * occlusion + self.key * facing[..., None])
        return lit + self.key * (gloss * glint + 0.06 * gloss * sheen)[..., None]


@dataclass(frozen=True)
class Sprite:
    """A drawn object: colours [h, w, 3] in linear light and coverage [h, w]; (0, 0) is its bounding square's corner."""

    colour: np.ndarray
    alpha: np.ndarray


def canvas(radius: int, reach: float, turn: float) -> tuple[np.ndarray, np.ndarray]:
    """Return coordinates (u, v) in units of `radius`, turned by `turn` radians, over a square of +-`reach`."""
    half = math.ceil(radius * reach)
    axis = ((np.arange(2 * half) + 0.5 - half) / radius).astype(np.float32)
    x, y = axis[None, :], axis[:, None]
    cosine, sine = math.cos(turn), math.sin(turn)
    return x * cosine + y * sine, y * cosine - x * sine


def turned(x: np.ndarray, y: np.ndarray, turn: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a vector field given in an object's own axes in the picture's axes."""
    cosine, sine = math.cos(turn), math.sin(turn)
    return x * cosine - y * sine, x * sine + y * cosine
