"""Damaged .tflite files, each made from a seed and its number alone.

The models that are damaged come from random_networks.py, some that keep states from recurrent.py and stateful.py and, where
it is there, from the folder mlperf-tiny of the real data.
"""

import os
import random
from functools import cache
from pathlib import Path

from support.random_networks import HEADS, KINDS, Layer, Network
from support.recurrent import remembering_network
from support.stateful import streaming_network

ROOT = Path(__file__).resolve().parents[2]
WORDS = [0, 1, 2, 3, 4, 127, 128, 255, 256, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF]


@cache
def models() -> list[bytes]:
    """Return the intact models: every kind of layer and head in small networks, then the real ones."""
    made = [
        Network(
            number,
            6,
            7,
            4,
            layers=[Layer(kind, 4, (3, 3), amounts=(1, 0, 1, 1)), Layer("conv", 3, (2, 2))],
            head=head,
        )
        for number, (kind, head) in enumerate(zip(KINDS, HEADS * 3))
    ]
    made.append(
        Network(99, 12, 12, 3, layers=[Layer("residual", 6, (3, 3)), Layer("gate"), Layer("concatenate", 3)])
    )
    data = Path(os.environ.get("TINYML_DATA", ROOT.parent / "shared" / "data"))
    real = [path.read_bytes() for path in sorted(data.glob("mlperf-tiny/*.tflite"))]
    return [*(network.tflite() for network in made), streaming_network(), remembering_network(), *real]


def mutant(seed: int, number: int) -> bytes:
    """Return damaged file `number`: one model after one to four random changes."""
    choose = random.Random(f"{seed} {number}")
    small = [model for model in models() if len(model) < 20_000]  # the real ones take most of a second each
    data = bytearray(choose.choice(small if choose.randrange(25) else models()))
    for _ in range(choose.choice([1, 1, 1, 2, 4])):
        if len(data) < 16:
            break
        # The structure lies at both ends of a file; the middle is mostly weights, whose bits may be anything.
        edge = min(len(data), 3000)
        at = choose.choice(
            [choose.randrange(edge), len(data) - 1 - choose.randrange(edge), choose.randrange(len(data))]
        )
        word = min(at - at % 4, len(data) - 4)
        match choose.randrange(7):
            case 0 | 1:
                data[at] ^= 1 << choose.randrange(8)
            case 2:
                data[at] = choose.choice([0, 1, 127, 128, 255, choose.randrange(256)])
            case 3:
                data[word : word + 4] = choose.choice(WORDS).to_bytes(4, "little")
            case 4:
                other = choose.randrange(len(data) // 4) * 4
                other = min(other, len(data) - 4)
                data[word : word + 4], data[other : other + 4] = (
                    data[other : other + 4],
                    data[word : word + 4],
                )
            case 5:
                value = int.from_bytes(data[word : word + 4], "little") + choose.choice(
                    [-8, -4, -1, 1, 4, 8, 4096]
                )
                data[word : word + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")
            case 6:
                del data[choose.randrange(len(data)) :]
    return bytes(data)
