"""What is lost or changed in either copy is found and put back, and nothing else is touched."""

from functools import partial

import msgspec
import pytest

from tests.zone.conftest import BOTH, GUEST, ROOM, STAFF, author
from tests.zone.events import an_id
from tests.zone.reconcile.pair import NEXT_POLICY, Half, Pair, quarantined, said
from wire.bodies import (
    MemberSet,
    MessagePost,
    MessageWithdraw,
    ProfileSet,
    ReactionSet,
    RoomPurge,
    RoomPut,
)
from wire.choices import Scope
from wire.digests import SPANS, CopyDigest
from wire.events import Event
from wire.ids import mint_id
from wire.lane import Zone
from wire.reasons import Reason
from zone.link import reconciliation
from zone.store.writing import Writing

SURVEY = an_id("sv", 1)


DAMAGE = {
    "a message is gone": "DELETE FROM message WHERE id = :ours",
    "an answer is gone": "DELETE FROM message WHERE id = :theirs",
    "a text was changed": "UPDATE message SET text = '百万円' WHERE id = :ours",
    "an author was changed": f"UPDATE message SET author = '{GUEST}' WHERE id = :theirs",
    "a new wording is gone": "DELETE FROM register WHERE object = :ours AND field = 'text'",
    "a new wording was changed": "UPDATE register SET value = '\"12 時\"' WHERE object = :ours",
    "reactions are gone": "DELETE FROM register WHERE object = :theirs",
    "an item is gone": "DELETE FROM item WHERE id = :item",
    "an item's words are gone": "DELETE FROM register WHERE object = :item",
    "an item's title was changed": "UPDATE register SET value = '\"x\"' WHERE object = :item"
    " AND field = 'title'",
    "a member is gone": f"DELETE FROM register WHERE object = '{ROOM}' AND field = 'member:{BOTH}'",
    "somebody was made an owner": f"UPDATE register SET value = replace(value, 'member', 'owner')"
    f" WHERE object = '{ROOM}' AND field = 'member:{GUEST}'",
    "a later word was invented": "UPDATE register SET value = '\"x\"',"
    " stamp = '1ffffffffffff0' || substr(stamp, 15) WHERE object = :item AND field = 'title'",
    "a person is gone": f"DELETE FROM register WHERE object = '{BOTH}'",
    "a name was changed": f"UPDATE register SET value = '\"x\"' WHERE object = '{BOTH}'"
    " AND field = 'name'",
    "a birth is gone": f"DELETE FROM birth WHERE id = '{ROOM}'",
    "a birth was changed": f"UPDATE birth SET maker = '{GUEST}' WHERE id = '{ROOM}'",
    "all messages are gone": "DELETE FROM message",
    "all words are gone": "DELETE FROM register",
}


@pytest.mark.parametrize("zone", Zone)
async def test_what_was_damaged_by_hand_is_found_and_put_back(pair: Pair, zone: Zone) -> None:
    names = await said(pair)
    before = await pair.copies()
    half = pair.halves[zone]
    for what, statement in DAMAGE.items():
        await half.sql(statement, **names)
        assert await pair.copies() != before, what
        for each in pair.halves.values():
            each.rounds._offered.clear()  # time passes
        await pair.compare()
        assert await pair.copies() == before, what
    await pair.compare()
    for each in pair.halves.values():
        standing = await each.standing()
        assert standing.differences == 0
        assert standing.equal_at == standing.compared_at > 0
    assert await quarantined(pair) == []


async def test_two_copies_that_are_one_say_so_with_one_digest_each(pair: Pair) -> None:
    await said(pair)
    await pair.compare()
    for half in pair.halves.values():
        assert half.carried_kinds.count("copy.digest") == 1
        standing = await half.standing()
        assert (standing.differences, standing.offered, standing.mended) == (0, 0, 0)
        assert standing.equal_at > 0


async def test_what_differs_is_named_until_it_is_mended(pair: Pair) -> None:
    names = await said(pair)
    await pair.internet.sql("DELETE FROM message WHERE id = ?", names["ours"])
    pair.lgwan.refuses = lambda e: Reason.KIND_NOT_ALLOWED if e.id == names["ours"] else None
    await pair.compare()
    found = await pair.internet.store.read(lambda db: reconciliation.named(db, 5))
    assert [(name, what) for name, _, what, _ in found] == [(names["ours"], "missing-here")]
    # It was refused on its way: that is known in the zone that sent it, and is no riddle there.
    await pair.compare()
    assert (await pair.lgwan.standing()).refused == 1


async def test_what_is_on_its_way_or_held_is_no_difference(pair: Pair) -> None:
    names = await said(pair)
    pair.lgwan.holds = lambda event: isinstance(event.body, MessagePost)
    await pair.lgwan.post("機密性3 の件")
    await pair.carry()
    pair.internet.is_cut = True
    late = await pair.internet.post("まだ届かない")
    await pair.internet.say(ReactionSet(names["ours"], "了解", on=False), uid=BOTH)
    await pair.compare()
    for half in pair.halves.values():
        assert (await half.standing()).differences == 0
    assert (await pair.lgwan.standing()).held == 1
    assert (await pair.internet.standing()).waiting > 0
    pair.internet.is_cut = False
    await pair.release(pair.lgwan)
    await pair.carry()
    await pair.compare()
    assert await pair.are_one()
    assert [(await half.standing()).differences for half in pair.halves.values()] == [0, 0]
    assert await pair.lgwan.rows("SELECT 1 FROM message WHERE id = ?", late)


async def test_what_the_relay_altered_is_no_difference(pair: Pair) -> None:
    await said(pair)
    await pair.lgwan.post("一行目\r\n二行目\u200b \ue001 ｶﾞ\u2028終")
    await pair.lgwan.say(RoomPut(topic="話題\u202e\n二"), uid=STAFF)
    await pair.carry()
    one, other = await pair.copies()
    assert one != other
    await pair.compare()
    for half in pair.halves.values():
        assert half.carried_kinds.count("copy.digest") == 1
        assert (await half.standing()).equal_at > 0


def _open_own_room(writing: Writing, room: str, scope: Scope) -> None:
    own = room[:-1] + str(len(scope) % 10)
    opened = RoomPut(name="内輪", room_kind="talk", scope=scope)
    for body in (opened, MemberSet(BOTH, "owner"), MessagePost("内緒")):
        name = writing.mint("ms" if isinstance(body, MessagePost) else "ac", writing.now)
        writing.act(author(BOTH), body, room=own, crosses=False, id=name)


async def test_rooms_of_one_zone_are_not_compared(pair: Pair) -> None:
    room = mint_id("rm", now=5, entropy=bytes(10))
    await said(pair)
    scopes: list[tuple[Half, Scope]] = [
        (pair.lgwan, "lgwan-only"),
        (pair.internet, "internet-only"),
    ]
    for half, scope in scopes:
        await half.store.write(partial(_open_own_room, room=room, scope=scope))
    await pair.compare()
    for half in pair.halves.values():
        assert half.carried_kinds.count("copy.digest") == 1
        assert (await half.standing()).equal_at > 0


async def test_what_was_taken_back_and_deleted_is_no_difference_and_leaves_no_text(
    pair: Pair,
) -> None:
    names = await said(pair)
    await pair.lgwan.say(MessageWithdraw(names["ours"]), uid=BOTH)
    await pair.carry()
    await pair.compare()
    assert [(await half.standing()).differences for half in pair.halves.values()] == [0, 0]
    kept = [row for half in pair.halves.values() for row in await half.rows("SELECT * FROM said")]
    assert "時に集合" not in repr([bytes(row[2]).decode() for row in kept])
    now = pair.lgwan.store.now()
    await pair.lgwan.say(RoomPurge(now), uid=STAFF, operator=True)
    await pair.carry()
    await pair.compare()
    assert await pair.are_one()
    for half in pair.halves.values():
        assert await half.rows("SELECT 1 FROM message") == []
        assert await half.rows("SELECT 1 FROM said WHERE about LIKE 'ms%'") == []
        assert (await half.standing()).differences == 0


def _secretive(event: Event) -> Reason | None:
    """Refuse what has the character for "secret" in it, as a careless list of words does."""
    body = event.body
    is_section = isinstance(body, ProfileSet) and body.section == "秘書課"
    is_talk = isinstance(body, MessagePost) and body.text.startswith("秘書課")
    return Reason.UNCLEAN_TEXT if is_section or is_talk else None


async def test_a_refused_import_arrives_once_the_policy_lets_it(pair: Pair) -> None:
    """The relay refuses a section's people; its policy is changed; nobody imports again."""
    await pair.compare()
    names = [an_id("us", 100 + n) for n in range(30)]
    pair.lgwan.refuses = _secretive
    for name in names:
        body = ProfileSet(name, name="秘書", section="秘書課", user_kind="staff", zones=["lgwan"])
        await pair.lgwan.say(body, room=None, operator=True)
        await pair.lgwan.say(MemberSet(name, "member"))
    talk = await pair.lgwan.post("秘書課の皆さんへ")
    await pair.carry()
    await pair.compare()
    assert await pair.internet.rows("SELECT 1 FROM birth WHERE id = ?", names[0]) == []
    assert (await pair.lgwan.standing()).refused > 30
    pair.lgwan.refuses, pair.lgwan.policy = lambda _: None, NEXT_POLICY
    await pair.lgwan.post("何か別のこと")  # the first thing that passes under the new policy
    await pair.carry()
    for _ in range(3):
        await pair.compare()
    found = await pair.internet.rows("SELECT count(*) FROM birth WHERE id >= ?", names[0])
    assert found == [(len(names),)]
    ((members,),) = await pair.internet.rows(
        "SELECT count(*) FROM register WHERE object = ? AND field LIKE 'member:%'", ROOM
    )
    assert members == len(names) + 3
    # What people wrote is theirs to send again.
    assert await pair.internet.rows("SELECT 1 FROM message WHERE id = ?", talk) == []


async def test_many_that_are_lost_come_back_without_many_digests(pair: Pair) -> None:
    for number in range(600):
        await pair.lgwan.post(f"連絡 {number}")
    await pair.carry()
    await pair.internet.sql("DELETE FROM message")
    await pair.compare()
    for _ in range(6):
        pair.lgwan.rounds._offers_at = 0.0  # the next hundred go at once
        await pair.lgwan.rounds.turn()
        await pair.carry()
    assert await pair.are_one()
    assert pair.internet.carried_kinds.count("copy.digest") < 40


async def test_a_digest_is_as_long_as_any_other_and_has_no_word_of_what_was_said(
    pair: Pair,
) -> None:
    names = await said(pair)
    await pair.internet.sql("DELETE FROM message WHERE id = ?", names["ours"])
    seen: list[CopyDigest] = []
    inner = pair.lgwan.refuses

    def note(event: Event) -> Reason | None:
        if isinstance(event.body, CopyDigest):
            seen.append(event.body)
        return inner(event)

    pair.lgwan.refuses = pair.internet.refuses = note
    await pair.compare()
    assert {each.form for each in seen} == {"ranges", "rows", "answer"}
    sizes = [len(msgspec.json.encode(each)) for each in seen]
    assert max(sizes) - min(sizes) < 200  # the first has an empty place, numbers have digits
    assert {len(each.spans) for each in seen} == {SPANS}
    assert not any(word in repr(seen) for word in ("集合", "了解", "昼食", "防災"))
