"""A daemon at its limit of files says so, and goes on serving whoever is in."""

import json
import os
import resource
import socket
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from sekisho.local_socket import ask_node
from sekisho.running import MAX_FILES, raise_file_limit
from tests.sekisho.daemons import running
from zone.api.http.door import OWN_DESCRIPTORS, REFUSALS

FILES = 1200
ASK = b"GET /v1/server HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"


def held_down() -> None:
    """Let the process that is about to start have no more files than these, whatever it does."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


def ask(path: Path, token: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(20)
    sock.connect(str(path))
    sock.sendall(ASK % token.encode())
    return sock


def answered(sock: socket.socket) -> tuple[int, bytes]:
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = sock.recv(65536)
        if not piece:
            return 0, raw
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    length = next(int(x[15:]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-len"))
    while len(body) < length:
        body += sock.recv(65536)
    return int(head.split()[1]), body


def test_at_the_limit_whoever_comes_is_told_and_whoever_is_in_stays(site: Path) -> None:
    """At 960 connections everybody was cut off without a status."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < 2 * FILES:
        pytest.skip(f"needs {2 * FILES} files: ulimit -Hn")
    raise_file_limit()
    form = {"name": "web", "uids": [os.geteuid()], "act_as": []}
    with running(site, [("lgwan", site)], prepare=held_down):
        admin, api = site / "lgwan/run/admin.sock", site / "lgwan/run/api.sock"
        token = ask_node(admin, "POST", "/v1/frontends", form)["token"]
        room = FILES - OWN_DESCRIPTORS - REFUSALS
        assert room > 960
        with ExitStack() as stack:
            inside = []
            for _ in range(room):
                inside.append(stack.enter_context(closing(ask(api, token))))
                assert answered(inside[-1])[0] == 200
            for _ in range(2 * REFUSALS):
                with closing(ask(api, token)) as outside:
                    status, body = answered(outside)
                    assert status == 503
                    problem = json.loads(body)
                    assert (problem["code"], problem["instance"]) == ("unavailable", "/v1/server")
                    assert problem["retry_after"] == 1
            for sock in (inside[0], inside[-1]):
                sock.sendall(ASK % token.encode())
                assert answered(sock)[0] == 200
            assert ask_node(admin, "GET", "/v1/healthz") == {"status": "ok"}
            inside.pop().close()
            for _ in range(50):
                with closing(ask(api, token)) as again:
                    status, _ = answered(again)
                if status == 200:
                    break
            assert status == 200


def test_a_daemon_takes_as_many_files_as_it_may() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(before[1], MAX_FILES) if before[1] != resource.RLIM_INFINITY else MAX_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, wanted), before[1]))
    try:
        raise_file_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (wanted, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
