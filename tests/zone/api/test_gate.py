"""Nobody gets past the gate without saying who they are and for whom they ask."""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import INTERNET, People, Town, town
from wire.ids import mint_id
from zone.api.http import door

NOBODY = 65534
STRANGER = mint_id("us", now=5, entropy=bytes(10))

KNOCK = """
import os, socket, sys
os.setgroups([])
os.setgid(int(sys.argv[3]))
os.setuid(int(sys.argv[3]))
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect(sys.argv[1])
try:
    s.sendall(sys.argv[2].encode())
    print(s.recv(65536).decode())
except ConnectionError:
    print("reset")
"""


# Opens 60 connections, says something over each, or nothing, and holds on to them.
FLOOD = """
import os, socket, sys
os.setgroups([])
os.setgid(int(sys.argv[3]))
os.setuid(int(sys.argv[3]))
held = []
for _ in range(60):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    held.append(s)
    try:
        s.sendall(sys.argv[2].encode())
    except ConnectionError:
        pass
print(len(held), flush=True)
sys.stdin.read()
"""


async def test_a_frontend_acts_for_its_own_users_and_for_no_others(tmp_path: Path) -> None:
    """T01: every pair of frontend and user, of which only the diagonal is right."""
    async with town(tmp_path / "n") as here:
        users = [await here.admit(f"user {i}") for i in range(20)]
        tokens = [await here.frontend(f"frontend {i}", [uid]) for i, uid in enumerate(users)]
        room_of = {}
        for token, uid in zip(tokens, users, strict=True):
            room_of[uid] = await (await here.client(uid, token)).create_room("mine")
        for i, token in enumerate(tokens):
            for j, uid in enumerate(users):
                headers = signed_in(token, uid)
                path = f"/v1/rooms/{room_of[uid]}/messages"
                read = await ask(here.api, "GET", path, headers)
                said = await ask(here.api, "POST", path, headers, b'{"text":"x"}')
                assert (read.status, said.status) == ((200, 202) if i == j else (403, 403))
        refused = await ask(here.api, "GET", "/v1/me", signed_in(tokens[0], users[1]))
        assert refused.json["code"] == "forbidden"


@pytest.mark.parametrize("uid", [STRANGER, "us_short", "", "us_" + "z" * 26, "x" * 5000])
async def test_who_does_not_exist_is_answered_like_anothers_user(people: People, uid: str) -> None:
    here = people.town
    token = await here.frontend("small", [here.ids["hana"]])
    absent = await ask(here.api, "GET", "/v1/me", signed_in(here.token, uid or "-"))
    anothers = await ask(here.api, "GET", "/v1/me", signed_in(token, here.ids["taro"]))
    if uid:
        assert (absent.status, absent.body) == (anothers.status, anothers.body)
    else:
        assert (absent.status, absent.json["code"]) == (401, "not-signed-in")


async def test_a_user_of_the_other_zone_only_cannot_act_here(tmp_path: Path) -> None:
    async with town(tmp_path / "n") as here:
        here.token = await here.frontend("web")
        uid = await here.admit("remote", zones=("internet",))
        answer = await ask(here.api, "GET", "/v1/me", signed_in(here.token, uid))
        assert answer.status == 403


@pytest.mark.parametrize(
    "authorization", ["-", "Bearer", "Bearer wrong", "Basic {token}", "Bearer {token}x", "{token}"]
)
async def test_without_a_token_there_is_nothing(people: People, authorization: str) -> None:
    here = people.town
    for path in ("/v1/me", "/v1/server", "/v1/nowhere", "/"):
        headers = signed_in("", here.ids["hana"])
        headers["Authorization"] = authorization.format(token=here.token)
        answer = await ask(here.api, "GET", path, headers)
        assert (answer.status, answer.json["code"]) == (401, "not-signed-in")


async def test_a_frontend_may_ask_for_itself_what_the_server_is(people: People) -> None:
    headers = {"Authorization": f"Bearer {people.town.token}"}
    answer = await ask(people.town.api, "GET", "/v1/server", headers)
    assert answer.json["zone"] == "lgwan"
    assert (await ask(people.town.api, "GET", "/v1/rooms", headers)).status == 401


@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Referer": "http://localhost/"},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "-"},
    ],
)
async def test_a_web_page_gets_nothing(people: People, header: dict[str, str]) -> None:
    here = people.town
    for socket in (here.api, here.folder / "run" / "admin.sock"):
        headers = signed_in(here.token, here.ids["hana"], **header)
        answer = await ask(socket, "GET", "/v1/users", headers)
        assert answer.status in (400, 403)
        assert answer.status == 400 or answer.json["code"] == "foreign-origin"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every Unix user may enter."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to run a client as another Unix user")
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def knock(here: Town, token: str, uid: int) -> str:
    """Ask as Unix user `uid`, and return what comes back."""
    text = (
        f"GET /v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Sekisho-Act-As: {here.ids['hana']}\r\n\r\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", KNOCK, str(here.api), text, str(uid)],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return done.stdout.strip()


def opened(here: Town) -> None:
    """Let everybody through the file system, so that only the door is left."""
    for path in (here.folder, here.folder / "run"):
        path.chmod(0o755)
    here.api.chmod(0o666)


async def knocked(here: Town, token: str, uid: int) -> str:
    return await asyncio.to_thread(knock, here, token, uid)


async def test_another_unix_user_is_turned_away_before_a_byte_is_parsed(
    open_folder: Path,
) -> None:
    """T02: the file's mode is one wall, the door behind it another."""
    async with town(open_folder / "n") as here:
        here.token = await here.frontend("web")
        await here.admit("hana")
        assert here.api.stat().st_mode & 0o777 == 0o660
        assert (here.folder / "run" / "admin.sock").stat().st_mode & 0o777 == 0o600
        opened(here)
        assert "200 OK" in await knocked(here, here.token, 0)
        for uid in (NOBODY, 1, 1000):
            assert await knocked(here, here.token, uid) in ("", "reset")


@pytest.mark.parametrize("said", ["", "GET /v1/me HTTP/1.1\r\nHost: localhost\r\n\r\n"])
async def test_a_unix_user_who_takes_every_connection_keeps_nobody_else_out(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """Whether they are silent, or ask something over each of them."""
    may_open = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    monkeypatch.setattr(door, "OWN_DESCRIPTORS", may_open - door.REFUSALS - 30)
    monkeypatch.setattr(door, "SILENT_S", 60.0)  # not by making room: by their part
    async with town(open_folder / "n") as here:
        here.token = await here.frontend("web")
        await here.admit("hana")
        await here.frontend("bot", uids=[NOBODY])
        opened(here)
        flood = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", FLOOD, str(here.api), said, str(NOBODY)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert flood.stdin is not None
        assert flood.stdout is not None
        async with asyncio.timeout(60):
            assert await flood.stdout.readline() == b"60\n"
        assert "200 OK" in await knocked(here, here.token, 0)
        flood.stdin.close()
        await flood.wait()


async def test_a_stolen_token_opens_nothing_for_another_unix_user(open_folder: Path) -> None:
    """T02: the thief has a frontend of their own, so the door lets it in."""
    async with town(open_folder / "n") as here:
        here.token = await here.frontend("web")
        await here.admit("hana")
        own = await here.frontend("bot", uids=[NOBODY])
        opened(here)
        assert "200 OK" in await knocked(here, own, NOBODY)
        assert "401 Unauthorized" in await knocked(here, here.token, NOBODY)
        assert "401 Unauthorized" in await knocked(here, own, 0)


async def test_each_zone_admits_its_own_kinds_of_people(tmp_path: Path) -> None:
    forms = {
        kind: {"name": "x", "user_kind": kind, "zones": ["internet"]}
        for kind in ("staff", "guest", "bot")
    }
    async with town(tmp_path / "i", INTERNET) as internet, town(tmp_path / "l") as lgwan:
        for kind, allowed in (("staff", lgwan), ("guest", internet)):
            for here in (internet, lgwan):
                status, _ = await here.operate("POST", "/v1/users", forms[kind])
                assert status == (201 if here is allowed else 403)


def title(answer: Answer) -> str:
    return str(answer.json["title"])


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("ja", "見つかりません"),
        ("ja-JP,en;q=0.5", "見つかりません"),
        ("fr, ja;q=0.9", "見つかりません"),
        ("en-GB", "Not found"),
        ("ja;q=0, en", "Not found"),
        ("-", "Not found"),
        ("*", "Not found"),
    ],
)
async def test_problems_speak_the_readers_language(
    people: People, accept: str, expected: str
) -> None:
    headers = signed_in(people.town.token, people.town.ids["hana"])
    headers["Accept-Language"] = accept
    assert title(await ask(people.town.api, "GET", "/v1/nowhere", headers)) == expected
