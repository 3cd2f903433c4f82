"""What the page refuses: other names, other pages, other files, floods; and what a fault looks like."""

import contextlib
import io
import json
import threading
import zlib
from http.client import HTTPConnection
from struct import pack
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.extra
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<html><script>alert(1)</script></html>"


def ask(studio, path, body=None, **headers):
    """Returns the status and the content of an answer."""
    asked = Request(studio.url + path, data=body, headers={name.replace("_", "-"): v for name, v in headers.items()})
    try:
        with urlopen(asked, timeout=30) as answer:
            return answer.status, answer.read(), answer.headers
    except HTTPError as error:
        return error.code, error.read(), error.headers


def upload(studio, name, content, kind="image/png"):
    """Uploads a file as the page does; returns where the server keeps it."""
    edge = b"edge"
    head = f'Content-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
    body = b"--" + edge + b"\r\n" + head.encode() + content + b"\r\n--" + edge + b"--\r\n"
    status, answer, _ = ask(studio, "/gradio_api/upload", body, Content_Type="multipart/form-data; boundary=edge")
    assert status == 200, answer
    return json.loads(answer)[0]


def again(page, act, condition, times=6):
    """Acts until a condition holds: what is done before a part of the page stands is lost."""
    for _ in range(times):
        act()
        with contextlib.suppress(Exception):
            page.wait_for_function(condition, timeout=10_000)
            return
    raise AssertionError(f"{condition} does not hold, {times} times:\n{page.locator('body').inner_text()}")


def bomb(side=40_000):
    """A PNG of a few kilobytes that says it has 1.6 thousand million pixels."""

    def chunk(name, content):
        return pack(">I", len(content)) + name + content + pack(">I", zlib.crc32(name + content))

    head = chunk(b"IHDR", pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")


def test_another_name_for_this_machine_gets_nothing(studio):
    status, content, _ = ask(studio, "/", Host="studio.example")
    assert status == 400
    assert b"gradio" not in content
    port = studio.url.rsplit(":", 1)[1]
    assert ask(studio, "/", Host=f"localhost:{port}")[0] == 200


def test_another_page_cannot_use_this_one(studio):
    body = b'{"data": [], "fn_index": 0, "session_hash": "x"}'
    told = {"Content_Type": "application/json", "Origin": "http://studio.example"}
    assert ask(studio, "/gradio_api/queue/join", body, **told)[0] == 403
    policy = ask(studio, "/")[2]["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self' data: blob:" in policy


def test_the_page_names_no_other_place_to_load_from(studio):
    page = ask(studio, "/")[1].decode()
    for mark in ("src=", "href="):
        for part in page.split(mark)[1:]:
            assert not part.strip("\"'").startswith(("http:", "https:", "//")), part[:80]
    assert "googleapis" not in page
    assert "@import" not in ask(studio, "/theme.css")[1].decode()


def test_nothing_is_listed_for_programs(studio):
    listed = json.loads(ask(studio, "/gradio_api/info")[1])
    assert listed == {"named_endpoints": {}, "unnamed_endpoints": {}}


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/proxy=https://example.com", "/gradio_api/call/make", "/monitoring", "/gradio_api/openapi.json",
     "/docs", "/gradio_api/run/make", "/login", "/gradio_api/deep_link", "/gradio_api/vibe-code"],
)  # fmt: skip
def test_what_the_page_does_not_need_is_not_there(studio, path):
    assert ask(studio, path)[0] == 404
    assert ask(studio, path, b"{}", Content_Type="application/json")[0] == 404


def test_no_file_outside_of_the_studios_own_is_read(studio, runs):
    place = upload(studio, "a.png", b"x")
    outside = ["/etc/passwd", runs["digits"] / "run.toml", f"{place}/../../../../../etc/passwd", "https://example.com/"]
    for path in outside:
        assert ask(studio, f"/gradio_api/file={path}")[0] == 403, path
    assert ask(studio, f"/gradio_api/file={place}")[0] == 200


@pytest.mark.parametrize("path", ["/etc/passwd", "https://example.com/a.png", "../../etc/passwd"])
def test_no_file_outside_is_taken_for_one_that_was_dropped(studio, path):
    told = [{"path": path, "meta": {"_type": "gradio.FileData"}}]
    body = json.dumps({"data": told, "fn_index": 1, "session_hash": "x"}).encode()
    assert ask(studio, "/gradio_api/queue/join", body, Content_Type="application/json")[0] == 403


@pytest.mark.parametrize(("path", "length"), [("/gradio_api/queue/join", 9_000_000), ("/gradio_api/upload", 10**12)])
def test_what_says_that_it_is_too_long_is_refused_before_it_comes(studio, path, length):
    connection = HTTPConnection(studio.url.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(("name", "content"), [("a.svg", SVG), ("a.html", PAGE)])
def test_what_could_run_in_a_browser_is_never_shown_by_it(studio, name, content):
    place = upload(studio, name, content, "image/png")
    _, _, headers = ask(studio, f"/gradio_api/file={place}")
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.png", SVG, "no picture that can be read"),
        ("a.png", PAGE, "no picture that can be read"),
        ("a.png", bomb(), "too large"),
        ("a.png", bomb(4_000), "too many for the page"),
        ("a.png", bomb(60_000)[:60], "too large"),
    ],
    ids=["svg", "html", "bomb", "large", "cut"],
)
def test_a_malicious_picture_is_told_in_a_sentence(open_page, name, content, told):
    page = open_page("grey")
    given, place = {"name": name, "mimeType": "image/png", "buffer": content}, "#ask-5-0-source input[type=file]"
    again(page, lambda: page.set_input_files(place, given), f"!document.querySelector('{place}')")
    again(page, lambda: page.click("#make-5-0"), "document.querySelector('.toast-body')")
    said = page.locator(".toast-body").first.inner_text()
    assert told in said
    assert "Traceback" not in said
    assert "/tmp" not in said


def test_a_canvas_that_says_nonsense_is_told_in_a_sentence():
    from multigan_studio.painter import painted

    from multigan import DataError

    classes = ("sea", "", "rock")
    good = {"width": 3, "height": 2, "runs": [0, 4, 2, 2]}
    assert painted(json.dumps(good), classes).tolist() == [[0, 0, 0], [0, 2, 2]]
    wrong = [
        good | {"runs": [0, 4, 1, 2]}, good | {"runs": [0, 4]}, good | {"runs": [0, 7, 2, -1]}, good | {"width": 10**9},
        good | {"runs": [0, 6, 0]}, good | {"height": "x"}, good | {"runs": [0.5, 6]} | {"width": -3}, [], 7,
    ]  # fmt: skip
    for value in wrong:
        with pytest.raises(DataError, match="canvas"):
            painted(json.dumps(value), classes)
    with pytest.raises(DataError, match="canvas"):
        painted("[" * 100_000, classes)
    empty = {"width": 3, "height": 2, "runs": [255, 6]}
    assert painted("", classes) is painted(json.dumps(empty), classes) is None


def test_two_users_at_once_get_what_each_of_them_asked_for(open_page):
    from multigan_studio.opened import WORKING  # what holds them apart

    assert isinstance(WORKING, type(threading.Lock()))
    pages = [open_page("digits") for _ in range(2)]
    for seed, page in enumerate(pages):
        page.fill("#seed-0-0 input", str(20 + seed))
    for page in pages:
        page.evaluate("document.querySelector('#make-0-0').click()")
    found = []
    for seed, page in enumerate(pages):
        page.wait_for_selector("#stage-0-0 img")
        address = page.get_attribute("#stage-0-0 img >> nth=0", "src")
        content = page.request.get(f"{page.url}{address}").body()
        found.append(np.asarray(Image.open(io.BytesIO(content))))
        page.fill("#seed-0-0 input", str(20 + 1 - seed))
    assert (found[0] != found[1]).any()
    for page, other in zip(pages, reversed(found), strict=True):
        before = page.get_attribute("#stage-0-0 [data-made]", "data-made")
        page.click("#make-0-0")
        page.wait_for_function("b => document.querySelector('#stage-0-0 [data-made]').dataset.made !== b", arg=before)
        address = page.get_attribute("#stage-0-0 img >> nth=0", "src")
        content = page.request.get(f"{page.url}{address}").body()
        assert (np.asarray(Image.open(io.BytesIO(content))) == other).all()
