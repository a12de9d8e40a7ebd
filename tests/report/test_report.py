"""The report of a run: whole in itself, right in what it says, and readable where it is opened."""

import base64
import html
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from support.example_run import CLASSES, write_example_run

from tinyml.commands.report import command
from tinyml.errors import TinymlError
from tinyml.report import plots
from tinyml.report.page import build_page, check_run
from tinyml.report.pictures import badness, show, verdict

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_example_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return build_page(run)


class Outline(HTMLParser):
    """Open elements must be closed in order; everything that a page could load is collected."""

    VOID = {"meta", "link", "img", "br", "input", "hr"}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for key, value in attrs if key in ("src", "href", "xlink:href", "srcset")]
        assert tag != "script"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert not parser.open
    return parser


def test_page_is_well_formed_and_loads_nothing(page: str) -> None:
    loads = outline(page).loads
    assert loads and all(load.startswith(("data:", "#")) for load in loads)
    assert "@import" not in page and not re.search(r"url\((?!#)", page)


def test_every_picture_decodes(page: str) -> None:
    uris = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    assert len(uris) == 6 + 2 * 2 * 6, "examples, and truth beside prediction of the worst and the best"
    for uri in uris:
        Image.open(io.BytesIO(base64.b64decode(uri, validate=True))).load()


def test_the_plans_drawing_is_the_compilers(page: str, run: Path) -> None:
    (uri,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert base64.b64decode(uri) == (run / "export" / "esp32cam" / "plan.svg").read_bytes()


def test_names_are_escaped(page: str, run: Path) -> None:
    assert "<b>& co" in run.name and "fruit &lt;b&gt;&amp; co" in page and "<b>& co" not in page


def test_page_says_what_the_files_say(page: str) -> None:
    text = " ".join(" ".join(outline(page).text).split())
    for said in (
        "91.2%",
        "27,648",  # RAM
        "layer by layer it would be 129,024",
        "TFLite-Micro's arena is 179,536",
        "3,300,000 of 3,145,728 bytes",
        "int8 loses 1.2 points of F1",
        "18,000,000 instructions an inference (instructions, not time)",
        "Synthetic pictures.",
        "40 epochs in 161 s on CPU",
        "1 of 2 found, 1 wrong",
        "an allowance for the firmware",
        "several kinds 40 20",
        "nothing 3",
        "all 253 465 230 465",
        "2 left out, outside test, train: more/1.jpg, more/2.jpg",
    ):
        assert said in text, said
    assert page.count('class="bar over"') == 1
    assert "Where the constants lie" in page and "static RAM" in page


def test_a_board_that_saw_fewer_pictures_says_so(tmp_path: Path) -> None:
    run = write_example_run(tmp_path, "fewer")
    path = run / "export" / "esp32cam" / "accuracy.json"
    accuracy = json.loads(path.read_text())
    accuracy["stages"]["esp32_emulated"] = {**accuracy["stages"]["c_host"], "pictures": 6}
    path.write_text(json.dumps(accuracy))
    text = " ".join(" ".join(outline(build_page(run)).text).split())
    assert "esp32_emulated 6 of the pictures 91.2%" in text
    assert "stage esp32_emulated the board esp32_emulated, over its serial line" in text


def test_a_class_is_named_at_its_first_box_alone(run: Path) -> None:
    entry = json.loads((run / "predictions.json").read_text())["pictures"][0]
    entry["boxes"] = [{**entry["boxes"][0], "label": name} for name in ("apple", "banana", "apple")]
    shown = show(entry, CLASSES)
    assert shown and [mark.label for mark in shown.truth] == ["apple", "banana", ""]
    assert shown.truth[0].series == shown.truth[2].series


def test_drawings_take_their_colours_from_the_page(page: str) -> None:
    assert page.count("<svg role") == 4
    for colour in plots.VARIABLES:
        assert colour not in page
    used = set(re.findall(r"var\(--([\w-]+)\)", page))
    defined = set(re.findall(r"--([\w-]+):", page))
    assert used <= defined, used - defined


def test_a_run_without_export_or_predictions_still_has_a_report(tmp_path: Path) -> None:
    run = write_example_run(tmp_path, "bare")
    shutil.rmtree(run / "export")
    (run / "predictions.json").unlink()
    shutil.rmtree(run / "pictures")
    assert "<h2>On " not in build_page(run)
    outline(build_page(run))


def test_pictures_are_cut_as_the_network_sees_them(run: Path) -> None:
    entry = json.loads((run / "predictions.json").read_text())["pictures"][1]
    whole, cut = show(entry, CLASSES, "squash"), show(entry, CLASSES, "crop")
    assert whole and (whole.width, whole.height) == (288, 216)
    assert cut and (cut.width, cut.height) == (240, 240)


def test_an_export_in_the_making_is_not_shown(tmp_path: Path) -> None:
    run = write_example_run(tmp_path, "half")
    (run / "export" / "esp32cam").rename(run / "export" / ".esp32cam.x1")
    assert "<h2>On " not in build_page(run)


def test_classification_runs_show_classes(tmp_path: Path) -> None:
    run = write_example_run(tmp_path, "classes")
    rows = json.loads((run / "predictions.json").read_text())["pictures"]
    for number, row in enumerate(rows):
        del row["detections"]
        row["boxes"] = []
        row["label"] = CLASSES[number % 3]
        row["probabilities"] = [0.7, 0.2, 0.1]
    (run / "predictions.json").write_text(json.dumps({"split": "test", "stage": "float", "pictures": rows}))
    config = (run / "config.toml").read_text().replace('"detect"', '"classify"')
    (run / "config.toml").write_text(config)
    text = " ".join(" ".join(outline(build_page(run)).text).split())
    assert (
        "Tells apart" in text and "truth : apple" in text.replace("truth:", "truth :") and "apple 70%" in text
    )
    for damage in ({"label": "plum"}, {"label": None}, {"probabilities": [0.7, 0.3]}):
        pictures = [rows[0] | damage, *rows[1:]]
        (run / "predictions.json").write_text(
            json.dumps({"split": "test", "stage": "float", "pictures": pictures})
        )
        with pytest.raises(TinymlError, match="classes are apple, banana, orange"):
            build_page(run)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    run = write_example_run(tmp_path, "damaged")
    (run / "export" / "esp32cam" / "plan.json").write_text('{"macs": 1')
    with pytest.raises(TinymlError, match=r"plan\.json is not readable JSON"):
        build_page(run)


def test_files_of_another_version_are_named(tmp_path: Path) -> None:
    run = write_example_run(tmp_path, "old")
    (run / "export" / "esp32cam" / "budget.json").write_text('{"ok": true}')
    with pytest.raises(TinymlError, match=r"budget\.json: board is missing"):
        build_page(run)


def test_a_run_in_training_has_no_report_yet(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    with pytest.raises(TinymlError, match="training has not ended"):
        check_run(tmp_path)


def test_command_writes_the_file(run: Path, tmp_path: Path) -> None:
    result = command.main([str(run), "--out", str(tmp_path / "r.html")], standalone_mode=False)
    assert result.data["bytes"] == (tmp_path / "r.html").stat().st_size > 50_000


def test_worst_is_the_one_with_most_mistakes() -> None:
    def entry(boxes: int, *right: bool) -> dict:
        return {"boxes": [{}] * boxes, "detections": [{"right": value, "score": 0.9} for value in right]}

    perfect, missed, wrong = entry(2, True, True), entry(2, True), entry(1, True, False, False)
    assert sorted([missed, wrong, perfect], key=lambda row: badness(row, [])) == [perfect, missed, wrong]
    assert [verdict(row) for row in (perfect, missed, wrong, entry(0))] == [
        "all 2 found",
        "1 of 2 found",
        "1 of 1 found, 2 wrong",
        "rightly empty",
    ]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
@pytest.mark.parametrize("width", [1200, 390])
def test_chromium_opens_it_without_a_complaint(run: Path, page: str, tmp_path: Path, width: int) -> None:
    # The page itself has no script; the one around it tells what a reader of this width would see.
    probe = """const page = frame.contentDocument, box = e => e.getBoundingClientRect();
      const all = selector => [...page.querySelectorAll(selector)];
      document.title = JSON.stringify({
        width: frame.contentWindow.innerWidth, images: page.images.length,
        decoded: [...page.images].filter(i => i.complete && i.naturalWidth > 0).length,
        overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth,
        loaded: frame.contentWindow.performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')),
        small: all('figure > svg text').filter(text => box(text).height < 8).length,
        cut: all('table.words').filter(table => box(table).right > frame.contentWindow.innerWidth).length,
        flat: all('figure > svg').filter(drawing => box(drawing).height < 80).length,
      });"""
    (tmp_path / "frame.html").write_text(
        f'<!doctype html><title></title><iframe id="frame" width="{width}" height="900" frameborder="0" '
        f'srcdoc="{html.escape(page)}"></iframe><script>frame.onload = () => {{ {probe} }}</script>'
    )
    done = subprocess.run(
        [
            str(CHROMIUM),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=3000",
            "--dump-dom",
            (tmp_path / "frame.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "CONSOLE" not in done.stderr, done.stderr
    seen = json.loads(re.search(r"<title>(\{.*?\})</title>", done.stdout).group(1).replace("&quot;", '"'))  # type: ignore[union-attr]
    assert seen["width"] == width
    assert seen["decoded"] == seen["images"] > 0
    assert seen["loaded"] == [] and seen["overflow"] <= 0 and seen["small"] == 0 and seen["flat"] == 0, seen
    assert seen["cut"] == 0, seen


def test_a_class_may_be_called_like_a_formula() -> None:
    svg = plots.confusion([[1, 0], [0, 1]], ["$\\frac{1}$", "$5 & <b>"])
    assert "<script" not in svg and "<b>" not in svg
