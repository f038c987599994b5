"""Both zones end with equal rooms, whatever the order of delivery and however often."""

import sqlite3
from contextlib import closing

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.reference_copy import Copy
from tests.zone.events import FRONTEND, MESSAGES, NOW, ROOMS, TENANT, USERS, an_id, histories
from wire.bodies import ItemPut, MessagePost
from wire.events import Author, Event
from wire.items import Note
from wire.lane import Zone
from zone.copy import apply
from zone.store.store import SCHEMA as SCHEMA_FILE

History = list[tuple[Event, Zone]]
SCHEMA = SCHEMA_FILE.read_text(encoding="utf-8")


def stored(history: History) -> sqlite3.Connection:
    """Return a store that took in `history` in that order."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.executescript(SCHEMA)
    for event, zone in history:
        apply.apply_event(db, event, zone)
    return db


def words(db: sqlite3.Connection) -> set[tuple[str, str, str, str]]:
    return set(db.execute("SELECT object, field, value, stamp FROM register"))


def said(db: sqlite3.Connection) -> list[tuple[str, ...]]:
    return db.execute(
        "SELECT room, id, author, text FROM message WHERE text IS NOT NULL ORDER BY room, stamp"
    ).fetchall()


def births(db: sqlite3.Connection) -> set[tuple[object, ...]]:
    return set(db.execute("SELECT * FROM birth"))


def looks(db: sqlite3.Connection) -> set[tuple[object, ...]]:
    return set(db.execute("SELECT room, user, zone, lgwan, internet, at, message FROM reading"))


def unseen(db: sqlite3.Connection) -> set[tuple[object, ...]]:
    return set(db.execute("SELECT room, user, zone, lgwan, internet, message FROM unseen"))


def copy_of(history: History) -> Copy:
    copy = Copy()
    for event, zone in history:
        copy.apply(event, zone)
    return copy


@given(histories(), st.randoms(use_true_random=False))
def test_the_store_does_what_the_rules_say_in_any_order(history: History, random: object) -> None:
    """The store is compared with the reference after two different deliveries."""
    assert hasattr(random, "shuffle")
    shuffled = history + history[: len(history) // 2]
    random.shuffle(shuffled)
    copy = copy_of(shuffled)
    with closing(stored(history)) as one, closing(stored(shuffled)) as other:
        assert words(one) == words(other)
        assert births(one) == births(other) == set(copy.births.values())
        assert said(one) == said(other)
        assert looks(one) == looks(other) == {(*k, *look) for k, look in copy.looks.items()}
        assert unseen(one) == unseen(other) == copy.unseen
        assert words(one) == {
            (w.object, w.field, msgspec.json.encode(w.value).decode(), w.stamp)
            for w in copy.registers.values()
        }
        reference = [
            (m.room, m.id, m.author, m.text) for r in sorted(ROOMS) for m in copy.timeline(r)
        ]
        assert said(one) == reference


@given(histories())
def test_what_is_applied_again_changes_nothing(history: History) -> None:
    with closing(stored(history)) as db:
        before = words(db), said(db)
        assert all(not apply.apply_event(db, event, zone) for event, zone in history)
        assert (words(db), said(db)) == before


def test_a_second_message_of_one_id_changes_nothing() -> None:
    author = Author(USERS[0], TENANT, FRONTEND)
    first = Event(MESSAGES[0], 1, NOW, ROOMS[0], author, MessagePost("はい"))
    second = Event(MESSAGES[0], 2, NOW, ROOMS[0], author, MessagePost("いいえ"))
    with closing(stored([(first, Zone.LGWAN), (second, Zone.INTERNET)])) as db:
        assert said(db) == [(ROOMS[0], MESSAGES[0], USERS[0], "はい")]


def test_a_second_item_of_one_id_changes_nothing() -> None:
    name = an_id("nt", 0)
    made = [
        (
            Event(
                name, hlc, NOW, ROOMS[0], Author(uid, TENANT, FRONTEND), ItemPut(Note(title="x"))
            ),
            zone,
        )
        for hlc, uid, zone in ((1, USERS[0], Zone.LGWAN), (2, USERS[1], Zone.INTERNET))
    ]
    with closing(stored(made)) as db:
        rows = db.execute("SELECT id, zone, author FROM item").fetchall()
    assert rows == [(name, "lgwan", USERS[0])]
