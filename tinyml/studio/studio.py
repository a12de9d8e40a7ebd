"""What all requests share: the folder, its pictures, the changes, the jobs, the drops, the live session."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from tinyml.errors import TinymlError
from tinyml.studio.history import History
from tinyml.studio.jobs import Jobs
from tinyml.studio.library import Library
from tinyml.studio.live import Live
from tinyml.studio.place import Place
from tinyml.studio.thumbnails import Thumbnails
from tinyml.studio.uploads import Drops

Kind = TypeVar("Kind")


@dataclass
class Studio:
    """One folder, opened."""

    place: Place
    library: Library = field(init=False)
    thumbnails: Thumbnails = field(init=False)
    jobs: Jobs = field(init=False)
    drops: Drops = field(init=False)
    history: History = field(default_factory=History)
    live: Live = field(default_factory=Live)

    def __post_init__(self) -> None:
        self.library = Library(self.place)
        self.thumbnails = Thumbnails(self.place.thumbnails)
        self.jobs = Jobs(self.place.jobs)
        self.drops = Drops(self.place)

    def close(self) -> None:
        """Let go of what must not outlive the server; jobs go on."""
        self.live.end()


@dataclass(frozen=True)
class Ask:
    """One request without its web: what stands behind the question mark, and the body."""

    query: Mapping[str, str]
    body: bytes = b""

    def read(self, kind: type[Kind]) -> Kind:
        """Return the JSON body as a `kind`; raises TinymlError that names what is wrong with it."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except msgspec.DecodeError as error:
            raise TinymlError(
                f"the request is not what this page sends: {error}", cure="reload the page"
            ) from error
