"""What is compared: no more than what both zones have said, heard, and kept until then."""

import pytest

from tests.zone.conftest import BOTH
from tests.zone.reconcile.pair import Pair, said
from wire.bodies import MessageEdit, MessagePost, MessageWithdraw
from wire.lane import Zone
from zone.link import reconciliation


async def _are_equal(pair: Pair) -> bool:
    """Return whether both found the other equal with the first digest."""
    standings = [await half.standing() for half in pair.halves.values()]
    return all(
        standing.equal_at == standing.compared_at > 0 and standing.differences == 0
        for standing in standings
    )


async def test_of_what_was_taken_back_only_that_counts(pair: Pair) -> None:
    """What stood on it leaves each copy in its own time."""
    names = await said(pair)
    await pair.internet.say(MessageWithdraw(names["theirs"]), uid=BOTH)
    await pair.carry()
    theirs = "object = :theirs AND field LIKE 'reaction:%'"
    assert await pair.lgwan.rows(
        "SELECT 1 FROM register WHERE object = ? AND field LIKE 'reaction:%'", names["theirs"]
    )
    await pair.internet.sql(f"DELETE FROM register WHERE {theirs}", **names)
    await pair.compare()
    assert await _are_equal(pair)
    assert pair.lgwan.carried_kinds.count("copy.digest") == 1


@pytest.mark.parametrize("field", ["notice", "file"])
async def test_what_the_relay_says_to_one_zone_is_not_compared(pair: Pair, field: str) -> None:
    names = await said(pair)
    await pair.internet.sql(
        "INSERT INTO register SELECT id, :field, '\"x\"', substr(stamp, 1, 15) || '1'"
        " FROM message WHERE id = :ours",
        field=field,
        **names,
    )
    await pair.compare()
    assert await _are_equal(pair)
    assert pair.lgwan.carried_kinds.count("copy.digest") == 1


async def test_what_is_held_is_not_named_beside_something_that_is_lost(pair: Pair) -> None:
    """Both are on one page, so that the rows of both are looked at."""
    names = await said(pair)
    pair.lgwan.holds = lambda event: isinstance(event.body, MessagePost | MessageEdit)
    held = await pair.lgwan.post("機密性3 の件")
    await pair.lgwan.say(MessageEdit(names["ours"], "機密性3 の会議室"), uid=BOTH)
    await pair.carry()
    await pair.internet.sql("DELETE FROM message WHERE id = ?", names["ours"])
    before = await pair.lgwan.rows("SELECT seq FROM delivery WHERE event = ?", held)
    await pair.compare()
    # What was lost was sent again, and is held as well: only who lost it misses it.
    objects = [await half.rows("SELECT object FROM difference") for half in pair.halves.values()]
    assert objects == [[], [(names["ours"],)]]
    assert await pair.lgwan.rows("SELECT seq FROM delivery WHERE event = ?", held) == before


async def test_what_was_said_behind_a_digest_is_not_compared_with_it(pair: Pair) -> None:
    await said(pair)
    await pair.internet.store.write(lambda w: reconciliation.ask(w.db))
    await pair.internet.rounds.turn()
    await pair.lgwan.post("いま届いたばかり")
    await pair.carry()
    await pair.lgwan.rounds.turn()
    standing = await pair.lgwan.standing()
    assert standing.equal_at == standing.compared_at > 0


@pytest.mark.parametrize("zone", Zone)
async def test_a_page_is_looked_at_again_when_something_of_it_was_spoken_of(
    pair: Pair, zone: Zone
) -> None:
    """The other zone loses the new word at once: who remembers the old sum finds both equal."""
    names = await said(pair)
    await pair.compare()
    half, far = pair.halves[zone], pair.halves[pair.halves[zone].side.far]
    name = names["ours" if zone is Zone.LGWAN else "theirs"]
    await half.say(MessageEdit(name, "11 時に集合"), uid=BOTH)
    await pair.carry()
    await far.sql("DELETE FROM register WHERE object = ? AND field = 'text'", name)
    await pair.compare()
    for each in pair.halves.values():
        assert await each.rows(
            "SELECT value FROM register WHERE object = ? AND field = 'text'", name
        ) == [('"11 時に集合"',)]
