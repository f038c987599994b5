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

from runtime.links import peer_credentials
from sanitizer import sentences
from sekisho.chat import attachments, timeline
from sekisho.chat.conversation import Conversation, KnownRoom
from sekisho.chat.orders import NotUnderstood, Order, read_line
from sekisho.chat.words import CHARACTERS, REWRITTEN
from sekisho.demo import photo
from sekisho_client import Event, Message
from sekisho_client.decoding import decode
from sekisho_client.events import read_batch
from sekisho_client.people import Room
from tests.sekisho.terminal import Terminal
from wire.removed import REMOVED

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
    assert "⏸ 保留: 確認が必要な内容です" in done.stdout


def test_a_room_that_is_not_there_is_an_error_that_names_those_that_are(town: Town) -> None:
    done = say(town, "internet", "だれか\n", room="会議")
    assert done.returncode == 65
    assert "「会議」というルームはありません" in done.stderr
    assert STORM in done.stderr


def test_a_token_is_asked_for_and_a_wrong_one_turned_away(town: Town, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("sk_wrong")
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


def test_an_order_has_its_words_and_its_text() -> None:
    assert read_line("/reply #12 はい  そうです") == Order("reply", ("#12",), "はい  そうです")
    assert read_line("/react 3 了解") == Order("react", ("3", "了解"), "")
    assert read_line("//etc は道") == "/etc は道"
    assert read_line("ふつうの文") == "ふつうの文"


@pytest.mark.parametrize("line", ["/", "/nope", "/who x", "/reply", "/edit 3"])
def test_what_is_no_order_says_how_it_is_typed(line: str) -> None:
    def follow() -> None:
        order = read_line(line)
        assert isinstance(order, Order)
        order.number()
        order.demand_text()

    with pytest.raises(NotUnderstood, match=r"使い方|はありません"):
        follow()


def message(number: int, **changes: object) -> dict[str, object]:
    """Return a message as a server says it."""
    said = {"id": f"ms_{number}", "room": "rm_1", "zone": "lgwan", "author": "us_2", "at": number}
    more = {"stamp": f"{number:016x}", "text": f"text {number}", "delivery": "delivered"}
    return {**said, **more, **changes}


def conversation() -> Conversation:
    room = KnownRoom(Room(id="rm_1", name="庁内", members=2))
    return Conversation("us_1", rooms={"rm_1": room})


def event(kind: str, **data: object) -> Event:
    """Return an event as the client makes it of what a server says."""
    said = {"cursor": "", "type": kind, "room": "rm_1", "data": data}
    return read_batch({"items": [said], "cursor": ""}).items[0]


def test_an_event_taken_in_twice_does_no_harm() -> None:
    known = conversation()
    created = event("message.created", **message(1))
    stamped = event("reaction.set", message="ms_1", stamp="了解", user="us_3", on=True)
    for each in (created, created, stamped, stamped):
        known.take(each)
    room = known.rooms["rm_1"]
    assert room.unread == 1
    assert room.messages["ms_1"].reactions == {"了解": ["us_3"]}
    known.take(event("read.set", user="us_1", message="ms_1", at=2))
    assert room.unread == 0


def test_messages_stand_in_the_order_of_their_stamps_and_keep_their_numbers() -> None:
    known = conversation()
    for number in (2, 3, 1):
        known.put(decode(message(number), Message))
    room = known.rooms["rm_1"]
    assert [each.id for each in room.timeline()] == ["ms_1", "ms_2", "ms_3"]
    first = room.numbered(1)
    assert first is not None
    assert first.id == "ms_2"


def test_what_a_later_server_says_is_passed_over_or_shown_by_its_word() -> None:
    known = conversation()
    known.take(event("weather.changed", sky="blue"))
    known.put(decode(message(1, author="us_1", delivery="teleported"), Message))
    room = known.rooms["rm_1"]
    drawn = timeline.message(known, room, room.messages["ms_1"])
    assert drawn[-1].plain == "? teleported"


def test_a_sender_sees_what_was_removed_from_his_words_and_from_his_file() -> None:
    known = conversation()
    photo = {
        "id": "fl_1",
        "name": "a.jpg",
        "media": "image/jpeg",
        "size": 9,
        "state": "crossing",
        "reason": None,
        "removed": [],
        "sha256": None,
    }
    known.put(decode(message(1, author="us_1", delivery="crossing", files=[photo]), Message))
    words = ["bidi", "private-use", "text"]
    item = {"id": "ms_1", "delivery": "altered", "reason": None, "removed": words}
    known.take(event("delivery.updated", items=[item]))
    cleaned = photo | {"state": "altered", "removed": [["exif", 0], ["gps", 0]]}
    known.take(event("file.updated", message="ms_1", file=cleaned))
    room = known.rooms["rm_1"]
    drawn = [line.plain for line in timeline.message(known, room, room.messages["ms_1"])]
    assert "  除去：撮影情報・位置情報" in drawn
    assert drawn[-1].endswith("除去：文字方向の制御文字・外字（〓に置換）")


def test_what_is_only_written_otherwise_is_not_said_to_be_removed() -> None:
    said = decode(message(1, delivery="altered", removed=["text"]), Message)
    assert "除去" not in timeline.delivery(said).plain


def test_whatever_can_be_removed_has_words() -> None:
    assert set(REMOVED) - {REWRITTEN} <= CHARACTERS.keys() | sentences.REMOVED.keys()


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "/abs", "a\\..\\b", "."])
def test_a_saved_file_stays_in_its_folder_whatever_its_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = attachments.keep(folder, name, b"x")
    assert path.parent == folder
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]
