"""What the fruit lie on and what stands around them: tables, cloths, walls, and things that are not fruit."""

import math

import numpy as np

from tinyml.data.fruit.paint import (
    Colour,
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

TILE = 256


def wood(random: Random, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return planks with grain along x; `x` and `y` are positions on the table in units of the picture."""
    light, dark = random.choice(4), random.uniform(0.45, 0.75)
    tone = linear(((0.72, 0.53, 0.36), (0.55, 0.36, 0.22), (0.82, 0.70, 0.54), (0.38, 0.27, 0.20))[light])
    plank = np.floor(y * 3.7 + 0.3)
    shade = lookup(noise(random, 64, 64, 64, 64), plank * 7 + 32, plank * 3)
    grain = lookup(fractal(random, TILE, TILE, 64, 4, 3), x * 120 + plank * 57, y * 420 + plank * 31)
    rings = lookup(noise(random, TILE, TILE, 8, 3), x * 60 + plank * 91, y * 140)
    rings = np.abs(rings * 5 - np.round(rings * 5)) * 2
    share = np.clip(0.45 + 0.30 * grain + 0.22 * rings + 0.18 * shade - 0.2, 0, 1)
    seam = np.abs(y * 3.7 + 0.3 - plank - 0.5) * 2
    return mix(tone, tone * dark * 0.7, share) * (1 - 0.7 * smoothstep(0.965, 0.99, seam))[..., None]


def gingham(random: Random, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a chequered or striped cloth with its weave."""
    colours: tuple[Colour, ...] = (
        (0.62, 0.16, 0.18),
        (0.18, 0.30, 0.55),
        (0.20, 0.42, 0.34),
        (0.45, 0.42, 0.40),
    )
    dye = linear(colours[random.integers(len(colours))])
    count = random.uniform(5, 10)
    across = ((x * count) % 1 > 0.5).astype(np.float32)
    down = ((y * count) % 1 > 0.5).astype(np.float32) * random.choice((0, 1, 1))
    weave = 0.90 + 0.10 * lookup(noise(random, TILE, TILE, 128, 128), x * 640, y * 640)
    return mix(linear((0.92, 0.91, 0.87)), dye, 0.45 * (across + down)) * weave[..., None]


def plaster(random: Random, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return paper, paint or stone: one colour with faint patches."""
    colours: tuple[Colour, ...] = (
        (0.93, 0.92, 0.90), (0.96, 0.96, 0.96), (0.62, 0.70, 0.74), (0.80, 0.74, 0.66),
        (0.40, 0.44, 0.48), (0.55, 0.63, 0.55), (0.72, 0.60, 0.60), (0.24, 0.25, 0.28),
    )  # fmt: skip
    colour = linear(colours[random.integers(len(colours))])
    patches = lookup(fractal(random, TILE, TILE, 6, 6, 5), x * TILE * 0.9, y * TILE * 0.9)
    return colour * (1 + random.uniform(0.03, 0.14) * patches)[..., None]


def marble(random: Random, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return pale stone with thin dark veins."""
    veins = lookup(fractal(random, TILE, TILE, 4, 4, 5), x * 200, y * 200)
    fine = lookup(fractal(random, TILE, TILE, 10, 10, 4), x * 200, y * 200)
    share = 0.55 * (1 - smoothstep(0, 0.22, np.abs(veins))) + 0.2 * np.clip(fine, 0, 1)
    pale, dark = random.choice(([0.88, 0.25]), 1)[0], 0.45
    return mix(linear((pale, pale * 0.99, pale * 0.97)), linear((dark, dark * 0.98, dark)), share)


def foliage(random: Random, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return leaves and grass, light and dark."""
    leaves = lookup(fractal(random, TILE, TILE, 20, 20, 4), x * 230, y * 230)
    green = mix(linear((0.10, 0.20, 0.06)), linear((0.42, 0.56, 0.20)), smoothstep(-0.8, 0.9, leaves))
    return mix(green, linear((0.70, 0.78, 0.52)), 0.6 * smoothstep(0.7, 1.4, leaves))


SURFACES = (wood, wood, gingham, plaster, plaster, marble)
WALLS = (plaster, plaster, foliage, wood)


def backdrop(random: Random, size: int, horizon: float | None, light: Light) -> np.ndarray:
    """Return float32 [size, size, 3]: a surface from above, or with `horizon` (0..1) a table before a wall."""
    axis = ((np.arange(size) + 0.5) / size).astype(np.float32)
    x, y = np.broadcast_to(axis[None, :], (size, size)), np.broadcast_to(axis[:, None], (size, size))
    surface = SURFACES[random.integers(len(SURFACES))]
    if horizon is None:
        across, down = turned(x, y, random.uniform(-math.pi, math.pi))
        picture = surface(random, across + 3, down + 3)
    else:
        depth = 0.75 / np.maximum(y - horizon + 0.28, 0.05)
        picture = surface(random, (x - 0.5) * depth + 3, depth * 1.1 + 2)
        picture = picture * (1 - 0.35 * smoothstep(0.25, 0, y - horizon))[..., None]
        paint = WALLS[random.integers(len(WALLS))]  # out of focus: half the resolution shows nowhere
        wall = blur(paint(random, x[::2, ::2] + 0.2, y[::2, ::2] + 0.7), size * random.uniform(0.002, 0.015))
        wall = wall.repeat(2, axis=0).repeat(2, axis=1)
        wall = wall * (0.55 + 0.45 * smoothstep(-0.2, 1, y / horizon))[..., None]
        picture = mix(wall, picture, smoothstep(-0.006, 0.006, y - horizon))
    spot_x, spot_y = random.uniform(0, 1), random.uniform(0, 1)
    falloff = 1 / (1 + random.uniform(0.2, 1.1) * (np.square(x - spot_x) + np.square(y - spot_y)))
    return picture * (light.key * 0.75 + light.sky) * falloff[..., None]


def plate(random: Random, size: int, light: Light) -> Sprite:
    """Draw a plate as wide as `size` pixels, flattened by the view."""
    u, v = canvas(size // 2, 1.05, 0.0)
    v = v / random.uniform(0.42, 0.60)
    r = np.sqrt(u * u + v * v)
    colours: tuple[Colour, ...] = (
        (0.93, 0.93, 0.92),
        (0.55, 0.68, 0.78),
        (0.32, 0.36, 0.42),
        (0.86, 0.82, 0.72),
    )
    glaze = linear(colours[random.integers(len(colours))])
    rim = smoothstep(0.60, 0.68, r) - 0.8 * smoothstep(0.90, 0.99, r)
    shade = (
        0.78
        + 0.18 * rim
        - 0.10 * u * light.direction[0]
        - 0.16 * v * smoothstep(0.55, 0.7, r) * light.direction[1]
    )
    band = smoothstep(0.02, 0.0, np.abs(r - 0.80)) * random.choice((0, 1))
    colour = mix(glaze * shade[..., None], glaze * 0.4, 0.6 * band) * (light.key * 0.8 + light.sky)
    return Sprite(colour, np.clip((1 - r) * size / 4 + 0.5, 0, 1).astype(np.float32))


def mug(random: Random, radius: int, light: Light) -> Sprite:
    """Draw a mug or a glass jar: an upright cylinder, its dark opening, sometimes a handle."""
    u, v = canvas(radius, 1.5, 0.0)
    tall, squash = random.uniform(0.75, 1.1), random.uniform(0.16, 0.26)
    x = np.clip(u / 0.72, -1, 1)
    bulge = np.sqrt(np.clip(1 - x * x, 0, 1)) * squash
    body = np.minimum(np.minimum(0.72 - np.abs(u), v + tall - squash + bulge), tall - squash + bulge - v)
    ring = 0.10 - np.abs(np.sqrt(np.square(u - 0.74) + np.square(v * 0.8)) - 0.42)
    handle = np.where(u > 0.5, ring, -1) if random.random() < 0.7 else np.full_like(body, -1)
    colours: tuple[Colour, ...] = (
        (0.90, 0.90, 0.88), (0.20, 0.38, 0.60), (0.15, 0.48, 0.50), (0.35, 0.33, 0.36), (0.52, 0.40, 0.58),
    )  # fmt: skip
    glaze = linear(colours[random.integers(len(colours))])
    z = np.sqrt(np.clip(1 - x * x, 0, 1))
    glaze_map = (
        np.broadcast_to(glaze, (*u.shape, 3))
        * (1 - 0.5 * smoothstep(-0.02, 0.02, ring) * (body < 0))[..., None]
    )
    colour = light.shade(glaze_map, (x * np.ones_like(z), np.zeros_like(z) - 0.1, z), gloss=0.35, sharpness=4)
    mouth = 1 - np.square(u / 0.66) - np.square((v + tall - squash) / squash * 1.1)
    colour = mix(colour, glaze * 0.18, smoothstep(0, 0.08, mouth))
    return Sprite(colour, np.clip(np.maximum(body, handle) * radius + 0.5, 0, 1).astype(np.float32))


def box(random: Random, radius: int, light: Light) -> Sprite:
    """Draw a book or a box, lying at any angle, with a printed cover."""
    u, v = canvas(radius, 1.35, random.uniform(-0.6, 0.6))
    wide, high = random.uniform(0.6, 1.0), random.uniform(0.45, 0.8)
    inside = np.minimum(wide - np.abs(u), high - np.abs(v))
    colour = linear(tuple(random.choice((0.15, 0.30, 0.45, 0.60, 0.80), 3)))
    colour = colour * (0.6 + 0.4 * np.array([0.5, 0.8, 1.0], np.float32))  # cool covers: no fruit's colour
    cover = np.broadcast_to(colour, (*u.shape, 3))
    cover = mix(
        cover,
        linear((0.9, 0.9, 0.88)),
        0.8 * ((np.abs(v + 0.2) < 0.05) | (np.abs(v + 0.05) < 0.03)) * (np.abs(u) < 0.4),
    )
    lit = cover * (light.key * (0.7 + 0.15 * u * light.direction[0])[..., None] + light.sky)
    lit = mix(lit, lit * 0.35, smoothstep(0.07, 0.03, inside))
    return Sprite(lit, np.clip(inside * radius + 0.5, 0, 1).astype(np.float32))


def ball(random: Random, radius: int, light: Light) -> Sprite:
    """Draw a ball in a colour that no fruit here has: the same shape, another thing."""
    u, v = canvas(radius, 1.1, 0.0)
    r2 = u * u + v * v
    z = np.sqrt(np.clip(1 - r2, 0, 1))
    colours: tuple[Colour, ...] = (
        (0.20, 0.35, 0.72),
        (0.88, 0.88, 0.90),
        (0.48, 0.26, 0.58),
        (0.12, 0.14, 0.18),
        (0.20, 0.55, 0.62),
    )
    skin = np.broadcast_to(linear(colours[random.integers(len(colours))]), (*u.shape, 3))
    band = smoothstep(0.03, 0.0, np.abs(np.abs(u * 0.6 + v * 0.8) - 0.25)) * random.choice((0, 1))
    skin = mix(skin, linear((0.92, 0.92, 0.90)), band)
    colour = light.shade(skin, (u * np.ones_like(z), v * np.ones_like(z), z), gloss=0.4, sharpness=5)
    return Sprite(colour, np.clip((1 - np.sqrt(r2)) * radius + 0.5, 0, 1).astype(np.float32))


def leaf(random: Random, radius: int, light: Light) -> Sprite:
    """Draw a fallen leaf with its veins."""
    u, v = canvas(radius, 1.1, random.uniform(-math.pi, math.pi))
    width = 0.42 * np.clip(1 - u * u, 0, 1) * (1 + 0.25 * u)
    inside = width - np.abs(v)
    ribs = np.abs((np.abs(v) * 1.2 - u) * 7 - np.round((np.abs(v) * 1.2 - u) * 7)) * 2
    colours: tuple[Colour, ...] = ((0.22, 0.42, 0.14), (0.34, 0.50, 0.22), (0.36, 0.28, 0.14))
    green = linear(colours[random.integers(len(colours))])
    shade = (
        0.8 + 0.15 * smoothstep(0, 0.3, ribs) + 0.10 * np.sign(v) - 0.25 * smoothstep(0.03, 0.0, np.abs(v))
    )
    return Sprite(
        green * shade[..., None] * (light.key * 0.8 + light.sky),
        np.clip(inside * radius + 0.5, 0, 1).astype(np.float32),
    )


CLUTTER = (mug, box, ball, leaf, leaf)
