"""What stands before the page's server, without one: bodies that never end, files, headers."""

import asyncio

import pytest
from multigan_studio.guard import CLOSED, Guard
from multigan_studio.workshop import Workshop

JOIN = "/gradio_api/queue/join"


@pytest.fixture
def workshop():
    with Workshop() as workshop:
        yield workshop


def answer(workshop, path, parts=(b"",), method="POST", headers=(), patience=60.0, forever=False):
    """Returns the status, the headers and what the application behind the guard was given; None where nothing was."""
    given, sent = [], []

    async def application(scope, receive, send):
        given.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b""})

    async def run():
        waiting = list(parts)

        async def receive():
            if not waiting:
                if forever:
                    return {"type": "http.request", "body": bytes(1_000_000), "more_body": True}
                await asyncio.Event().wait()
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting) or forever}

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
        await Guard(application, workshop, patience)(scope, receive, send)

    asyncio.run(run())
    return sent[0]["status"], dict(sent[0]["headers"]), given[0] if given else None


def test_a_body_arrives_whole(workshop):
    status, _, given = answer(workshop, JOIN, [b'{"data"', b": []}"])
    assert (status, given) == (200, b'{"data": []}')


def test_a_body_without_end_is_cut_off(workshop):
    status, _, given = answer(workshop, JOIN, forever=True)
    assert (status, given) == (413, None)


def test_a_body_that_does_not_come_is_not_waited_for(workshop):
    status, _, given = answer(workshop, JOIN, (), patience=0.01)
    assert (status, given) == (408, None)


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": [{"path": "/etc/passwd"}]}',
        b'{"data": [[{"deep": {"path": "https://example.com/a.png"}}]]}',
        b'{"data": [{"path": "FOLDER/../secret"}]}',
        b'{"data": [{"path": "FOLDER/a", "url": "data:image/png;base64,AAAA"}]}',
    ],
)
def test_files_from_elsewhere_are_refused_wherever_they_stand(workshop, body):
    status, _, given = answer(workshop, JOIN, [body.replace(b"FOLDER", str(workshop.folder).encode())])
    assert (status, given) == (403, None)


def test_files_that_were_dropped_are_taken(workshop):
    body = b'{"data": [{"path": "%s/page/a.png", "url": null}]}' % str(workshop.folder).encode()
    assert answer(workshop, JOIN, [body])[0] == 200


@pytest.mark.parametrize("body", [b"no json", b"[" * 200_000, b"\xff"])
def test_what_is_no_request_is_refused(workshop, body):
    assert answer(workshop, JOIN, [body])[0] == 400


def test_a_link_out_of_the_folder_is_not_followed(workshop, tmp_path):
    (tmp_path / "secret.txt").write_text("x")
    (workshop.folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert answer(workshop, f"/gradio_api/file={workshop.folder}/link.txt", method="GET")[0] == 403


@pytest.mark.parametrize(("name", "kind"), [("a.svg", b"application/octet-stream"), ("a.png", b"text/html")])
def test_a_browser_saves_what_could_run_in_it(workshop, name, kind):
    _, headers, _ = answer(workshop, f"/gradio_api/file={workshop.folder}/made/{name}", method="GET")
    assert headers[b"content-type"] == kind
    assert (headers.get(b"content-disposition") == b"attachment") == (name == "a.svg")


def test_another_page_is_refused(workshop):
    own, other = (b"origin", b"http://here:1"), (b"origin", b"http://elsewhere")
    assert answer(workshop, JOIN, [b"{}"], headers=[(b"host", b"here:1"), own])[0] == 200
    assert answer(workshop, JOIN, [b"{}"], headers=[(b"host", b"here:1"), other])[0] == 403


def test_a_folder_that_is_full_takes_nothing_more(workshop, monkeypatch):
    monkeypatch.setattr("multigan_studio.guard.QUOTA", 10)
    (workshop.folder / "page" / "a").write_bytes(bytes(11))
    assert answer(workshop, "/gradio_api/upload")[0] == 507


def test_old_makings_go_and_the_folder_with_them(monkeypatch):
    monkeypatch.setattr("multigan_studio.workshop.KEPT", 2)
    with Workshop() as workshop:
        first, *others = [workshop.new() for _ in range(3)]
        assert not first.exists()
        assert all(path.exists() for path in others)
    assert not workshop.folder.exists()


def test_messages_name_no_path_of_the_studio():
    with Workshop() as workshop:
        told = f"{workshop.folder}/made/abc/given/source.png: cannot be read"
        assert workshop.plain(told) == "source.png: cannot be read"


def test_the_news_of_a_page_do_not_end_while_it_is_open(workshop):
    """The page may click on while Gradio closes the stream; such a click was never answered."""
    parts, sent = [[b"data: 1\n\n", CLOSED], [b"data: 2\n\n", CLOSED], [b"data: 3\n\n"]], []

    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for part in parts.pop(0):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/gradio_api/queue/data", "headers": []}
    asyncio.run(Guard(application, workshop)(scope, None, send))
    assert [message["type"] for message in sent].count("http.response.start") == 1
    assert b"".join(message.get("body", b"") for message in sent) == b"data: 1\n\ndata: 2\n\ndata: 3\n\n"
    assert [message.get("more_body", False) for message in sent[1:]] == [True, True, True, False]


def test_gradio_still_closes_streams_by_the_line_that_is_held_back():
    import orjson
    from gradio.server_messages import CloseStreamMessage

    line = f"data: {orjson.dumps(CloseStreamMessage().model_dump(), default=str).decode()}\n\n"
    assert line.encode().startswith(CLOSED)
