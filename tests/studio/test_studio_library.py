"""Pictures and labels through the page: the same files that the command line reads, every change undone, nothing lost."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from support.studio_pages import draw_scene, open_studio

from tinyml.data import load_dataset
from tinyml.studio.library import Library
from tinyml.studio.place import find_place
from tinyml.studio.turns import Turns

pytest.importorskip("starlette", reason="the studio needs tinyml[studio]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def page(folder: Path) -> Iterator[Any]:
    with open_studio(folder) as client:
        yield client


def label(page: Any, name: str, objects: Any) -> Any:
    seen = page.get("/api/labels", params={"name": name}).json()
    boxes = [
        {"label": kind, "left": edges[0], "top": edges[1], "right": edges[2], "bottom": edges[3]}
        for kind, edges in objects
    ]
    return page.post(
        "/api/labels", params={"name": name}, json={"boxes": boxes, "revision": seen["revision"]}
    )


def label_scenes(page: Any, folder: Path, count: int) -> None:
    page.post("/api/choose", json={"task": "detect"})
    for number in range(count):
        objects = draw_scene(folder / f"{number:02}.png", number)
        assert label(page, f"{number:02}.png", objects).status_code == 200


def counted(page: Any) -> Any:
    page.get("/api/pictures")
    while (state := page.get("/api/state").json())["pending"]:
        pass
    return page.get("/api/state").json()["counts"] if state else None


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".tinyml" not in path.parts
    }


def test_an_empty_folder_asks_what_to_learn(page: Any, folder: Path) -> None:
    assert page.get("/api/state").json()["task"] == ""
    page.post("/api/choose", json={"task": "classify"})
    state = page.get("/api/state").json()
    assert (state["task"], state["kind"], state["counts"]["total"]) == ("classify", "folders", 0)


def test_boxes_are_pascal_voc_that_the_command_line_counts_alike(page: Any, folder: Path) -> None:
    label_scenes(page, folder, 12)
    counts = counted(page)
    dataset = load_dataset(folder)
    assert dataset.format == "voc" and counts["labelled"] == 12
    both = {
        name: dataset.box_counts("train")[name] + dataset.box_counts("test")[name]
        for name in ("apple", "lime")
    }
    assert counts["boxes"][""] == both
    sample = next(sample for sample in dataset.train + dataset.test if sample.path.name == "04.png")
    drawn = draw_scene(folder.parent / "again.png", 4)
    assert [dataset.box_classes[box.label] for box in sample.boxes] == [name for name, _ in drawn]
    assert sample.boxes[0].left == pytest.approx(drawn[0][1][0], abs=0.5 / 160)


def test_a_picture_of_nothing_is_labelled(page: Any, folder: Path) -> None:
    label_scenes(page, folder, 2)
    draw_scene(folder / "empty.png", 7)
    assert label(page, "empty.png", []).json()["boxes"] == []
    assert ElementTree.parse(folder / "empty.xml").findall("object") == []


def test_what_other_tools_wrote_stays(page: Any, folder: Path) -> None:
    draw_scene(folder / "a.png", 1)
    (folder / "a.xml").write_text(
        "<annotation><owner>me</owner><size><width>160</width><height>120</height></size><object><name>apple</name>"
        "<difficult>1</difficult><bndbox><xmin>8</xmin><ymin>6</ymin><xmax>80</xmax><ymax>60</ymax></bndbox></object>"
        "</annotation>"
    )
    seen = page.get("/api/labels", params={"name": "a.png"}).json()
    seen["boxes"][0] |= {"right": 0.75}
    body = {"boxes": [*seen["boxes"], seen["boxes"][0] | {"before": None}], "revision": seen["revision"]}
    assert page.post("/api/labels", params={"name": "a.png"}, json=body).status_code == 200
    root = ElementTree.parse(folder / "a.xml").getroot()
    assert root.findtext("owner") == "me"
    first, second = root.findall("object")
    assert first.findtext("difficult") == "1" and first.findtext("bndbox/xmax") == "120"
    assert second.find("difficult") is None


def test_two_pages_do_not_overwrite_each_other(page: Any, folder: Path) -> None:
    draw_scene(folder / "a.png", 1)
    page.post("/api/choose", json={"task": "detect"})
    box = {"label": "apple", "left": 0.1, "top": 0.1, "right": 0.5, "bottom": 0.5}
    first = page.post("/api/labels", params={"name": "a.png"}, json={"boxes": [box], "revision": ""})
    late = page.post("/api/labels", params={"name": "a.png"}, json={"boxes": [], "revision": ""})
    assert (first.status_code, late.status_code) == (200, 409)
    assert len(page.get("/api/labels", params={"name": "a.png"}).json()["boxes"]) == 1


def test_every_change_can_be_undone_and_done_again(page: Any, folder: Path) -> None:
    label_scenes(page, folder, 16)
    states = [files(folder)]
    page.post("/api/split/keep", json={})
    states.append(files(folder))
    assert {name.split("/")[0] for name in states[-1]} == {"train", "test"}
    inside = page.get("/api/pictures").json()["pictures"]
    train = [row[0] for row in inside if row[1] == "train"]
    page.post("/api/split", json={"names": train[:2], "split": "test"})
    states.append(files(folder))
    assert (
        len([row for row in page.get("/api/pictures").json()["pictures"] if row[1] == "train"])
        == len(train) - 2
    )
    page.post("/api/delete", json={"names": train[3:5]})
    states.append(files(folder))
    assert len(states[-1]) == 28
    label(page, train[5], [])
    states.append(files(folder))
    for state in reversed(states[:-1]):
        assert page.post("/api/undo").json()["words"]
        assert files(folder) == state
    for state in states[1:]:
        page.post("/api/redo")
        assert files(folder) == state
    assert not page.post("/api/redo").json()["words"]


def test_the_kept_split_is_the_one_that_training_makes(page: Any, folder: Path) -> None:
    label_scenes(page, folder, 20)
    alone = {sample.path.name for sample in load_dataset(folder).test}
    page.post("/api/split/keep", json={})
    assert {path.name for path in (folder / "test").glob("*.png")} == alone


def test_classes_are_folders(page: Any, folder: Path) -> None:
    page.post("/api/choose", json={"task": "classify", "classes": ["ripe", "green"]})
    for number in range(4):
        draw_scene(folder / f"{number}.png", number)
    page.post("/api/class", json={"names": ["0.png", "1.png"], "label": "ripe"})
    page.post("/api/class", json={"names": ["2.png"], "label": "green"})
    assert sorted(files(folder)) == ["3.png", "green/2.png", "ripe/0.png", "ripe/1.png"]
    assert counted(page)["pictures"] == {"": {"ripe": 2, "green": 1}}
    for wrong in ("test", "a/b", "..", "", ".x"):
        assert page.post("/api/class", json={"names": ["3.png"], "label": wrong}).status_code == 400
    draw_scene(folder / "0.png", 9)
    page.post("/api/class", json={"names": ["0.png"], "label": "ripe"})
    assert (folder / "ripe" / "0_2.png").is_file()
    page.post("/api/class", json={"names": ["ripe/0.png"], "label": None})
    assert (folder / "0.png").is_file()


def drop(page: Any, dropped: dict[str, bytes], **how: Any) -> Any:
    batch = "d" * 16
    for name, content in dropped.items():
        sent = page.post("/api/upload", params={"batch": batch, "path": name}, content=content)
        assert sent.status_code == 200, sent.text
    return page.post("/api/take-in", json={"batch": batch, **how}).json()


def test_a_dropped_yolo_set_becomes_pascal_voc(page: Any, folder: Path, tmp_path: Path) -> None:
    page.post("/api/choose", json={"task": "detect"})
    dropped: dict[str, bytes] = {
        "set/data.yaml": b"names: [apple, lime]\nnc: 2\ntrain: train/images\nval: test/images\n"
    }
    for number in range(4):
        place = "test" if number == 3 else "train"
        objects = draw_scene(tmp_path / "x.png", number)
        dropped[f"set/{place}/images/{number}.png"] = (tmp_path / "x.png").read_bytes()
        lines = [
            f"{['apple', 'lime'].index(name)} {(left + right) / 2} {(top + bottom) / 2} {right - left} {bottom - top}"
            for name, (left, top, right, bottom) in objects
        ]
        dropped[f"set/{place}/labels/{number}.txt"] = "\n".join(lines).encode()
    taken = drop(page, dropped)
    assert sorted(taken["added"]) == ["0.png", "1.png", "2.png", "3.png"], taken
    assert counted(page)["labelled"] == 4
    assert json.loads(json.dumps(taken["refused"])) == []
    page.post("/api/undo")
    assert files(folder) == {}


def test_a_turned_photograph_is_saved_upright(page: Any, folder: Path, tmp_path: Path) -> None:
    page.post("/api/choose", json={"task": "detect"})
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20), "red").save(tmp_path / "phone.jpg", exif=exif)
    taken = drop(page, {"phone.jpg": (tmp_path / "phone.jpg").read_bytes()})
    assert taken["added"] == ["phone.jpg"]
    with Image.open(folder / "phone.jpg") as picture:
        assert picture.size == (20, 40) and picture.getexif().get(0x0112, 1) == 1


def test_labels_of_other_formats_are_shown_and_not_changed(page: Any, folder: Path) -> None:
    for number in range(2):
        draw_scene(folder / "images" / f"{number}.png", number)
        (folder / "labels").mkdir(exist_ok=True)
        (folder / "labels" / f"{number}.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (folder / "data.yaml").write_text("names: [apple]\nnc: 1\n")
    state = page.get("/api/state").json()
    assert state["kind"] == "yolo" and not state["editable"]
    assert counted(page)["boxes"] == {"": {"apple": 2}}
    refused = label(page, "images/0.png", [])
    assert refused.status_code == 400 and "tinyml data convert" in refused.json()["cure"]


def test_thumbnails_are_small_and_their_cache_is_bounded(folder: Path) -> None:
    from tinyml.studio.thumbnails import SIDE, Thumbnails

    thumbnails = Thumbnails(folder / ".tinyml" / "thumbnails", limit_bytes=20_000)
    for number in range(8):
        draw_scene(folder / f"{number}.png", number)
        Image.open(folder / f"{number}.png").resize((400, 300)).save(folder / f"{number}.png")
        thumbnails.get(folder / f"{number}.png")
    kept = list(thumbnails.folder.rglob("*.jpg"))
    assert len(kept) == 8 and max(Image.open(kept[0]).size) == SIDE
    thumbnails.prune()
    assert sum(path.stat().st_size for path in thumbnails.folder.rglob("*.jpg")) <= 20_000


def test_the_folder_of_runs_is_not_taken_for_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinyml.errors import DataError
    from tinyml.studio.place import find_place

    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="also holds the folder of runs"):
        find_place(tmp_path)


def test_what_was_read_is_known_at_the_next_start(
    page: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyml.studio.library.WORTH_KEEPING", 3)
    label_scenes(page, folder, 4)
    (folder / ".tinyml" / "index").unlink(missing_ok=True)
    before = Library(find_place(folder))
    rows = before.rows(before.listing(), wait=True)
    assert (folder / ".tinyml" / "index").is_file()

    read: list[str] = []
    own = Library.read

    def reading(self: Library, listing: Any, name: str) -> Any:
        read.append(name)
        return own(self, listing, name)

    monkeypatch.setattr(Library, "read", reading)
    again = Library(find_place(folder))
    assert again.rows(again.listing(), wait=True) == rows and read == []
    xml = folder / "02.xml"
    xml.write_text(xml.read_text().replace("<name>apple<", "<name>pear<"))
    again = Library(find_place(folder))
    changed = again.rows(again.listing(), wait=True)
    assert read == ["02.png"] and "pear" in {name for name, _ in changed[2].boxes or ()}
    (folder / ".tinyml" / "index").write_bytes(b"damaged")
    damaged = Library(find_place(folder))
    assert damaged.rows(damaged.listing(), wait=True) == changed and len(read) == 5


def test_the_first_screen_is_labelled_before_all_is_read(
    page: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    label_scenes(page, folder, 12)
    monkeypatch.setattr("tinyml.studio.library.MANY", 8)
    monkeypatch.setattr("tinyml.studio.library.FIRST", 4)
    monkeypatch.setattr("tinyml.studio.turns.LONGEST_S", 5.0)  # nothing is read while a page waits
    with open_studio(folder) as fresh:
        found = fresh.get("/api/pictures").json()
        assert [row[3] is not None for row in found["pictures"]] == [True] * 4 + [False] * 8
        assert found["state"]["pending"] == 8 and found["state"]["counts"]["total"] == 12
        monkeypatch.setattr("tinyml.studio.turns.GRACE_S", 0.0)
        assert counted(fresh) == counted(page)


def test_what_reads_in_the_background_goes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinyml.studio.turns.GRACE_S", 0.0)
    monkeypatch.setattr("tinyml.studio.turns.LONGEST_S", 60.0)
    turns, told = Turns(), threading.Event()
    reader = threading.Thread(target=lambda: (turns.wait(), told.set()), daemon=True)
    with turns.answering():
        reader.start()
        assert not told.wait(0.2)
    assert told.wait(30)
    monkeypatch.setattr("tinyml.studio.turns.LONGEST_S", 0.01)
    with turns.answering():
        turns.wait()  # returns although the request lasts


def test_suggestions_of_several_pictures_are_accepted_as_one_change(page: Any, folder: Path) -> None:
    label_scenes(page, folder, 2)
    for number in (7, 8):
        draw_scene(folder / f"{number:02}.png", number)
    before = files(folder)
    box = {"label": "lime", "left": 0.1, "top": 0.2, "right": 0.5, "bottom": 0.6}
    both = [{"name": name, "boxes": [box]} for name in ("07.png", "08.png")]
    found = page.post("/api/labels/accept", json={"pictures": both}).json()
    assert [row["boxes"][0]["label"] for row in found["pictures"]] == ["lime", "lime"]
    assert found["undo"] == "boxes of 2 pictures" and (folder / "08.xml").is_file()
    page.post("/api/undo")
    assert files(folder) == before
    with_labelled = [*both, {"name": "00.png", "boxes": [box]}]
    assert page.post("/api/labels/accept", json={"pictures": with_labelled}).status_code == 409
    assert files(folder) == before
