"""A store whose clock was in the future is set back, and all that was done keeps its order."""

import sqlite3
from functools import partial
from pathlib import Path

import pytest

from lgwan_side.zone import SIDE
from runtime.bounds import TOLERANCE_MS
from tests.wire.numbers import event_of
from tests.zone.conftest import SITE, key_of
from tests.zone.halves import SCHEMA, Half, Time
from wire.bodies import MessageEdit, MessagePost, ReadSet, RoomPurge
from wire.ids import mint_id
from wire.order import ahead_ms, hlcs_in
from wire.reasons import Unavailable
from zone.copy import journal
from zone.link import mending
from zone.store.setting_back import COUNTED, STAMPED, set_back, set_back_store
from zone.store.side_effects import SIDE_EFFECTS
from zone.store.store import ZoneStore, create_zone_store
from zone.store.writing import Clock, Writing

SAID = ["message.post", "message.post", "message.edit", "room.purge"]
YEAR_MS = 365 * 24 * 3_600_000
MS = mint_id("ms", now=1, entropy=bytes(10))


def say(half: Half, body: object, name: str | None = None) -> None:
    event = event_of(body, 1, 0)  # type: ignore[arg-type] # a body
    act = partial(Writing.act, author=event.author, body=event.body, room=event.room)
    half.write(lambda w: act(w, crosses=True, id=name))


def stamps(half: Half) -> list[str]:
    """Return every stamp of the store, in the order of its events."""
    found = [
        (stamp, table, row)
        for table, column in STAMPED
        for row, stamp in enumerate(
            s for (s,) in half.db.execute(f"SELECT {column} FROM {table}") if s
        )
    ]
    return [f"{table} {row}" for _, table, row in sorted(found, key=lambda each: hlcs_in(each[0]))]


def test_the_list_names_every_column_of_stamps() -> None:
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    tables = [t for (t,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {
        (table, name)
        for table in tables
        for _, name, *_ in db.execute(f"PRAGMA table_info({table})")
        if name in ("stamp", "base", "lgwan", "internet", "clock", "heard", "hlc")
    }
    assert found == {*STAMPED, *COUNTED}


def test_a_zone_whose_clock_was_a_year_ahead_goes_on_and_keeps_its_order() -> None:
    half = Half(SIDE, Time())
    say(half, MessagePost("前"), mint_id("ms", now=2, entropy=bytes(10)))
    half.time.ahead = YEAR_MS
    say(half, MessagePost("未来"), MS)
    say(half, MessageEdit(MS, "訂正"))
    say(half, ReadSet(MS, half.clock.hlc, 0, half.time.now))
    say(half, RoomPurge(1))
    half.time.ahead = 0
    with pytest.raises(Unavailable):
        say(half, MessageEdit(MS, "いま"))
    half.db.execute("UPDATE counter SET clock = ?", (half.clock.hlc,))
    assert half.db.execute("SELECT max(lgwan) FROM reading").fetchone() != (None,)
    before = stamps(half)
    assert set_back(half.db, half.time.now) >= 3
    assert stamps(half) == before
    (clock,) = half.db.execute("SELECT clock FROM counter").fetchone()
    assert ahead_ms(clock, half.time.now) <= 0
    for table, column in STAMPED:
        for (stamp,) in half.db.execute(f"SELECT {column} FROM {table}"):
            assert all(ahead_ms(hlc, half.time.now) <= 0 for hlc in hlcs_in(stamp)), (table, stamp)
    for table, column in COUNTED:
        for (hlc,) in half.db.execute(f"SELECT {column} FROM {table}"):
            assert ahead_ms(hlc, half.time.now) <= 0, (table, column)
    said = [
        journal.said_at(half.db, hlc)
        for (hlc,) in half.db.execute("SELECT hlc FROM said ORDER BY hlc")
    ]
    assert [each.kind for each in said if each] == SAID
    for event in said:  # the journal says what the copy says: there is nothing to mend
        assert event is not None
        assert mending.mend_own(half.db, event, SIDE.zone) is None
    half.clock = Clock(clock)
    half.time()
    say(half, MessageEdit(MS, "いま"))
    (text,) = half.db.execute("SELECT value FROM register WHERE field = 'text'").fetchone()
    assert text == '"いま"'


async def test_a_store_in_use_is_not_set_back(tmp_path: Path) -> None:
    create_zone_store(tmp_path)
    async with ZoneStore.open(tmp_path, SIDE, SITE, key_of(SIDE), SIDE_EFFECTS) as store:
        with pytest.raises(Unavailable, match="is running"):
            set_back_store(tmp_path, store.now() - TOLERANCE_MS)
