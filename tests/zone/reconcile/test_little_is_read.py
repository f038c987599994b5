"""Comparing reads a page once for each digest, and a page that nobody spoke of not at all."""

from functools import partial

from tests.zone.conftest import BOTH
from tests.zone.events import NOW
from tests.zone.reconcile.pair import Pair
from wire.bodies import MessageEdit
from wire.ids import mint_id
from wire.lane import Zone
from wire.order import make_stamp
from zone.store.writing import Writing

PAGE_MS = 20 * 60_000  # a page is 17.5 minutes
FIELDS = ("name", "kana", "section", "title")
ROWS_OF_ONE = 1 + len(FIELDS)
STAMP = make_stamp(1, Zone.LGWAN)


def _add(writing: Writing, names: list[str]) -> None:
    births = [(name, "lgwan", BOTH, "staff", None, NOW, STAMP) for name in names]
    writing.db.executemany(
        "INSERT INTO birth (id, zone, maker, kind, scope, at, stamp) VALUES (?, ?, ?, ?, ?, ?, ?)",
        births,
    )
    words = [(name, field, '"山田"', STAMP) for name in names for field in FIELDS]
    writing.db.executemany("INSERT INTO register VALUES (?, ?, ?, ?)", words)
    writing.facts.forget()


async def add_people(pair: Pair, number: int, *, pages: int) -> None:
    """Make so many people that both zones know, over some pages behind those of the city."""
    names = [
        mint_id("us", now=NOW + n % pages * PAGE_MS, entropy=(1000 + n).to_bytes(10))
        for n in range(number)
    ]
    for half in pair.halves.values():
        await half.store.write(partial(_add, names=names))


def _read(pair: Pair) -> int:
    return max(half.rounds.survey.read_rows for half in pair.halves.values())


async def test_of_a_long_page_each_digest_reads_every_row_once(pair: Pair) -> None:
    """A staff list is one page, and its 32 spans are compared one after the other."""
    people = 300
    await add_people(pair, people, pages=1)
    await pair.internet.sql(
        "UPDATE register SET value = '\"x\"' WHERE object = ? AND field = 'name'", BOTH
    )
    await pair.compare()
    assert await pair.are_one()
    digests = sum(half.carried_kinds.count("copy.digest") for half in pair.halves.values())
    # Each is compared with the page, and with it once more where it was mended.
    assert people * ROWS_OF_ONE < _read(pair) <= 2 * digests * (people + 10) * ROWS_OF_ONE
    assert digests < 16


async def test_a_second_round_over_what_nobody_spoke_of_reads_nothing(pair: Pair) -> None:
    people, pages = 200, 40
    await add_people(pair, people, pages=pages)
    await pair.compare()
    first = _read(pair)
    assert first >= people * ROWS_OF_ONE
    await pair.compare()
    assert _read(pair) == first
    for half in pair.halves.values():
        standing = await half.standing()
        assert standing.equal_at == standing.compared_at > 0
        assert half.carried_kinds.count("copy.digest") >= 2


async def test_after_some_posts_their_pages_are_read_and_no_others(pair: Pair) -> None:
    people = 200
    await add_people(pair, people, pages=40)
    ours = await pair.lgwan.post("集合は 9 時")
    await pair.carry()
    await pair.compare()
    first = _read(pair)
    theirs = await pair.internet.post("了解です")
    await pair.lgwan.say(MessageEdit(ours, "集合は 10 時"), uid=BOTH)
    await pair.carry()
    await pair.compare()
    both = await pair.lgwan.rows("SELECT 1 FROM message WHERE id IN (?, ?)", ours, theirs)
    assert len(both) == 2
    # Two messages and a wording, on one page or on two, read once to tell and once to compare.
    assert 0 < _read(pair) - first <= 2 * 3
    assert [(await half.standing()).differences for half in pair.halves.values()] == [0, 0]
