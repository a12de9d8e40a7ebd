"""Random variation of training pictures, a batch at a time: one affine map of space and one of colour per picture.

All random numbers of a batch come from one generator on the CPU, so a batch is the same on every machine and in every
process; the pictures may be on a GPU.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from tinyml.vision.config import Augment

GRAY = (0.299, 0.587, 0.114)
# RGB <-> YIQ: hue turns the colour plane (I, Q), saturation scales it, and brightness stays.
TO_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
FROM_YIQ = torch.linalg.inv(TO_YIQ)


def uniform(shape: tuple[int, ...], low: float, high: float, generator: Generator) -> Tensor:
    """Return random numbers between `low` and `high`."""
    return torch.rand(shape, generator=generator) * (high - low) + low


def space_maps(count: int, size: int, augment: Augment, generator: Generator) -> Tensor:
    """Return [count, 2, 3]: where each point of the new picture lies in the old one, both from -1 to 1."""
    area = uniform((count,), *augment.area, generator)
    aspect = torch.exp(uniform((count,), -1, 1, generator) * math.log(augment.aspect))
    half = torch.stack([(area * aspect).sqrt(), (area / aspect).sqrt()], 1)  # [count, 2] of width and height
    if augment.area[1] <= 1:
        half = half.clamp(max=1.0)
    centre = uniform((count, 2), -1, 1, generator) * (1 - half).abs()
    angle = uniform((count,), -1, 1, generator) * math.radians(augment.rotate)
    if augment.shift:
        pixels = torch.randint(-augment.shift, augment.shift + 1, (count, 2), generator=generator)
        centre = centre + pixels * 2 / size
    mirror = 1.0 - 2.0 * ((torch.rand(count, generator=generator) < 0.5) & augment.flip)
    cos, sin = angle.cos(), angle.sin()
    rotation = torch.stack([torch.stack([cos * mirror, -sin], 1), torch.stack([sin * mirror, cos], 1)], 1)
    return torch.cat([rotation * half[:, :, None], centre[:, :, None]], 2)


def move_boxes(boxes: Tensor, maps: Tensor) -> Tensor:
    """Return boxes [N, B, 4] (centre x, centre y, width, height, as fractions) where `maps` moves them to.

    A turned box stays as large as the ellipse in it needs: the tightest box for round things.
    """
    inverse = torch.linalg.inv(maps[:, :, :2])  # old -> new
    centre = torch.einsum("nij,nbj->nbi", inverse, boxes[..., :2] * 2 - 1 - maps[:, None, :, 2])
    extent = torch.sqrt(torch.einsum("nij,nbj->nbi", inverse**2, boxes[..., 2:] ** 2))
    return torch.cat([centre / 2 + 0.5, extent], -1)


def colour_maps(count: int, augment: Augment, generator: Generator) -> tuple[Tensor, Tensor]:
    """Return matrices [count, 3, 3] and offsets [count, 3] for colours between 0 and 1."""

    def factor(strength: float) -> Tensor:
        return torch.exp(uniform((count,), -1, 1, generator) * math.log1p(strength))

    brightness, contrast, saturation = map(factor, (augment.brightness, augment.contrast, augment.saturation))
    turn = uniform((count,), -1, 1, generator) * augment.hue * 2 * math.pi
    plane = torch.zeros(count, 3, 3)
    plane[:, 0, 0] = 1
    plane[:, 1, 1] = plane[:, 2, 2] = saturation * turn.cos()
    plane[:, 1, 2], plane[:, 2, 1] = -saturation * turn.sin(), saturation * turn.sin()
    matrix = FROM_YIQ @ plane @ TO_YIQ * (brightness * contrast)[:, None, None]
    return matrix, (brightness * (1 - contrast) * 0.5)[:, None].expand(count, 3)


def vary(
    pictures: Tensor, boxes: Tensor, size: int, augment: Augment, generator: Generator, part: slice
) -> tuple[Tensor, Tensor]:
    """Return new pictures and the boxes in them.

    `pictures`: [n, C, S, S] from 0 to 1, the `part` of the batch that this process has; `boxes`: [N, B, 4] of the whole
    batch (centre x, centre y, width, height). Gives [n, C, size, size] and [n, B, 4].
    """
    count, device = len(boxes), pictures.device
    maps = space_maps(count, size, augment, generator)
    matrix, offset = colour_maps(count, augment, generator)
    maps, matrix, offset, boxes = maps[part], matrix[part], offset[part], boxes[part]
    grid = F.affine_grid(maps.to(device), [len(pictures), pictures.shape[1], size, size], align_corners=False)
    pictures = F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)
    if pictures.shape[1] == 3:
        pictures = torch.einsum("nij,njhw->nihw", matrix.to(device), pictures)
    else:  # gray: the colour's total effect
        pictures = pictures * matrix.sum(2).mean(1).to(device)[:, None, None, None]
    pictures = (pictures + offset[:, : pictures.shape[1], None, None].to(device)).clamp(0, 1)
    return pictures, move_boxes(boxes, maps)


@dataclass(frozen=True)
class Mosaic:
    """Which pictures of a batch are replaced by four of half the size: `replaced` bool [n], `parts` int64 [4, n]."""

    replaced: Tensor
    parts: Tensor  # top left, top right, bottom left, bottom right

    def pictures(self, pictures: Tensor) -> Tensor:
        """Return [n, C, S, S] with the mosaics in it."""
        parts = self.parts.to(pictures.device)
        small = F.avg_pool2d(pictures, 2)
        top = torch.cat([small[parts[0]], small[parts[1]]], 3)
        bottom = torch.cat([small[parts[2]], small[parts[3]]], 3)
        replaced = self.replaced.to(pictures.device)[:, None, None, None]
        return torch.where(replaced, torch.cat([top, bottom], 2), pictures)

    def boxes(self, boxes: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        """Return boxes [n, 4 B, 4] and their classes [n, 4 B], from [n, B, 4] and [n, B]."""
        moved, moved_classes = [], []
        for quarter, part in enumerate(self.parts):
            corner = torch.tensor([quarter % 2, quarter // 2, 0, 0])
            moved.append((boxes[part] + corner) / 2)
            # What lay outside must not reach into the next quarter.
            seen = ((boxes[part][..., :2] >= 0) & (boxes[part][..., :2] <= 1)).all(-1)
            moved_classes.append(torch.where(seen, classes[part], -1))
        none = torch.full_like(classes, -1)
        replaced = self.replaced[:, None]
        return (
            torch.where(replaced[..., None], torch.cat(moved, 1), torch.cat([boxes] * 4, 1)),
            torch.where(replaced, torch.cat(moved_classes, 1), torch.cat([classes, none, none, none], 1)),
        )

    def classes(self, classes: Tensor, mixed: int) -> Tensor:
        """Return the pictures' classes [n]: `mixed` for a mosaic of several."""
        of_parts = classes[self.parts]
        several = (of_parts != of_parts[0]).any(0)
        return torch.where(self.replaced, torch.where(several, mixed, of_parts[0]), classes)


def draw_mosaic(classes: Tensor, probability: float, alike: float = 0.0) -> Mosaic:
    """Return a mosaic of a batch whose pictures have `classes` [n], drawn from torch's global random numbers.

    The share `alike` of the mosaics keeps to one class: else a network learns that seams mean several.
    """
    count = len(classes)
    same = (classes[:, None] == classes).float()
    one_class = torch.rand(count, 1) < alike
    others = torch.multinomial(torch.where(one_class, same, 1.0), 3, replacement=True)
    parts = torch.cat([torch.arange(count)[None], others.T])
    return Mosaic(torch.rand(count) < probability, parts)
