"""The register table through its owner: real tables, and what other statements ask of them."""

import sqlite3
from collections.abc import Callable, Iterator

import pytest

from tests.zone.events import an_id
from wire.lane import Zone
from wire.merge import MEMBER, PIN, REACTION, VERSION, Register, field_name
from wire.order import make_stamp
from zone.copy import register_pieces as pieces
from zone.copy import registers
from zone.items import bookings, item_answers
from zone.store import store

ROOM, TASK, PAPER, ENTRY = (an_id(p, 1) for p in ("rm", "tk", "ap", "ev"))
ANN, BOB, CEM = (an_id("us", n) for n in range(3))
FIRST, SECOND = an_id("ms", 1), an_id("ms", 2)


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.executescript(store.SCHEMA.read_text(encoding="utf-8"))
    yield db
    db.close()


def put(db: sqlite3.Connection, name: str, field: str, value: object, count: int = 1) -> bool:
    return registers.put(db, Register(name, field, value, make_stamp(count, Zone.LGWAN)))


@pytest.mark.parametrize("field", ["name", "notice"])
def test_the_later_word_is_kept_and_an_earlier_one_is_not(
    db: sqlite3.Connection, field: str
) -> None:
    """Of any field, and of those alike of which what is overwritten is not kept."""
    assert put(db, ROOM, field, "防災", 5)
    assert not put(db, ROOM, field, "旧", 4)
    assert not put(db, ROOM, field, "同", 5)
    assert registers.word(db, ROOM, field) == ("防災", make_stamp(5, Zone.LGWAN))
    assert put(db, ROOM, field, "新", 6)
    assert registers.value(db, ROOM, field) == "新"
    assert registers.word(db, ROOM, "topic") is None


def test_of_the_words_of_one_event_each_is_kept_that_is_the_latest_on_its_field(
    db: sqlite3.Connection,
) -> None:
    put(db, ANN, "name", "旧", 4)
    put(db, ANN, "title", "課長", 6)
    at = make_stamp(5, Zone.LGWAN)
    said = [Register(ANN, field, "新", at) for field in ("name", "title", "section")]
    assert registers.put_all(db, said) == [said[0], said[2]]
    assert registers.own_values(db, ANN) == {"name": "新", "title": "課長", "section": "新"}
    kept = db.execute("SELECT field, value, stamp FROM displaced ORDER BY field").fetchall()
    assert kept == [("name", '"旧"', make_stamp(4, Zone.LGWAN)), ("title", '"新"', at)]


def test_a_word_stands_until_a_later_one_comes(db: sqlite3.Connection) -> None:
    word = Register(ROOM, "name", "防災", make_stamp(5, Zone.LGWAN))
    assert not registers.stands(db, word)
    registers.put(db, word)
    assert registers.stands(db, word)
    put(db, ROOM, "name", "新", 6)
    assert not registers.stands(db, word)


def test_fields_of_which_there_are_many_are_not_what_an_object_says_of_itself(
    db: sqlite3.Connection,
) -> None:
    put(db, ROOM, "name", "防災")
    put(db, ROOM, field_name(MEMBER, ANN), ["owner", None, 1])
    put(db, ROOM, field_name(PIN, FIRST), [True, ANN, 1])
    assert registers.own_values(db, ROOM) == {"name": "防災"}
    assert set(registers.all_values(db, ROOM)) == {"name", f"member:{ANN}", f"pin:{FIRST}"}
    assert set(registers.words(db, ROOM, ["name", "topic", f"pin:{FIRST}"])) == {
        "name",
        f"pin:{FIRST}",
    }


def test_a_kind_of_field_is_read_for_itself_in_the_order_of_its_words(
    db: sqlite3.Connection,
) -> None:
    for name in ("versio", "version", "versions", "versionz:x"):
        put(db, TASK, name, 0)
    put(db, TASK, field_name(VERSION, "b"), 1, 3)
    put(db, TASK, field_name(VERSION, "a"), 2, 4)
    assert list(registers.of_kind(db, TASK, VERSION, registers.decoded).items()) == [
        ("b", 1),
        ("a", 2),
    ]
    assert registers.names(db, TASK, VERSION) == {"a", "b"}


def test_who_left_a_room_is_not_counted(db: sqlite3.Connection) -> None:
    for user, role in ((ANN, "owner"), (BOB, "none"), (CEM, "guest")):
        put(db, ROOM, field_name(MEMBER, user), [role, None, 1])
    assert registers.count_members(db, ROOM) == 2


def test_answers_are_all_parts_of_all_people_and_nothing_else(db: sqlite3.Connection) -> None:
    """The steps of an approval lie beside its field `steps`, and versions are no answers."""
    put(db, PAPER, "steps", [])
    put(db, PAPER, "title", "決裁")
    put(db, PAPER, field_name(VERSION, "fl"), [ANN, 1])
    for part, user in (("step0", ANN), ("step9", ANN), ("step0", BOB), ("answer", BOB)):
        put(db, PAPER, field_name(part, user), [part, 1])
    put(db, PAPER, field_name("seen", CEM), ["seen", 1])
    read = registers.decoded
    assert list(item_answers.answers(db, PAPER, read)) == [
        (part, user, [part, 1])
        for part, user in (
            ("answer", BOB),
            ("seen", CEM),
            ("step0", ANN),
            ("step0", BOB),
            ("step9", ANN),
        )
    ]
    assert item_answers.answers_of(db, PAPER, ANN, read) == {
        "step0": ["step0", 1],
        "step9": ["step9", 1],
    }
    assert item_answers.count_answers(db, PAPER) == (4, 1)


def test_only_answers_in_time_are_counted_where_there_is_a_time(db: sqlite3.Connection) -> None:
    for at, user in ((10, ANN), (20, BOB)):
        put(db, TASK, field_name("answer", user), [{}, at])
    counted = [item_answers.count_answers_before(db, TASK, at) for at in (0, 10, 20, 21)]
    assert counted == [2, 0, 1, 2]


def test_rooms_that_keep_everything_have_no_retention(db: sqlite3.Connection) -> None:
    put(db, ROOM, "retention_days", 30)
    put(db, an_id("rm", 2), "retention_days", 0)
    assert registers.retentions(db) == {ROOM: 30}


def test_what_is_forgotten_is_gone_with_the_pins_of_what_is_not_there(
    db: sqlite3.Connection,
) -> None:
    db.execute(
        "INSERT INTO message (id, room, zone, author, at, stamp, arrived, late, was_held, lgwan,"
        " internet) VALUES (?, ?, 'lgwan', ?, 1, 'x', 1, 0, 0, 1, 0)",
        (SECOND, ROOM, ANN),
    )
    for message in (FIRST, SECOND):
        put(db, message, field_name(REACTION, "ok", ANN), True)
        put(db, ROOM, field_name(PIN, message), [True, ANN, 1])
    put(db, ROOM, "name", "防災")
    registers.forget(db, [FIRST])
    registers.forget_pins(db, ROOM)
    assert registers.all_values(db, FIRST) == {}
    assert registers.all_values(db, SECOND) != {}
    assert set(registers.all_values(db, ROOM)) == {"name", f"pin:{SECOND}"}


def test_the_directory_is_given_people_and_rooms_without_what_is_pinned(
    db: sqlite3.Connection,
) -> None:
    call = an_id("bc", 1)
    kept = [
        (ANN, "name"),
        (ROOM, "name"),
        (ROOM, f"member:{ANN}"),
        (call, "audience"),
        (an_id("tn", 1), "name"),
        (an_id("og", 1), "parent"),
    ]
    left = [
        (ROOM, f"pin:{FIRST}"),
        (call, "title"),
        (TASK, "title"),
        (FIRST, "text"),
    ]
    for name, field in kept + left:
        put(db, name, field, "x")
    found = {(word.object, word.field) for word in registers.people_and_rooms(db)}
    assert found == set(kept)


def test_only_pins_that_were_not_taken_out_are_pinned(db: sqlite3.Connection) -> None:
    put(db, ROOM, field_name(PIN, FIRST), [False, ANN, 1], 2)
    put(db, ROOM, field_name(PIN, SECOND), [True, ANN, 1], 3)
    assert db.execute(f"SELECT message FROM {pieces.PINNED}", (ROOM,)).fetchall() == [(SECOND,)]


@pytest.mark.parametrize("field", ["x' OR 1", "pin:", "a.b", ""])
def test_a_piece_takes_no_field_that_is_none_of_ours(field: str) -> None:
    with pytest.raises(ValueError, match="no field of ours"):
        pieces.lacks("item.id", field)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda db: bookings.booked_for(db, ENTRY), "register_entry"),
        (lambda db: bookings.slots(db, an_id("rs", 1), 0, 9), "register_resource"),
        (registers.retentions, "register_retention"),
        (lambda db: registers.names(db, TASK, "answer"), "PRIMARY KEY"),
    ],
    ids=["by entry", "by resource", "by retention", "of a kind"],
)
def test_no_question_reads_the_whole_table(
    db: sqlite3.Connection, ask: Callable[[sqlite3.Connection], object], index: str
) -> None:
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    ask(db)
    db.set_trace_callback(None)
    (statement,) = asked
    steps = [step for *_, step in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert index in steps[0]
    assert not any(step.startswith("SCAN r") and "INDEX" not in step for step in steps)
