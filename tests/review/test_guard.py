"""Who may ask: the checks on Host, token and Origin, against the app and against a real server."""

import http.client
import json
import socket
import stat
import threading
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from listenlive.errors import ConfigError
from listenlive.review.guard import Guard, hosts, new_token
from listenlive.review.server import loopback, opener, server

PORT, TOKEN = 8421, "token-of-this-start"
HOME = f"http://127.0.0.1:{PORT}"
OURS = {"host": f"127.0.0.1:{PORT}", "origin": HOME}


async def hello(request):
    return PlainTextResponse("hello")


async def talk(websocket):
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


def app():
    return Starlette(
        routes=[
            Route("/", hello, methods=["GET", "POST", "PUT", "DELETE"]),
            WebSocketRoute("/changes", talk),
        ]
    )


@pytest.fixture
def client():
    guarded = Guard(app(), token=TOKEN, hosts=hosts(PORT))
    with TestClient(guarded, base_url=HOME, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"[::1]:{PORT}"])
def test_a_loopback_address_with_our_port_and_token_is_let_in(client, host):
    assert client.get(f"/{TOKEN}/", headers={"host": host}).text == "hello"


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:80", f"0.0.0.0:{PORT}", ""],
)
def test_another_host_is_refused(client, host):
    assert client.get(f"/{TOKEN}/", headers={"host": host}).status_code == 403
    with pytest.raises(WebSocketDisconnect):
        client.websocket_connect(f"/{TOKEN}/changes", headers={**OURS, "host": host}).__enter__()


@pytest.mark.parametrize("path", ["/", "/wrong/", f"/{TOKEN}x/", f"/%2f{TOKEN}/", f"//{TOKEN}/"])
def test_without_the_token_nothing_is_told(client, path):
    answer = client.get(path)
    assert answer.status_code == 403
    assert TOKEN not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", f"https://127.0.0.1:{PORT}", HOME + "0"]
)
def test_a_change_asked_for_by_another_page_is_refused(client, method, origin):
    headers = {} if origin is None else {"origin": origin}
    assert client.request(method, f"/{TOKEN}/", headers=headers).status_code == 403


def test_a_change_asked_for_by_our_page_is_let_in(client):
    assert client.post(f"/{TOKEN}/", headers=OURS).text == "hello"
    six = {"host": f"[::1]:{PORT}", "origin": f"http://[::1]:{PORT}"}
    assert client.post(f"/{TOKEN}/", headers=six).text == "hello"


def test_a_page_of_one_address_cannot_change_by_another(client):
    headers = {"host": f"localhost:{PORT}", "origin": HOME}
    assert client.post(f"/{TOKEN}/", headers=headers).status_code == 403


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null"])
def test_a_socket_of_another_page_is_refused(client, origin):
    headers = {"host": OURS["host"]} | ({} if origin is None else {"origin": origin})
    with pytest.raises(WebSocketDisconnect):
        client.websocket_connect(f"/{TOKEN}/changes", headers=headers).__enter__()


def test_a_socket_of_our_page_is_let_in(client):
    with client.websocket_connect(f"/{TOKEN}/changes", headers=OURS) as opened:
        assert opened.receive_text() == "hello"


@pytest.mark.parametrize("path", [f"/{TOKEN}/", "/"])
def test_every_answer_is_sealed(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert not [name for name in headers if name.startswith("access-control")]


def test_tokens_are_long_and_new_each_time():
    assert len({new_token() for _ in range(50)}) == 50
    assert len(new_token()) >= 32


# --- a real server


@contextmanager
def serving():
    sockets = loopback(0)
    port = sockets[0].getsockname()[1]
    running = server(app(), port=port, token=TOKEN)
    thread = threading.Thread(target=running.run, kwargs={"sockets": list(sockets)})
    thread.start()
    try:
        yield port
    finally:
        running.should_exit = True
        thread.join()
        for each in sockets:
            each.close()


def asked(port, path, *, address="127.0.0.1", method="GET", headers=None):
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_real_server_answers_on_loopback_only_and_refuses_strangers():
    with serving() as port:
        assert asked(port, f"/{TOKEN}/") == (200, "hello")
        assert asked(port, f"/{TOKEN}/", headers={"Host": "evil.example"})[0] == 403
        assert asked(port, "/")[0] == 403
        forged = {"Origin": "http://evil.example"}
        assert asked(port, f"/{TOKEN}/", method="POST", headers=forged)[0] == 403
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        changes = f"/{TOKEN}/changes"
        assert asked(port, changes, headers=upgrade | forged)[0] == 403
        evil = {"Host": "evil.example", "Origin": "http://evil.example"}
        assert asked(port, changes, headers=upgrade | evil)[0] == 403
        ours = {"Origin": f"http://127.0.0.1:{port}"}
        assert asked(port, changes, headers=upgrade | ours)[0] == 101


def test_a_real_server_answers_on_ipv6_loopback():
    if len(loopback_families()) < 2:
        pytest.skip("this machine has no IPv6")
    with serving() as port:
        assert asked(port, f"/{TOKEN}/", address="::1") == (200, "hello")
        ours = {"Origin": f"http://[::1]:{port}"}
        assert asked(port, f"/{TOKEN}/", address="::1", method="POST", headers=ours)[0] == 200


def loopback_families():
    found = loopback(0)
    families = [each.family for each in found]
    addresses = {each.getsockname()[0] for each in found}
    for each in found:
        each.close()
    assert addresses <= {"127.0.0.1", "::1"}
    return families


def test_a_port_that_is_taken_says_so():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ConfigError, match=r"cannot answer on 127\.0\.0\.1, port .*--port"):
            loopback(other.getsockname()[1])


def test_the_address_reaches_the_browser_in_a_private_file(tmp_path):
    path = opener(tmp_path / "data", 'http://127.0.0.1:1/x"><script>/')
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "<script>" not in path.read_text()
    assert json.dumps("http://127.0.0.1:1/x")[1:-1] in path.read_text()
