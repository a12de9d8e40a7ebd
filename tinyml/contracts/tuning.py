"""What tuning.json says: where a network comes from that a search found, and what else was found."""

from typing import NotRequired, TypedDict

from tinyml.contracts.values import Count, Share


class NetworkCost(TypedDict):
    """What a network costs on the board; the latency is predicted."""

    latency_ms: float | None
    ram_bytes: Count
    macs: Count
    constants_bytes: NotRequired[Count]


class TrialCost(NetworkCost):
    """What a study keeps of each proposal's cost; `regions`: bytes of each memory region."""

    flash_bytes: Count
    regions: dict[str, Count]


class Network(TypedDict):
    """A network that was tried; `in_front`: none is better in everything."""

    number: Count
    score: Share
    cost: NetworkCost
    settings: NotRequired[dict[str, object]]
    in_front: bool


class Tuning(TypedDict):
    """tuning.json"""

    study: str
    number: Count
    metric: str
    score: Share
    board: str
    levels: list[Count]
    limit_ms: float | None
    counts: dict[str, Count]
    rejected: dict[str, Count]
    networks: list[Network]
    cost: NotRequired[NetworkCost]
    in_front: NotRequired[bool]
    folds: NotRequired[Count]
    importances: NotRequired[dict[str, float]]


class StudyFound(TypedDict):
    """What `tinyml tune run --json` and `tune show --json` say of a study."""

    study: str
    search: dict[str, object]
    metric: str
    front: list[Network]
    networks: list[Network]
    counts: dict[str, Count]
    rejected: dict[str, Count]
    importances: dict[str, float]
    seconds: float
