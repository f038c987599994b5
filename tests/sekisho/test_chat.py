"""The terminal client, on terminals and in pipes, against the demo's town."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from runtime.sockets import peer_credentials
from sekisho.demo import photo
from tests.sekisho.terminal import Terminal

SEKISHO = [sys.executable, "-m", "sekisho.main"]
STORM = "台風10号 対策"


class Town:
    """The running demo, and the lines it invites to paste."""

    def __init__(self, home: Path) -> None:
        environment = {**os.environ, "TMPDIR": str(home), "COLUMNS": "120"}
        self.process = subprocess.Popen(
            [*SEKISHO, "demo"],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.printed: list[str] = []
        while not self.printed or not self.printed[-1].startswith("sekisho audit"):
            line = self.process.stdout.readline()
            if not line:
                pytest.fail(f"the demo ended with {self.process.wait()}:\n{''.join(self.printed)}")
            self.printed.append(line)
            if line.startswith("✗"):  # it stays up, but invites nobody
                self.process.terminate()
        (self.site,) = home.iterdir()

    def chat(self, zone: str, who: int = 0) -> list[str]:
        """Return the demo's invitation to chat in `zone`: the first one, or a later one."""
        start = f"sekisho chat {self.site} --zone {zone}"
        line = [line for line in self.printed if line.startswith(start)][who]
        return [*SEKISHO, *line.split()[1:]]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The demo, staying up until Ctrl-C, which is to leave nothing behind."""
    home = tmp_path_factory.mktemp("d")
    town = Town(home)
    yield town
    town.process.send_signal(signal.SIGINT)
    rest, _ = town.process.communicate(timeout=60)
    assert town.process.returncode == 0, rest
    assert list(home.iterdir()) == []


def say(town: Town, zone: str, text: str, room: str = STORM) -> subprocess.CompletedProcess[str]:
    """Post the lines of `text` through a pipe."""
    command = [*town.chat(zone), "--room", room]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_line_in_a_pipe_is_posted_and_its_verdict_comes_back(town: Town) -> None:
    done = say(town, "lgwan", "管から一行\n\nもう一行\n")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all(re.fullmatch(r"ms_\w{26} ✓ 届きました", line) for line in lines)


def test_a_line_that_is_held_is_told_as_such(town: Town) -> None:
    done = say(town, "lgwan", "番号は 1234 5678 9018 です\n")
    assert done.returncode == 65
    assert "⏸ 保留: マイナンバーのような番号が含まれています" in done.stdout


def test_a_room_that_is_not_there_is_an_error_that_names_those_that_are(town: Town) -> None:
    done = say(town, "internet", "だれか\n", room="会議")
    assert done.returncode == 65
    assert "「会議」というルームはありません" in done.stderr
    assert STORM in done.stderr


def test_a_token_is_asked_for_and_a_wrong_one_turned_away(town: Town, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("sk_wrong")
    (tmp_path / "token").chmod(0o600)
    command = [*town.chat("lgwan"), "--room", STORM, "--token-file", str(tmp_path / "token")]
    done = subprocess.run(command, input="x\n", capture_output=True, text=True, check=False)
    assert done.returncode == 65
    assert "Traceback" not in done.stderr


def test_people_talk_across_the_networks_while_they_type(town: Town) -> None:
    with Terminal([*town.chat("lgwan"), STORM]) as chief:
        chief.shows("台風10号は今夜20時ごろ最接近", f"▶{STORM}")
        with Terminal(town.chat("internet", who=1)) as guest:
            guest.shows("毛布200枚と水")
            guest.type("いま書きかけ")
            guest.shows("> いま書きかけ")
            chief.type("全員、状況を知らせてください\r")
            lines = guest.shows("全員、状況を知らせてください", "> いま書きかけ")
            chief.shows("✓ 届きました  既読 1")
            number = number_of("髙橋 健", lines)
            guest.type("\x15")  # Ctrl-U
            guest.type(f"/reply {number} 北川です。異常ありません\r")
            chief.shows("┃ 髙橋 健: 全員、状況を知らせてください", "北川です。異常ありません")
            chief.type(f"/who {number}\r")
            chief.shows("既読 ", "北川 進")
            chief.type("/search 毛布200枚 -食料\r")
            chief.shows(f"  {STORM}  北川 進")
            chief.type("/quit\r")
            assert chief.ended() == 0


def number_of(author: str, lines: list[str]) -> str:
    """Return the number of the last message of `author` on a screen."""
    found = [re.search(rf"{author}.*#(\d+)", line) for line in lines]
    return [match[1] for match in found if match][-1]


def test_a_photo_arrives_without_what_it_said_of_its_place(town: Town, tmp_path: Path) -> None:
    (tmp_path / "現場.jpg").write_bytes(photo.drawn(5))
    with (
        Terminal([*town.chat("lgwan"), STORM]) as chief,
        Terminal(town.chat("internet", who=1)) as guest,
    ):
        guest.type(f"/file {tmp_path / '現場.jpg'} 現場です\r")
        guest.shows("▣ 現場.jpg", "✓ 無害化済み", "✓ 届きました")
        lines = chief.shows("現場です", "✓ 無害化済み", "除去：", "位置情報")
        chief.type(f"/save {number_of('北川 進', lines)} {tmp_path}\r")
        chief.shows("保存しました", "(2).jpg")
    with Image.open(tmp_path / "現場 (2).jpg") as saved, Image.open(tmp_path / "現場.jpg") as sent:
        assert saved.size == sent.size
        assert sent.getexif()
        assert not saved.getexif()


def test_a_message_is_put_right_stamped_and_taken_back(town: Town) -> None:
    with (
        Terminal([*town.chat("lgwan"), STORM]) as chief,
        Terminal(town.chat("internet", who=1)) as guest,
    ):
        chief.type("集合は九時\r")
        number = number_of("髙橋 健", guest.shows("集合は九時"))
        guest.type(f"/react {number} 了解\r")
        own = number_of("髙橋 健", chief.shows("集合は九時", "了解 1"))
        chief.type(f"/edit {own} 集合は十時\r")
        guest.shows("集合は十時（編集済み）", "了解 1")
        chief.type(f"/withdraw {own} 中止\r")
        guest.until(lambda lines: not any("集合は十時" in line for line in lines))
        guest.type(f"/edit {number} 他人の発言\r")
        guest.shows("✗ 権限がありません")
        guest.type("/jion 現地\r")
        guest.shows("/jion はありません。/help で一覧を出します")


def test_it_goes_on_after_the_daemon_was_started_again(town: Town, tmp_path: Path) -> None:
    with Terminal(town.chat("internet", who=1)) as guest:
        guest.shows("毛布200枚と水")
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(town.site / "internet" / "run" / "api.sock"))
            daemon = peer_credentials(sock)[0]
        os.kill(daemon, signal.SIGKILL)
        with (tmp_path / "log").open("wb") as log:
            meanwhile = [*town.chat("lgwan"), "--room", STORM]
            waiting = subprocess.Popen(meanwhile, stdin=subprocess.PIPE, text=True)
            again = subprocess.Popen([*SEKISHO, "internet", str(town.site)], stdout=log, stderr=log)
        try:
            waiting.communicate("止まっている間の発言\n", timeout=60)
            guest.shows("止まっている間の発言")
            guest.type("戻りました\r")
            guest.shows("戻りました", "✓ 届きました")
        finally:
            again.terminate()
            again.wait()
        assert waiting.returncode == 0
