"""The handlers of the command line, one file each: options in, `Result` out; they never print."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Result:
    """The result of a command: `data` for `--json`, `view` (rich renderables, printed in order) for people."""

    data: Mapping[str, object]
    view: list[Any] = field(default_factory=list)
    exit_code: int = 0
