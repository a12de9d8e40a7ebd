"""One live session: a thread that looks, the last frames that it saw, and those that are kept for the data set."""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tinyml.data.pictures import preview
from tinyml.data.samples import Box
from tinyml.errors import DataError, TinymlError
from tinyml.studio.answers import LookSaid, Session, Sight
from tinyml.studio.place import Place
from tinyml.workflow.watch import OnThisComputer, Seen

REMEMBERED = 32  # frames that can still be kept
WINDOW = 20  # looks over which frames a second are counted
CAMERA_PICTURES = 40
CAMERA_SIDE = 320  # pixels, as small cameras have
IDLE_S = 0.02

View = Callable[[Seen], Sight]  # what is seen, as the page takes it


@dataclass(frozen=True)
class Look:
    """What was seen, with its number; `said` as the page takes it."""

    number: int
    frame: np.ndarray | None
    said: LookSaid


class Live:
    """The session, if there is one; safe to use from several threads."""

    def __init__(self) -> None:
        self.looks: OrderedDict[int, Look] = OrderedDict()
        self.state: Session = {"running": False, "error": "", "cure": "", "source": "", "run": ""}
        self._number = 0
        self._times: list[float] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._here: OnThisComputer | None = None
        self._lock = threading.Lock()

    def begin_here(self, run: str, view: View) -> None:
        """Prepare to look at pictures that the page sends, with the run's C on this computer."""
        self.end()
        self._here, self._view = OnThisComputer(run), view
        self.state = {"running": True, "error": "", "cure": "", "source": "webcam", "run": run}

    def look(self, picture: np.ndarray) -> LookSaid:
        """Return what is in a picture; raises DataError where no session is prepared."""
        with self._lock:
            if self._here is None:
                raise DataError("the live view is not running", cure="start it")
            return self._remember(self._here.look(picture), self._view)

    def begin_board(self, source: str, run: str, watch: Callable[[], Iterator[Seen]], view: View) -> None:
        """Look at what a board sees, in a thread, until `end`."""
        self.end()
        self._stop = stop = threading.Event()
        self.state = {"running": True, "error": "", "cure": "", "source": source, "run": run}
        self._thread = threading.Thread(target=self._watch, args=(watch, view, stop), daemon=True)
        self._thread.start()

    def _watch(self, watch: Callable[[], Iterator[Seen]], view: View, stop: threading.Event) -> None:
        try:
            with closing(watch()) as looks:  # type: ignore[type-var]
                for seen in looks:
                    if stop.is_set():
                        return
                    self._remember(seen, view)
                    stop.wait(IDLE_S)
        except TinymlError as error:
            self.state = {**self.state, "running": False, "error": error.what, "cure": error.cure}
        except Exception as error:  # a thread's end must be seen on the page
            what = f"{type(error).__name__}: {error}"
            self.state = {**self.state, "running": False, "error": what, "cure": ""}

    def end(self) -> None:
        """End the session and let go of the board."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
            self._thread = None
        with self._lock:
            if self._here is not None:
                self._here.__exit__(None, None, None)
                self._here = None
        self.state = {**self.state, "running": False}
        self._times = []

    def _remember(self, seen: Seen, view: View) -> LookSaid:
        self._number += 1
        self._times = [*self._times, time.monotonic()][-WINDOW:]
        span = self._times[-1] - self._times[0]
        said: LookSaid = {
            "number": self._number,
            "seen": view(seen),
            "latency_us": seen.latency_us,
            "fps": (len(self._times) - 1) / span if span else None,
            "frame": seen.frame is not None,
        }
        self.looks[self._number] = Look(self._number, seen.frame, said)
        while len(self.looks) > REMEMBERED:
            self.looks.popitem(last=False)
        return said

    def latest(self) -> Look | None:
        """Return the last look; None before the first."""
        return next(reversed(self.looks.values()), None) if self.looks else None

    def is_past(self, number: int) -> bool:
        """Return whether a look is no longer remembered because newer ones have taken its place."""
        return 0 < number <= self._number and number not in self.looks

    def frame(self, number: int) -> Look:
        """Return a look that is still remembered and has its frame; raises DataError."""
        look = self.looks.get(number)
        if look is None or look.frame is None:
            raise DataError("that frame is gone", cure="keep a newer one")
        return look


def camera_of(place: Place, pictures: list[Path]) -> Path:
    """Return the folder that the host's camera shows: TINYML_CAMERA, or pictures of the folder as a small camera takes them."""
    if own := os.environ.get("TINYML_CAMERA"):
        return Path(own)
    place.camera.mkdir(parents=True, exist_ok=True)
    for old in place.camera.glob("*.ppm"):
        old.unlink()
    step = max(1, len(pictures) // CAMERA_PICTURES)
    for number, path in enumerate(pictures[::step][:CAMERA_PICTURES]):
        preview(path, CAMERA_SIDE).save(place.camera / f"{number:04}.ppm")
    return place.camera


def box_around(x: float, y: float, size: tuple[float, float]) -> Box:
    """Return the box of a size around a centre, all fractions, cut at the picture's edges."""
    across, down = size[0] / 2, size[1] / 2
    return Box(0, max(x - across, 0.0), max(y - down, 0.0), min(x + across, 1.0), min(y + down, 1.0))


def png_of(frame: np.ndarray, path: Path) -> None:
    """Write a frame as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(frame).save(path)
