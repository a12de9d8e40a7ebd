"""One picture of fruit from a seed: a backdrop, clutter, shadows, fruit back to front, and a camera.

Everything is drawn at twice the final size in linear light. A fruit's box is the bounds of its visible pixels in the
final picture, so it is exact; a fruit that would hide more than `MAX_HIDDEN` of another is placed elsewhere.
"""

import math
from dataclasses import dataclass

import numpy as np

from tinyml.data.fruit.backgrounds import CLUTTER, backdrop, plate
from tinyml.data.fruit.paint import Light, Random, Sprite, blur, linear
from tinyml.data.fruit.shapes import FRUIT

OVERSAMPLING = 2
MAX_HIDDEN = 0.45  # of a fruit's own area, by other things and by the picture's edge
TRIES = 12


@dataclass(frozen=True)
class Drawn:
    """A fruit as it is seen: its kind and the bounds of its visible pixels, right and bottom exclusive."""

    kind: str
    left: int
    top: int
    right: int
    bottom: int


def make_light(random: Random) -> Light:
    """Return a window, a lamp or an overcast sky, somewhere above."""
    x, y, z = random.uniform(-0.75, 0.75), random.uniform(-0.85, -0.35), random.uniform(0.45, 0.9)
    length = math.sqrt(x * x + y * y + z * z)
    warmth, contrast = random.uniform(-0.08, 0.12), random.uniform(0.55, 1.1)
    key = np.array([1 + warmth, 1, 1 - warmth], np.float32) * contrast
    sky = np.array([0.95, 1.0, 1.06], np.float32) * random.uniform(0.25, 0.5)
    return Light(
        (x / length, y / length, z / length), key, sky, linear((0.48, 0.45, 0.42)) * random.uniform(0.5, 1.2)
    )


class Scene:
    """A canvas [size, size, 3] that things are put on from back to front; it knows which fruit owns each pixel."""

    def __init__(self, random: Random, size: int) -> None:
        self.size = size
        self.light = make_light(random)
        self.horizon = random.uniform(0.12, 0.45) if random.random() < 0.6 else None
        self.colour = backdrop(random, size, self.horizon, self.light)
        self.owner = np.full((size, size), -1, np.int16)
        self.areas: list[float] = []  # of each fruit, were nothing before it and the picture endless

    def _clip(self, side: int, x: float, y: float) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Return where a square of `side` pixels around (x, y) lies in the canvas, and the part of it that does."""
        left, top = round(x - side / 2), round(y - side / 2)
        rows = slice(max(top, 0), min(top + side, self.size))
        columns = slice(max(left, 0), min(left + side, self.size))
        return (rows, columns), (
            slice(rows.start - top, max(rows.stop - top, rows.start - top)),
            slice(columns.start - left, max(columns.stop - left, columns.start - left)),
        )

    def hides_too_much(self, sprite: Sprite, x: float, y: float) -> bool:
        """Tell whether `sprite` at (x, y) would leave too little of itself or of a fruit behind it."""
        place, part = self._clip(len(sprite.alpha), x, y)
        solid = sprite.alpha[part] > 0.5
        if solid.sum() < (1 - MAX_HIDDEN * 0.7) * (sprite.alpha > 0.5).sum():
            return True
        if not self.areas:
            return False
        seen = np.bincount(self.owner[self.owner >= 0], minlength=len(self.areas))
        owners = self.owner[place][solid]
        hidden = np.bincount(owners[owners >= 0], minlength=len(self.areas))
        return bool(((hidden > 0) & (seen - hidden < (1 - MAX_HIDDEN) * np.array(self.areas))).any())

    def shadow(self, sprite: Sprite, x: float, y: float, flat: bool = False) -> None:
        """Darken the ground under a thing: soft and away from the light, hard and dark where it touches."""
        alpha = sprite.alpha
        side = len(alpha)
        lx, ly, lz = self.light.direction
        base = -_standing(sprite, 0)
        for reach, sigma, strength in ((0.34, 0.085, 0.50), (0.05, 0.035, 0.45)):
            dx = -lx / (lz + 0.4) * reach * side * (0.25 if flat else 1)
            if self.horizon is None or flat:
                cast, dy = alpha, -ly / (lz + 0.4) * reach * side * (0.12 if flat else 0.6)
            else:  # seen from the side, a shadow lies squashed at the foot
                squash = 0.32
                source = np.round((np.arange(side) - side / 2) / squash + side / 2).astype(int)
                inside = (source >= 0) & (source < side)
                cast = np.where(inside[:, None], alpha[np.clip(source, 0, side - 1)], 0)
                dy = base - squash * base * 0.9 - squash * 0.1 * side
            coarse = np.pad(
                cast[::2, ::2], round(side * sigma * 1.25)
            )  # half the resolution shows in no shadow
            soft = blur(coarse, max(side * sigma / 2, 1)).repeat(2, axis=0).repeat(2, axis=1)
            place, part = self._clip(len(soft), x + dx, y + dy)
            self.colour[place] *= (1 - strength * soft[part])[..., None]

    def put(self, sprite: Sprite, x: float, y: float, fruit: bool = False) -> None:
        """Draw a thing with its centre at (x, y)."""
        place, part = self._clip(len(sprite.alpha), x, y)
        alpha = sprite.alpha[part]
        self.colour[place] += (sprite.colour[part] - self.colour[place]) * alpha[..., None]
        self.owner[place][alpha > 0.5] = len(self.areas) if fruit else -1
        if fruit:
            self.areas.append(float((sprite.alpha > 0.5).sum()))


def _foot(random: Random, scene: Scene) -> tuple[float, float]:
    """Return where a thing stands: anywhere from above, on a table below its horizon."""
    top = 0.2 if scene.horizon is None else min(scene.horizon + 0.10, 0.8)
    return random.uniform(0.08, 0.92) * scene.size, random.uniform(top, 0.98) * scene.size


def _standing(sprite: Sprite, foot: float) -> float:
    """Return the centre's y that puts the lowest pixel of `sprite` at `foot`."""
    rows = np.flatnonzero(sprite.alpha.max(axis=1) > 0.5)
    return foot - (int(rows[-1]) + 1 - len(sprite.alpha) / 2)


def _things(random: Random, scene: Scene, kinds: list[str]) -> list[tuple[float, float, str, Sprite]]:
    """Draw the fruit of `kinds` and some clutter; return (foot, x, kind or "", sprite), the farthest first."""
    things = []
    scale = scene.size * random.uniform(0.13, 0.28) / max(len(kinds) - 1, 1) ** 0.25
    gather = random.random() < 0.5
    centre = _foot(random, scene)
    for kind in kinds:
        radius = int(scale * random.uniform(0.8, 1.25) * (1.35 if kind == "banana" else 1.0))
        x, foot = _foot(random, scene)
        if gather:
            x, foot = (centre[0] + 2 * x) / 3, (centre[1] + 2 * foot) / 3
        things.append((foot, x, kind, FRUIT[kind](random, radius, scene.light, scene.horizon is None)))
    for _ in range(random.integers(0, 4)):
        x, foot = _foot(random, scene)
        radius = int(scene.size * random.uniform(0.07, 0.2))
        things.append((foot, x, "", CLUTTER[random.integers(len(CLUTTER))](random, radius, scene.light)))
    return sorted(things, key=lambda thing: thing[0])


def _fill(random: Random, scene: Scene, kinds: list[str]) -> list[str]:
    """Draw everything that lies on the surface, from back to front; return the fruit that found a place."""
    if random.random() < 0.25:
        sprite = plate(random, int(scene.size * random.uniform(0.55, 0.9)), scene.light)
        x, y = scene.size * random.uniform(0.35, 0.65), scene.size * random.uniform(0.6, 0.75)
        scene.shadow(sprite, x, y, flat=True)
        scene.put(sprite, x, y)
    placed = []
    for foot, x, kind, sprite in _things(random, scene, kinds):
        for _ in range(TRIES):
            y = _standing(sprite, foot)
            if not scene.hides_too_much(sprite, x, y):
                scene.shadow(sprite, x, y)
                scene.put(sprite, x, y, fruit=bool(kind))
                placed += [kind] if kind else []
                break
            x, foot = _foot(random, scene)
    return placed


def photograph(random: Random, scene: Scene) -> np.ndarray:
    """Return uint8 [size / 2, size / 2, 3]: the scene through a small camera's lens, sensor and processing."""
    half = scene.size // OVERSAMPLING
    picture = scene.colour.reshape(half, OVERSAMPLING, half, OVERSAMPLING, 3).mean(axis=(1, 3))
    picture = blur(picture, random.uniform(0.2, 0.65))
    axis = (np.arange(half, dtype=np.float32) + 0.5) / half - 0.5
    radius = np.square(axis)[:, None] + np.square(axis)[None, :]
    picture *= (1 - random.uniform(0.1, 0.9) * radius)[..., None]
    gains = 1 + np.array([random.uniform(-0.10, 0.10), 0, random.uniform(-0.10, 0.10)], np.float32)
    picture *= gains * random.uniform(0.85, 1.3)
    grain = random.normal(0, 1, (half, half, 3)).astype(np.float32)
    picture += grain * random.uniform(0.002, 0.012) * np.sqrt(np.clip(picture, 0.02, 1))
    shown = np.sqrt(np.clip(picture, 0, 1))
    shown = shown + random.uniform(0, 0.35) * (shown * shown * (3 - 2 * shown) - shown)
    return (shown * 255 + 0.5).astype(np.uint8)


def visible_boxes(owner: np.ndarray, kinds: list[str]) -> list[Drawn]:
    """Return each fruit's bounds in the final picture: of the pixels that it covers by half or more."""
    half = len(owner) // OVERSAMPLING
    drawn = []
    for number, kind in enumerate(kinds):
        cover = (owner == number).reshape(half, OVERSAMPLING, half, OVERSAMPLING).sum(axis=(1, 3))
        mask = cover * 2 >= OVERSAMPLING**2
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        drawn.append(Drawn(kind, int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    return drawn


def draw_scene(seed: int, number: int, kind: str, size: int) -> tuple[np.ndarray, list[Drawn]]:
    """Return picture `number` of a set as uint8 [size, size, 3], and its fruit; `kind` is a fruit or "mixed"."""
    random = np.random.Generator(np.random.PCG64([seed, number]))
    names = sorted(FRUIT)
    while True:
        scene = Scene(random, size * OVERSAMPLING)
        if kind == "mixed":
            kinds = [*random.permutation(names)[:2], *random.choice(names, random.integers(0, 4))]
        else:
            kinds = [kind] * int(random.choice((1, 1, 2, 2, 3, 4)))
        placed = _fill(random, scene, [str(name) for name in kinds])
        if placed and (kind != "mixed" or len(set(placed)) > 1):
            return photograph(random, scene), visible_boxes(scene.owner, placed)
