"""What the page is told of the folder, of jobs and of the live view, as types; of runs and boards: work_facts.py.

The scripts in static/js read these keys. An answer is a plain table, so its JSON is what stands here.
"""

from typing import Literal, TypedDict

from tinyml.contracts.run import Epoch

JobState = Literal["running", "done", "failed", "stopped", "lost"]


class Undoable(TypedDict):
    """What the buttons for undoing and redoing say; "" where there is nothing to undo or redo."""

    undo: str
    redo: str


class FolderCounts(TypedDict):
    """How many pictures and boxes each class has in each split; the rest counts pictures of the whole folder.

    nothing: looked at, and no object in them. trouble: those that cannot be read.
    """

    pictures: dict[str, dict[str, int]]
    boxes: dict[str, dict[str, int]]
    by_split: dict[str, int]
    labelled: int
    nothing: int
    trouble: int
    total: int


class FolderState(Undoable):
    """The folder at a glance; `pending`: pictures that are still to be read."""

    folder: str
    name: str
    kind: str
    words: str
    task: str
    editable: bool
    splits: tuple[str, ...]
    splits_listed: bool
    classes: list[str]
    counts: FolderCounts
    pending: int


# A box in a page's grid: its class, and left, top, right, bottom as fractions of the picture.
BriefBox = tuple[str, float, float, float, float]
# A picture in a page's grid: name, split, class, boxes, stamp of its last change, trouble.
Brief = tuple[str, str, str | None, list[BriefBox] | None, int, str]


class Pictures(TypedDict):
    """Every picture in brief, and the folder at a glance."""

    state: FolderState
    pictures: list[Brief]


class LabelledBox(TypedDict):
    """A box of a picture, edges as fractions of it; `before`: its place in the file."""

    label: str
    left: float
    top: float
    right: float
    bottom: float
    before: int


class PictureLabels(TypedDict):
    """One picture's labels; width and height in pixels. `boxes` is None where nobody has looked for objects yet."""

    name: str
    split: str
    label: str | None
    width: int
    height: int
    trouble: str
    revision: str
    boxes: list[LabelledBox] | None


class DrawnLabels(PictureLabels, Undoable):
    """One picture's labels after a stroke."""


class AcceptedLabels(Undoable):
    """The labels of pictures whose suggestions were accepted together."""

    pictures: list[PictureLabels]


class Done(Undoable):
    """What a change did; `moved`: the new name of each file that has one."""

    changed: bool
    moved: dict[str, str]


class Told(Undoable):
    """What was undone or done again, in words, and which pictures it was about."""

    words: str
    names: list[str]


class Added(Undoable):
    """The names of new pictures, and why others were refused."""

    added: list[str]
    refused: list[str]


class Kept(Undoable):
    """The name of a frame that became a picture."""

    name: str


class SeenClass(TypedDict):
    """A picture's class as a network sees it."""

    label: str
    score: float


class SeenObject(TypedDict):
    """An object as a network sees it, its centre as fractions of the whole picture."""

    label: str
    x: float
    y: float
    score: float


Sight = SeenClass | list[SeenObject]  # what a network sees in a picture


class Suggestions(TypedDict):
    """What a run sees in each picture that was not labelled, by the picture's name."""

    run: str
    pictures: dict[str, Sight]


class WorkProgress(TypedDict):
    """How far work of the page's own has come; `words` say what it does."""

    words: str
    done: int
    total: int


class TrainingProgress(TypedDict):
    """How far a training has come, in epochs."""

    done: int
    total: int
    history: list[Epoch]
    seconds_left: int


class JobRow(TypedDict):
    """A job; started and ended in seconds since 1970. `log`: the end of what it said."""

    id: str
    kind: str
    title: str
    run: str
    started: float
    state: JobState
    ended: float | None
    log: str
    error: str
    cure: str
    progress: WorkProgress | TrainingProgress | None


class JobList(TypedDict):
    """Every job, the latest first."""

    jobs: list[JobRow]


class LookSaid(TypedDict):
    """One look of the live view, with its number; `frame`: whether its picture can be had."""

    number: int
    seen: Sight
    latency_us: float | None
    fps: float | None
    frame: bool


class Session(TypedDict):
    """The live session; `source`: "webcam", an emulated board's name or a port."""

    running: bool
    error: str
    cure: str
    source: str
    run: str


class LiveState(Session):
    """The live session with its last look."""

    look: LookSaid | None
