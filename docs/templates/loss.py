"""A template for another loss: take it over into tinyml/vision/loss.py, the one file that knows how wrong an answer is.

It is the focal loss of RetinaNet (Lin et al. 2017): cells that are right already count less, the surer they are. A test
trains with it in the place of the real one.
"""

import torch
from torch import Tensor

from tinyml.vision.config import TrainConfig
from tinyml.vision.loss import IGNORED

FOCUS = 2.0  # the higher, the less what is right already counts


def loss_of(logits: Tensor, targets: Tensor, config: TrainConfig) -> Tensor:
    """Return the loss of a batch.

    "classify": `logits` and `targets` (shares) are [N, classes]. "detect": `logits` are [N, 1 + classes, rows, columns] and
    `targets` [N, rows, columns]: 0 background, 1 + class, IGNORED where a cell does not count.
    """
    logarithms = logits.log_softmax(1)
    if config.task == "classify":
        return -(targets * (1 - logarithms.exp()) ** FOCUS * logarithms).sum(1).mean()
    own = logarithms.gather(1, targets.clamp(min=0)[:, None])[:, 0]  # of the class that is there
    weights = torch.where(targets > 0, config.object_weight, 1.0) * (targets != IGNORED)
    return (-((1 - own.exp()) ** FOCUS) * own * weights).sum() / weights.sum().clamp(min=1)
