"""Apples, bananas and oranges, each drawn as shape, surface normal, skin and light."""

import math

import numpy as np

from tinyml.data.fruit.paint import (
    Light,
    Random,
    Sprite,
    blur,
    canvas,
    fractal,
    linear,
    lookup,
    mix,
    noise,
    smoothstep,
    turned,
)

TILE = 128


def _edge(distance: np.ndarray, radius: int) -> np.ndarray:
    """Return coverage 0..1 from a signed distance (positive inside, in radii), one pixel soft."""
    return np.clip(distance * radius + 0.5, 0, 1).astype(np.float32)


def _turn(random: Random, from_above: bool) -> float:
    return random.uniform(-math.pi, math.pi) if from_above else random.normal(0, 0.28)


def _over(below: Sprite, colour: np.ndarray, alpha: np.ndarray) -> Sprite:
    return Sprite(mix(below.colour, colour, alpha), np.maximum(below.alpha, alpha))


APPLES = (  # (ground, blush, how much of the skin the blush covers)
    ((0.78, 0.62, 0.25), (0.70, 0.05, 0.08), 0.85),
    ((0.60, 0.10, 0.10), (0.52, 0.02, 0.06), 0.60),
    ((0.88, 0.72, 0.30), (0.82, 0.16, 0.10), 0.45),
    ((0.56, 0.72, 0.20), (0.66, 0.76, 0.26), 0.50),
    ((0.66, 0.76, 0.28), (0.80, 0.22, 0.14), 0.25),
)


def apple(random: Random, radius: int, light: Light, from_above: bool) -> Sprite:
    """Draw an apple with streaks from stem to bottom, a stem in its hollow, sometimes a leaf."""
    turn = _turn(random, from_above)
    u, v = canvas(radius, 1.55, turn)
    narrow, notch = random.uniform(0.08, 0.17), random.uniform(0.10, 0.17)
    dip = 1 / (1 + np.square(u / 0.34))
    x = u / (1 - narrow * v)
    y = v / 0.95 * (1 + dip * np.where(v < 0, np.float32(notch), np.float32(0.05)))
    squared = x * x + y * y
    alpha = _edge(1 - np.sqrt(squared), radius)
    z = np.sqrt(np.clip(1 - squared, 0, 1))
    hollow_v = random.uniform(-0.74, -0.60)
    hollow = np.clip(1 - np.square(u / 0.36) - np.square((v - hollow_v) / 0.17), 0, 1)
    ny = y + 0.9 * hollow * np.sign(hollow_v + 0.02 - v)
    length = np.sqrt(x * x + ny * ny + z * z) + 1e-6
    skin = _apple_skin(random, u, v, z, hollow, hollow_v)
    nx, ny = turned(x / length, ny / length, turn)
    colour = light.shade(skin, (nx, ny, z / length), gloss=random.uniform(0.25, 0.6), sharpness=5)
    colour = colour * (1 - 0.75 * smoothstep(0.1, 1, hollow))[..., None]
    colour = colour * (1 - 0.35 * smoothstep(0.45, 1.0, turned(u, v, turn)[1]))[..., None]
    sprite = Sprite(colour, alpha)
    return _stem(random, sprite, u, v, hollow_v, radius, light)


def _apple_skin(
    random: Random, u: np.ndarray, v: np.ndarray, z: np.ndarray, hollow: np.ndarray, hollow_v: float
) -> np.ndarray:
    ground, blush, cover = APPLES[random.integers(len(APPLES))]
    around = np.arctan2(u * 1.1, (v - hollow_v + 0.25) + 0.15) * (TILE / 2 / math.pi) + TILE / 2
    streak_tile = fractal(random, TILE, TILE, 3, 24, 2)
    streaks = lookup(streak_tile, around, (v + 1.5) * 24)
    patches = noise(random, len(u), len(u), 4, 4)
    side = random.uniform(-0.6, 0.6)
    share = smoothstep(
        -0.7, 0.7, cover * 1.6 - 0.8 + 0.45 * streaks + 0.4 * patches + side * u - 0.25 * hollow
    )
    skin = mix(linear(ground), linear(blush), share)
    dots = lookup(noise(random, TILE, TILE, 60, 60), (u / (0.45 + z)) * 34 + 300, (v / (0.45 + z)) * 34 + 300)
    skin = mix(skin, linear((0.85, 0.75, 0.45)), 0.22 * smoothstep(0.66, 1.0, dots))
    return mix(skin, linear((0.55, 0.50, 0.20)), 0.55 * smoothstep(0.25, 0.9, hollow))


def _stem(
    random: Random, sprite: Sprite, u: np.ndarray, v: np.ndarray, start: float, radius: int, light: Light
) -> Sprite:
    length, lean = random.uniform(0.35, 0.62), random.uniform(-0.25, 0.25)
    along = np.clip((start + 0.03 - v) / length, 0, 1)
    across = (u - lean * along * along) / (0.035 + 0.03 * along)
    inside = np.minimum(1 - np.abs(across), np.minimum(start + 0.05 - v, v - start - 0.03 + length) / 0.05)
    shade = 0.45 + 0.55 * np.clip(1 - np.square(across + 0.5 * light.direction[0]), 0, 1)
    sprite = _over(
        sprite,
        linear((0.42, 0.28, 0.15)) * (light.sky + light.key * 0.6) * shade[..., None],
        _edge(inside * 0.05, radius),
    )
    if random.random() > 0.3:
        return sprite
    angle = random.choice((-1, 1)) * random.uniform(0.3, 0.8)
    p, q = turned(u - lean, v - start + length * 0.85, angle)
    p = p * math.copysign(1, -angle) if angle else p
    width = 0.20 * np.clip(4 * p / 0.62 * (1 - p / 0.62), 0, 1)
    leaf = np.where((p > 0) & (p < 0.62), width - np.abs(q), -1)
    vein = 0.7 + 0.3 * smoothstep(0, 0.03, np.abs(q)) + 0.12 * np.sign(q)
    green = linear((0.28, 0.50, 0.14)) * (light.sky + light.key * 0.8) * vein[..., None]
    return _over(sprite, green, _edge(leaf, radius))


def orange(random: Random, radius: int, light: Light, from_above: bool) -> Sprite:
    """Draw an orange: a sphere with pores that bend its normals, and a calyx or a navel."""
    turn = random.uniform(-math.pi, math.pi)
    u, v = canvas(radius, 1.1, turn)
    x, y = u, v / random.uniform(0.94, 1.0)
    squared = x * x + y * y
    alpha = _edge(1 - np.sqrt(squared), radius)
    z = np.sqrt(np.clip(1 - squared, 0, 1))
    pores = _pores(random)
    du, dv = x / (0.4 + z) * 52 + 300, y / (0.4 + z) * 52 + 300
    height = lookup(pores, du, dv)
    slope_x, slope_y = height - lookup(pores, du + 1.5, dv), height - lookup(pores, du, dv + 1.5)
    rough = random.uniform(0.25, 0.45)
    nx, ny = x + rough * slope_x, y + rough * slope_y
    length = np.sqrt(nx * nx + ny * ny + z * z) + 1e-6
    ripe = random.uniform(0, 1)
    base = linear((0.96, 0.50 + 0.12 * ripe, 0.06))
    skin = mix(base, linear((0.93, 0.38, 0.03)), 0.5 + 0.5 * noise(random, len(u), len(u), 4, 4))
    skin = mix(
        skin,
        linear((0.75, 0.66, 0.10)),
        random.choice((0, 0, 0.5)) * smoothstep(0.1, 0.9, noise(random, len(u), len(u), 2, 2)),
    )
    skin = skin * (0.86 + 0.14 * np.clip(1 + height, 0, 1))[..., None]
    mark_u, mark_v = random.uniform(-0.45, 0.45), random.uniform(-0.45, 0.45)
    away = np.sqrt(np.square(x - mark_u) + np.square(y - mark_v))
    colour_of_mark = linear((0.36, 0.42, 0.14) if random.random() < 0.6 else (0.62, 0.34, 0.05))
    star = 0.085 + 0.035 * np.cos(5 * np.arctan2(y - mark_v, x - mark_u))
    skin = skin * (1 - 0.3 * (1 - smoothstep(0.05, 0.26, away)))[..., None]
    skin = mix(skin, colour_of_mark, 1 - smoothstep(-0.015, 0.02, away - star))
    nx, ny = turned(nx / length, ny / length, turn)
    colour = light.shade(skin, (nx, ny, z / length), gloss=random.uniform(0.10, 0.28), sharpness=3)
    below = turned(u, v, turn)[1]
    return Sprite(colour * (1 - 0.35 * smoothstep(0.45, 1.0, below))[..., None], alpha)


def _pores(random: Random) -> np.ndarray:
    """Return a tile of small round pits between -1 (in a pit) and 1."""
    pits = np.zeros((TILE, TILE), np.float32)
    pits[random.integers(0, TILE, 900), random.integers(0, TILE, 900)] = 1
    pits = blur(pits, 1.3)
    return np.clip(1 - pits * 9, -1, 1) + 0.25 * noise(random, TILE, TILE, 32, 32)


# Half the thickness of a banana along its length: -1.1 is the tip, 1 the shoulder, beyond it the stem.
PROFILE_AT = (-1.12, -1.08, -1.0, -0.85, -0.6, -0.2, 0.2, 0.6, 0.8, 0.95, 1.05, 1.2, 1.32, 1.36)
PROFILE = (0.0, 0.05, 0.075, 0.145, 0.205, 0.245, 0.245, 0.205, 0.16, 0.10, 0.07, 0.055, 0.065, 0.0)


def banana(random: Random, radius: int, light: Light, from_above: bool) -> Sprite:
    """Draw a banana: a bent tube with flat sides, greenish or spotted, with a dark tip and a cut stem."""
    turn = _turn(random, from_above)
    if not from_above and random.random() < 0.4:
        turn += math.pi  # lying on its back or on its belly
    u, v = canvas(radius, 1.5, turn)
    bend = random.uniform(0.55, 1.0)
    arc = 1 / bend
    v = v / random.uniform(0.85, 1.0) - 0.25 * bend
    x, y = u, v + arc
    r = np.sqrt(x * x + y * y)
    along = np.arctan2(x, y) * arc
    fat = random.uniform(0.85, 1.15)
    thickness = fat * np.interp(along, PROFILE_AT, np.array(PROFILE)).astype(np.float32)
    alpha = _edge(thickness - np.abs(r - arc), radius) * (thickness > 0)
    d = np.clip((r - arc) / (thickness + 1e-6), -1, 1)
    phase = random.uniform(-0.3, 0.3)
    facet = d - 0.13 * np.sin(3 * math.pi * (d + phase))
    facet = np.clip(facet, -0.995, 0.995)
    z = np.sqrt(1 - facet * facet)
    nx, ny = turned(facet * x / (r + 1e-6), facet * y / (r + 1e-6), turn)
    skin = _banana_skin(random, along, d, phase)
    colour = light.shade(skin, (nx, ny, z), gloss=random.uniform(0.06, 0.18), sharpness=3)
    below = turned(u, v, turn)[1]
    return Sprite(colour * (1 - 0.25 * smoothstep(0.1, 0.9, below))[..., None], alpha)


def _banana_skin(random: Random, along: np.ndarray, d: np.ndarray, phase: float) -> np.ndarray:
    green, brown = random.choice((0.0, 0.0, 0.35, 0.8)), random.choice((0.0, 0.3, 0.6, 1.0))
    skin = mix(
        linear((0.95, 0.80, 0.18)),
        linear((0.90, 0.68, 0.10)),
        0.5 + 0.5 * noise(random, len(d), len(d), 3, 3),
    )
    skin = mix(
        skin,
        linear((0.55, 0.66, 0.16)),
        np.clip(green * (0.35 + smoothstep(0.3, 1.0, np.abs(along))), 0, 0.9),
    )
    ridge = smoothstep(0.90, 1.0, np.cos(3 * math.pi * (d + phase) / 1.0))
    skin = skin * (1 - 0.14 * ridge)[..., None]
    speckle = lookup(fractal(random, TILE, TILE, 28, 14, 2), along * 22 + 300, d * 16 + 300)
    blotch = lookup(noise(random, TILE, TILE, 12, 12), along * 16 + 300, d * 8 + 300)
    spots = np.maximum(
        smoothstep(0.75, 0.95, speckle + 0.25 * brown), smoothstep(0.8, 0.95, blotch + 0.2 * brown)
    )
    skin = mix(skin, linear((0.34, 0.20, 0.08)), 0.85 * brown * spots)
    skin = mix(skin, linear((0.62, 0.62, 0.20)), 0.8 * smoothstep(0.9, 1.15, along))
    skin = mix(skin, linear((0.22, 0.15, 0.08)), smoothstep(1.26, 1.34, along))
    return mix(skin, linear((0.16, 0.11, 0.07)), smoothstep(0.98, 1.06, -along))


FRUIT = {"apple": apple, "banana": banana, "orange": orange}
