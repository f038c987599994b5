"""What docs/bot.md and the README say works word for word, in an environment of its own."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sekisho_client import Client
from tests.conftest import ROOT
from tests.stories.city import INTERNET, LGWAN, City

BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NAME = "庶務の案内"
# Of packages that an index sends over a slow line.
INSTALL_TIMEOUT_S = 300.0


def blocks(text: str, language: str) -> list[str]:
    """Return the code of a page in one language, without what it is indented by."""
    found = BLOCK.findall(text)
    return [textwrap.dedent(code) for _, said, code in found if said == language]


def pages() -> list[list[str]]:
    """Return the commands of docs/bot.md, in English and in Japanese."""
    english, japanese = (ROOT / "docs" / "bot.md").read_text(encoding="utf-8").split("## 日本語")
    return [blocks(half, "sh") for half in (english, japanese)]


def test_both_languages_say_the_same_commands() -> None:
    english, japanese = pages()
    assert english == japanese
    assert len(english) == 3, "install, admit, start"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as the source tree is, with the environment that docs/bot.md makes in it."""
    folder = tmp_path_factory.mktemp("tree")
    for name in ("client", "docs"):  # a build would leave traces in the tree itself
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.egg-info"))
    probe = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "-d",
        str(folder),
        "aiohttp",
    ]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs an index of packages: set PIP_INDEX_URL, or HTTPS_PROXY")
    subprocess.run(
        ["bash", "-euc", pages()[0][0]],
        cwd=folder,
        env=as_a_person(),
        check=True,
        timeout=INSTALL_TIMEOUT_S,
    )
    return folder


def as_a_person() -> dict[str, str]:
    """Return the environment of a person who can type `sekisho`, and nothing else of this tree."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    commands = Path(sys.executable).parent
    return kept | {"PATH": f"{commands}:{kept['PATH']}", "PYTHONUNBUFFERED": "1"}


@asynccontextmanager
async def running(folder: Path, *command: str) -> AsyncIterator[asyncio.StreamReader]:
    """Run a command until it is no longer needed, and yield what it prints."""
    program = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=as_a_person(),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # what a shell has started ends with it
    )
    assert program.stdout is not None
    try:
        yield program.stdout
    finally:
        os.killpg(program.pid, signal.SIGKILL)  # neither keeps anything that could be lost
        await program.wait()


def test_a_frontend_has_one_name_of_ours_and_needs_aiohttp(desk: Path) -> None:
    said = (
        "import importlib.metadata as m\n"
        "print(*sorted(n for n, by in m.packages_distributions().items() if 'sekisho' in by[0]))\n"
        "print(*sorted(d.name for d in m.distributions() if 'sekisho' in d.name))\n"
        "print(*m.requires('sekisho-client'))\n"
        "import sekisho_client.blocking, sekisho_client.deliveries"
    )
    command = [str(desk / "bot" / "bin" / "python"), "-c", said]
    ran = subprocess.run(command, cwd=desk / "bot", check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines() == ["sekisho_client", "sekisho-client", "aiohttp"]


async def bots(client: Client) -> set[str]:
    return {user.id for user in await client.users() if user.name == NAME}


async def test_the_bot_answers_after_what_the_page_says_was_typed(city: City, desk: Path) -> None:
    asker = await city.person("佐藤 健")
    inside, outside = await city.client(asker, LGWAN), await city.client(asker, INTERNET)
    before = await bots(inside)
    place = desk / "DIR"
    place.symlink_to(city.installation.folder)
    _, admit, start = pages()[0]
    async with running(desk, "bash", "-euc", f"{admit}\n{start}") as printed:
        async with asyncio.timeout(60):
            while (line := await printed.readline()) != b"5 answers\n":
                assert line, "it ended instead of serving"
        (bot,) = await bots(inside) - before
        room = await city.room("なんでも相談", inside, bot)
        await city.until(lambda: outside.room(room))
        asked = await outside.post(room, "ﾊﾟｽﾜｰﾄﾞを忘れました。どうすればよいですか")
        said = await city.until(
            lambda: outside.messages(room),
            lambda page: any(each.reply_to == asked.id for each in page.items),
        )
    (answer,) = [each.text for each in said.items if each.reply_to == asked.id]
    assert answer is not None
    assert "内線 2100" in answer


async def test_the_frontend_of_the_readme_hears_what_became_of_its_words(
    city: City, desk: Path
) -> None:
    user = await city.person("現場")
    outside = await city.client(user, INTERNET)
    room = await city.room("連絡", outside)
    (code,) = blocks((ROOT / "README.md").read_text(encoding="utf-8"), "python")
    imports, body = code.split("\n\n", 1)
    arguments = f"token, user, room = {(city.tokens[INTERNET], user, room)!r}"
    main = f"async def main():\n{textwrap.indent(body, '    ')}"
    program = "\n".join(["import asyncio", imports, arguments, main, "asyncio.run(main())"])
    python = str(desk / "bot" / "bin" / "python")
    async with running(city.installation.folder, python, "-c", program) as printed:
        async with asyncio.timeout(60):
            while b"delivery='delivered'" not in (line := await printed.readline()):
                assert line, "it ended instead of following"
    (said,) = (await outside.messages(room)).items
    assert said.id.encode() in line
    assert said.text == "避難所に着きました"
