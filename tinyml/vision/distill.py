"""Learning from a larger network: the student also learns to give a trained run's outputs for the same picture."""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from tinyml.errors import TinymlError
from tinyml.paths import RunFiles, find_run
from tinyml.vision.checkpoint import load_run
from tinyml.vision.config import TrainConfig, read_config
from tinyml.vision.pictures import normalize


class Teacher:
    """A trained run that sees the student's pictures, at its own size and normalization.

    Raises TinymlError where its task, classes or channels are not the student's.
    """

    def __init__(self, config: TrainConfig, device: torch.device) -> None:
        run: Path = find_run(config.teacher)
        self.config, self.student = read_config(RunFiles(run).config), config
        for name in ("task", "classes", "channels"):
            if (own := getattr(self.config, name)) != (wanted := getattr(config, name)):
                raise TinymlError(
                    f"the teacher {run.name} cannot teach this run: its {name} is {own}, not {wanted}",
                    cure="choose a teacher that was trained on the same data set and task",
                )
        self.network = load_run(run).to(device, memory_format=torch.channels_last)

    @torch.no_grad()
    def logits(self, x: Tensor) -> Tensor:
        """Return the teacher's logits for the student's normalized pictures [N, C, H, W]."""
        mean, std = (
            torch.tensor(values).view(1, -1, 1, 1) for values in (self.student.mean, self.student.std)
        )
        pictures = x * std.to(x.device) + mean.to(x.device)  # back to 0..1
        if self.config.size != self.student.size:
            size = (self.config.size, self.config.size)
            pictures = F.interpolate(pictures, size, mode="bilinear", antialias=True)
        return self.network(normalize(pictures, self.config).contiguous(memory_format=torch.channels_last))

    def loss(self, x: Tensor, logits: Tensor) -> Tensor:
        """Return the divergence of the student's `logits` from the teacher's, both softened by the temperature.

        `logits`: [N, classes], or [N, 1 + classes, rows, columns] where a cell counts the more, up to `object_weight`,
        the surer the teacher is of an object.
        """
        temperature = self.student.temperature
        teacher = self.logits(x)
        if teacher.shape[2:] != logits.shape[2:]:
            teacher = F.interpolate(teacher, logits.shape[2:], mode="bilinear", antialias=True)
        wanted = (teacher / temperature).log_softmax(1)
        said = (logits / temperature).log_softmax(1)
        divergence = F.kl_div(said, wanted, reduction="none", log_target=True).sum(1)
        weights = torch.ones_like(divergence)
        if self.student.task == "detect":
            weights += (self.student.object_weight - 1) * (1 - teacher.softmax(1)[:, 0])
        return (divergence * weights).sum() / weights.sum() * temperature**2
