"""What the terminal client makes of typed lines and of what a server says, without either."""

from pathlib import Path

import pytest

from sanitizer import sentences
from sekisho.chat import attachments, timeline
from sekisho.chat.conversation import Conversation, KnownRoom
from sekisho.chat.orders import NotUnderstood, Order, read_line
from sekisho.chat.words import CHARACTERS, REWRITTEN
from sekisho_client import Event, Message
from sekisho_client.decoding import decode
from sekisho_client.events import read_batch
from sekisho_client.people import Room
from wire.removed import REMOVED


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
    stamped = event("reaction.set", message="ms_1", reaction="了解", user="us_3", on=True)
    for each in (created, created, stamped, stamped):
        known.take(each)
    room = known.rooms["rm_1"]
    assert room.unread == 1
    assert room.messages["ms_1"].reactions == {"了解": ["us_3"]}
    looked = {"zone": "lgwan", "lgwan": f"{1:016x}", "internet": f"{0:016x}"}
    known.take(event("read.set", user="us_1", message="ms_1", at=2, **looked))
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
