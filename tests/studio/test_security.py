"""Nobody but the page that was opened with the key: other hosts, other origins, no token, names that lead elsewhere."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.studio_pages import HOME, PORT, draw_scene, open_studio

pytest.importorskip("starlette", reason="the studio needs tinyml[studio]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        draw_scene(tmp_path / "pictures" / f"{number}.png", number)
    (tmp_path / "secret.png").write_bytes((tmp_path / "pictures" / "0.png").read_bytes())
    return tmp_path / "pictures"


@pytest.fixture
def page(folder: Path) -> Iterator[Any]:
    with open_studio(folder) as client:
        yield client


def test_the_page_opens_with_its_key_alone(page: Any) -> None:
    token = page.rights.token
    page.cookies.clear()
    assert page.get("/").status_code == 403
    assert page.get("/?token=wrong").status_code == 403
    opened = page.get(f"/?token={token}", follow_redirects=False)
    cookie = opened.headers["set-cookie"]
    assert opened.status_code == 303 and "HttpOnly" in cookie and "samesite=strict" in cookie.lower()
    assert page.get("/").status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/api/state", "/api/pictures", "/api/picture?name=0.png", "/static/js/app.js"]
)
def test_nothing_is_given_without_the_cookie(page: Any, path: str) -> None:
    page.cookies.clear()
    assert page.get(path).status_code == 403
    page.cookies.set(page.rights.cookie, "x" * 32, domain="127.0.0.1")
    assert page.get(path).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1:1", f"192.168.0.7:{PORT}", ""]
)
def test_another_host_is_refused(page: Any, host: str) -> None:
    assert page.get("/api/state", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{PORT + 1}"},
        {"Origin": f"https://127.0.0.1:{PORT}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_page_can_do_nothing(page: Any, folder: Path, headers: dict[str, str]) -> None:
    before = sorted(folder.iterdir())
    assert page.post("/api/delete", json={"names": ["0.png"]}, headers=headers).status_code == 403
    assert page.get("/api/state", headers=headers).status_code == 403
    assert sorted(folder.iterdir()) == before


def test_a_write_without_an_origin_is_refused(page: Any, folder: Path) -> None:
    del page.headers["Origin"]
    assert page.post("/api/delete", json={"names": ["0.png"]}).status_code == 403
    assert (folder / "0.png").is_file()
    assert page.get("/api/state").status_code == 200


@pytest.mark.parametrize(
    "name", ["../secret.png", "..%2Fsecret.png", "/etc/passwd", "a/../../secret.png", ".tinyml/x"]
)
def test_names_lead_nowhere_else(page: Any, name: str) -> None:
    for path in ("/api/picture", "/api/thumbnail", "/api/labels"):
        assert page.get(path, params={"name": name}).status_code == 400
    assert page.get(f"/static/../{name}").status_code in (403, 404)
    assert page.post("/api/delete", json={"names": [name]}).status_code == 400
    upload = page.post("/api/upload", params={"batch": "a" * 12, "path": name}, content=b"x")
    assert upload.status_code == 400


def test_a_drop_cannot_name_its_own_folder(page: Any) -> None:
    for batch in ("../..", "..", "", "A" * 12):
        assert (
            page.post("/api/upload", params={"batch": batch, "path": "a.png"}, content=b"x").status_code
            == 400
        )
        assert page.post("/api/take-in", json={"batch": batch}).status_code == 400


def test_a_link_out_of_the_folder_is_not_followed(page: Any, folder: Path) -> None:
    (folder / "linked.png").symlink_to(folder.parent / "secret.png")
    for path in ("/api/picture", "/api/thumbnail"):
        answer = page.get(path, params={"name": "linked.png"})
        assert answer.status_code == 400 and "leads out of the folder" in answer.json()["error"]


def test_an_upload_of_a_gigabyte_is_refused(page: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    query = {"batch": "b" * 12, "path": "huge.png"}
    told = page.post("/api/upload", params=query, content=b"x", headers={"Content-Length": str(1 << 30)})
    assert told.status_code == 413
    from tinyml.studio import uploads

    monkeypatch.setattr(uploads, "LARGEST_FILE_BYTES", 1 << 20)

    def endless() -> Iterator[bytes]:  # without a length, as chunks
        for _ in range(64):
            yield b"x" * (1 << 16)

    assert page.post("/api/upload", params=query, content=endless()).status_code == 413
    assert not list((folder / ".tinyml").rglob("huge.png"))
    assert page.post("/api/choose", content=b" " * (9 << 20)).status_code == 413


def test_an_upload_is_checked_as_the_command_line_checks_it(page: Any, folder: Path) -> None:
    batch = "c" * 12
    for name, content in (("no.png", b"<svg onload=alert(1)>"), ("yes.png", (folder / "0.png").read_bytes())):
        assert (
            page.post("/api/upload", params={"batch": batch, "path": name}, content=content).status_code
            == 200
        )
    assert (
        page.post("/api/upload", params={"batch": batch, "path": "page.html"}, content=b"x").status_code
        == 400
    )
    taken = page.post("/api/take-in", json={"batch": batch}).json()
    assert taken["added"] == ["yes.png"] and "no.png" in taken["refused"][0]
    assert not (folder / "no.png").exists() and not (folder / ".tinyml" / "incoming" / batch).exists()


def test_a_script_in_a_class_name_stays_text(page: Any, folder: Path) -> None:
    name = "<img src=x onerror=alert(1)>"
    box = {"label": name, "left": 0.1, "top": 0.1, "right": 0.5, "bottom": 0.5}
    answer = page.post("/api/labels", params={"name": "0.png"}, json={"boxes": [box], "revision": ""})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    assert "&lt;img src=x" in (folder / "0.xml").read_text()
    assert page.get("/api/state").json()["classes"] == [name]
    control = page.post(
        "/api/labels", params={"name": "1.png"}, json={"boxes": [box | {"label": "a\x1b[2J"}], "revision": ""}
    )
    assert control.status_code == 400


def test_every_answer_keeps_the_page_to_itself(page: Any) -> None:
    for path in ("/", "/api/state", "/api/nothing", "/static/studio.css"):
        headers = page.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "access-control-allow-origin" not in headers


def test_nonsense_is_one_message(page: Any) -> None:
    for body in (b"{", b"[]", b'{"names": "all"}', b'{"names": []}', b"\xff"):
        answer = page.post("/api/delete", content=body)
        assert answer.status_code == 400 and answer.json()["cure"]


def test_the_home_network_needs_the_password() -> None:
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    from tinyml.studio.security import Gate, Rights

    rights = Rights(PORT, "0.0.0.0", "correct horse")
    home = f"http://192.168.0.7:{PORT}"
    with TestClient(Gate(Starlette(), rights), base_url=home, headers={"Origin": home}) as client:
        assert client.get("/", headers={"Host": f"rebound.example:{PORT}"}).status_code == 421
        assert "Password" in client.get("/").text and client.get("/api/state").status_code == 403
        assert client.post("/login", data={"password": "wrong"}).status_code == 403
        assert client.post("/login", data={"password": "correct horse"}).status_code == 403  # too soon
        rights._last_wrong = 0.0
        opened = client.post("/login", data={"password": "correct horse"}, follow_redirects=False)
        assert opened.status_code == 303
        assert client.get("/api/state").status_code == 404  # let in, to an application without addresses
    assert "token" not in rights.address and HOME not in rights.address


def test_websockets_are_not_answered(page: Any) -> None:
    async def ask() -> list[Any]:
        sent: list[Any] = []

        async def receive() -> dict[str, str]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await page.app({"type": "websocket", "headers": [], "path": "/"}, receive, send)
        return sent

    assert asyncio.run(ask()) == []
