"""The page's live view: start and stop looking, what is seen, and frames that become pictures of the data set."""

import io
import time
from pathlib import PurePosixPath
from typing import Annotated, Literal

import msgspec
import numpy as np
from PIL import Image, UnidentifiedImageError
from starlette.responses import Response

from tinyml.boards import load_board
from tinyml.data.voc_file import VocObject, voc_bytes
from tinyml.errors import DataError
from tinyml.studio import labels
from tinyml.studio.answers import Added, Kept, LiveState, LookSaid, SeenObject, Sight
from tinyml.studio.data_answers import can_undo
from tinyml.studio.history import Move, Step, Write
from tinyml.studio.known import known_port, known_run
from tinyml.studio.library import Listing
from tinyml.studio.live import box_around, camera_of, png_of
from tinyml.studio.sizes import NO_SIZE, usual_sizes
from tinyml.studio.studio import Ask, Studio
from tinyml.studio.uploads import target_of
from tinyml.studio.work import seen_in_frame
from tinyml.workflow.capture import photograph
from tinyml.workflow.watch import Seen, watch_board

LARGEST_FRAME_BYTES = 4 << 20


class Begin(msgspec.Struct):
    """What is to be watched: a webcam through this computer, or a board at a port or emulated."""

    source: Literal["webcam", "board", "emulated"]
    run: str
    board: str = "host"
    port: str = ""
    frames: bool = True


class Numbered(msgspec.Struct):
    """A frame by its number."""

    number: int


class Taking(msgspec.Struct):
    """How many pictures a board's camera is to take, and of what."""

    count: Annotated[int, msgspec.Meta(ge=1, le=200)] = 1
    label: str | None = None


def begin(studio: Studio, ask: Ask) -> LiveState:
    """Start a session in the place of the one before."""
    wanted = ask.read(Begin)
    run = known_run(wanted.run)

    def view(seen: Seen) -> Sight:
        size = seen.frame.shape[1::-1] if seen.frame is not None else (1, 1)
        return seen_in_frame(run, seen.prediction, *size)

    if wanted.source == "webcam":
        studio.live.begin_here(str(run.folder), view)
        return state(studio, ask)
    listing = studio.library.listing()
    pictures = [listing.tree.path(row.name) for row in studio.library.rows(listing) if not row.trouble]
    if wanted.source == "emulated":
        if not load_board(wanted.board).emulated:
            raise DataError(f"'{wanted.board}' is a real board", cure="choose its port")
        if not pictures:
            raise DataError("there are no pictures to show to the board", cure="add some")
        camera = camera_of(studio.place, pictures)
        studio.live.begin_board(
            wanted.board,
            run.name,
            lambda: watch_board(run, emulate=wanted.board, camera=camera, pictures=pictures),
            view,
        )
    else:
        port = known_port(wanted.port)
        studio.live.begin_board(
            port, run.name, lambda: watch_board(run, port=port, frames=wanted.frames), view
        )
    return state(studio, ask)


def end(studio: Studio, ask: Ask) -> LiveState:
    """End the session."""
    studio.live.end()
    return state(studio, ask)


def state(studio: Studio, ask: Ask) -> LiveState:
    """Return the session and its last look."""
    look = studio.live.latest()
    return {**studio.live.state, "look": look.said if look else None}


def look(studio: Studio, ask: Ask) -> LookSaid:
    """Return what is in a frame that the page sends as JPEG or PNG."""
    if len(ask.body) > LARGEST_FRAME_BYTES:
        raise DataError("the frame is too large")
    try:
        with Image.open(io.BytesIO(ask.body), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > 4_000_000:
                raise DataError("the frame has too many pixels")
            frame = np.asarray(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise DataError(f"the frame is not a picture: {error}") from error
    return studio.live.look(frame)


def frame(studio: Studio, ask: Ask) -> Response:
    """Return a remembered frame as JPEG; no content where newer ones have taken its place."""
    number = _number(ask)
    if studio.live.is_past(number):
        return Response(status_code=204)
    stream = io.BytesIO()
    found = studio.live.frame(number).frame
    assert found is not None
    Image.fromarray(found).save(stream, "JPEG", quality=88)
    return Response(stream.getvalue(), media_type="image/jpeg")


def _number(ask: Ask) -> int:
    try:
        return int(ask.query.get("number", ""))
    except ValueError as error:
        raise DataError("a frame has a number") from error


def keep(studio: Studio, ask: Ask) -> Kept:
    """Put a frame into the data set, with the model's labels; without any where it saw nothing."""
    look = studio.live.frame(ask.read(Numbered).number)
    assert look.frame is not None
    listing = studio.library.listing()
    if not listing.editable:
        raise DataError("frames cannot be kept in a folder of this format")
    said = look.said["seen"]
    label = said["label"] if listing.task == "classify" and not isinstance(said, list) else None
    name = f"live-{time.strftime('%Y%m%d-%H%M%S')}-{look.number}.png"
    target = target_of(listing, name, label, "")
    waiting = studio.place.incoming / name
    png_of(look.frame, waiting)
    path = listing.tree.path(target)
    steps: list[Step] = [Move(waiting, path)]
    if listing.task == "detect" and isinstance(said, list) and said:
        steps.append(
            Write(path.with_suffix(".xml"), None, _labelled(studio, listing, target, said, look.frame))
        )
    studio.history.perform(f"keeping {name}", [target], steps)
    return {"name": target, **can_undo(studio)}


def _labelled(
    studio: Studio, listing: Listing, target: str, said: list[SeenObject], frame: np.ndarray
) -> bytes:
    sizes = usual_sizes(box for row in studio.library.rows(listing) for box in row.boxes or ())
    height, width = frame.shape[:2]
    objects = [
        VocObject(
            labels.class_name(one["label"], "detect"),
            box_around(one["x"], one["y"], sizes.get(one["label"], NO_SIZE)),
        )
        for one in said
    ]
    path = PurePosixPath(target)
    return voc_bytes(path.parent.name, path.name, width, height, objects)


def capture(studio: Studio, ask: Ask) -> Added:
    """Take pictures with a board's camera into the folder."""
    taking = ask.read(Taking)
    listing = studio.library.listing()
    label = taking.label and labels.class_name(taking.label, listing.task or "detect")
    added, steps = [], []
    for number, picture in enumerate(photograph(taking.count)):
        name = f"camera-{time.strftime('%Y%m%d-%H%M%S')}-{number:03}.png"
        png_of(picture, studio.place.incoming / name)
        added.append(target_of(listing, name, label if listing.task == "classify" else None, ""))
        steps.append(Move(studio.place.incoming / name, listing.tree.path(added[-1])))
    studio.history.perform(f"taking {len(added)} pictures", added, steps)
    return {"added": added, "refused": [], **can_undo(studio)}
