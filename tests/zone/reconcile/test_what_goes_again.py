"""What is sent again, and what is put back: what still holds, and is nobody else's to say."""

import time
from typing import get_args

from tests.zone.conftest import BOTH, STAFF
from tests.zone.events import TENANT, an_id
from tests.zone.reconcile.pair import NEXT_POLICY, Half, Pair, said
from wire.bodies import (
    AnswerSet,
    Body,
    EventRefuse,
    FileReady,
    ItemPut,
    ItemRemove,
    MessageEdit,
    MessagePin,
    MessagePost,
    MessageWithdraw,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPurge,
    TenantLink,
)
from wire.consents import ConsentGive
from wire.digests import LAST_PLACE, NO_POLICY, NOTHING, SPANS, CopyDigest, DigestSpan
from wire.events import Event
from wire.reasons import Reason
from zone.copy import recall
from zone.link import reconciliation
from zone.reconcile import own_words, rounds
from zone.store.writing import Writing

PEOPLES_OWN = "a person said it, who sees that it was refused and may send it again"
SAID_ANEW = "it says itself again when there is reason to"
# Kinds that do not go again by themselves when the policy is another, and why not.
STAYS = {
    MessagePost: PEOPLES_OWN,
    MessageEdit: PEOPLES_OWN,
    MessageWithdraw: PEOPLES_OWN,
    MessagePin: PEOPLES_OWN,
    ReactionSet: PEOPLES_OWN,
    ItemPut: PEOPLES_OWN,
    ItemRemove: PEOPLES_OWN,
    AnswerSet: PEOPLES_OWN,
    RoomPurge: "it deletes: whoever wants that still says it again",
    ReadSet: SAID_ANEW,
    CopyDigest: SAID_ANEW,
    ConsentGive: "it is good for what is held at that time",
    EventRefuse: "it answers one envelope, which is long past",
    FileReady: "the relay says it",
    RelayNotice: "the relay says it",
}


def test_each_kind_goes_again_under_a_new_policy_or_it_is_said_why_not() -> None:
    kinds = set(get_args(Body))
    again = set(own_words.OF_THE_CITY)
    assert again | set(STAYS) == kinds
    assert not again & set(STAYS)


async def test_an_agreement_that_was_refused_arrives_once_the_policy_lets_it(pair: Pair) -> None:
    """Nobody agrees again: what two municipalities agreed on is of the city."""
    await pair.compare()
    link = TenantLink(TENANT, an_id("tn", 1), ["directory"])
    pair.lgwan.refuses = lambda e: (
        Reason.KIND_NOT_ALLOWED if isinstance(e.body, TenantLink | MessagePost) else None
    )
    await pair.lgwan.say(link, room=None, operator=True)
    talk = await pair.lgwan.post("協定を結びました")
    await pair.carry()
    pair.lgwan.refuses, pair.lgwan.policy = lambda _: None, NEXT_POLICY
    await pair.lgwan.post("何か別のこと")  # the first thing that passes under the new policy
    await pair.carry()
    await pair.compare()
    assert await pair.internet.rows("SELECT value FROM register WHERE object = ?", TENANT)
    # What people wrote is theirs to send again, although it would pass now.
    assert await pair.internet.rows("SELECT 1 FROM message WHERE id = ?", talk) == []


async def _offer(half: Half, *said: Event) -> list[int]:
    """Have words be sent again; return the places in the order of those that go."""
    await half.store.write(lambda w: reconciliation.put_offers(w.db, [event.hlc for event in said]))
    return await half.store.write(own_words.offer)


async def test_what_is_held_or_on_its_way_is_not_sent_once_more(pair: Pair) -> None:
    held, waiting = [await pair.lgwan.say(MessagePost(text), uid=BOTH) for text in ("一", "二")]
    await pair.lgwan.sql("UPDATE delivery SET verdict = 'held' WHERE event = ?", held.id)
    assert await _offer(pair.lgwan, held, waiting) == []


async def test_a_word_that_is_no_longer_the_latest_is_not_sent_once_more(pair: Pair) -> None:
    names = await said(pair)
    early, late = [
        await pair.lgwan.say(MessageEdit(names["ours"], text), uid=BOTH) for text in ("一", "二")
    ]
    await pair.carry()
    assert await _offer(pair.lgwan, early, late) == [late.hlc]


async def test_a_refused_word_that_was_taken_back_is_not_put_back(pair: Pair) -> None:
    """Something else about the same message is lost, and all that was said about it looked at."""
    names = await said(pair)
    pair.lgwan.refuses = lambda e: Reason.UNCLEAN_TEXT if isinstance(e.body, MessageEdit) else None
    edit = await pair.lgwan.say(MessageEdit(names["ours"], "誤り"), uid=BOTH)
    await pair.carry()
    pair.lgwan.refuses = lambda _: None

    def take_back(writing: Writing) -> None:
        recall.recall(writing.db, edit, writing.side.zone)
        writing.db.execute("UPDATE delivery SET follow = '' WHERE event = ?", (edit.id,))

    await pair.lgwan.store.write(take_back)
    text = "SELECT value FROM register WHERE object = ? AND field = 'text'"
    before = await pair.lgwan.rows(text, names["ours"])
    assert before != [('"誤り"',)]
    await pair.lgwan.sql("DELETE FROM message WHERE id = ?", names["ours"])
    await pair.compare()
    assert await pair.lgwan.rows("SELECT 1 FROM message WHERE id = ?", names["ours"])
    assert await pair.lgwan.rows(text, names["ours"]) == before


async def test_in_an_hour_no_more_digests_are_sent_than_are_allowed(pair: Pair) -> None:
    names = await said(pair)
    await pair.internet.sql("UPDATE message SET text = '百万円' WHERE id = ?", names["ours"])
    await pair.internet.sql("DELETE FROM register WHERE object = ?", STAFF)
    await pair.internet.store.write(lambda w: reconciliation.ask(w.db))
    await pair.internet.rounds.turn()
    await pair.carry()
    pair.lgwan.rounds.sent.extend([time.monotonic()] * (rounds.MOST - 1))
    await pair.lgwan.rounds.turn()  # two spans differ, on pages of their own
    await pair.carry()
    assert pair.lgwan.carried_kinds.count("copy.digest") == 1
    await pair.lgwan.store.write(lambda w: reconciliation.ask(w.db))
    await pair.lgwan.rounds.turn()
    await pair.carry()
    assert pair.lgwan.carried_kinds.count("copy.digest") == 1
    pair.lgwan.rounds.sent.clear()  # an hour passes
    await pair.compare()
    assert await pair.are_one()


async def test_while_a_link_is_down_one_digest_waits_whatever_the_number_of_rounds(
    pair: Pair,
) -> None:
    await said(pair)
    pair.lgwan.is_cut = True
    for n in range(20):
        await pair.lgwan.post(f"まだ届かない {n}")
        await pair.lgwan.store.write(lambda w: reconciliation.ask(w.db))
        await pair.lgwan.rounds.turn()
    waiting = await pair.lgwan.rows("SELECT event FROM delivery WHERE verdict IS NULL")
    assert len(waiting) == 20 + 1
    pair.lgwan.is_cut = False
    await pair.carry()
    assert pair.lgwan.carried_kinds.count("copy.digest") == 1
    await pair.compare()
    assert await pair.are_one()
    assert (await pair.internet.standing()).differences == 0


def _digest(after: str, said_upto: int) -> CopyDigest:
    spans = [DigestSpan(LAST_PLACE, NOTHING)] * SPANS
    return CopyDigest("ranges", after, said_upto, 0, NO_POLICY, spans)


async def test_of_digests_of_the_whole_copy_the_last_one_is_compared_and_no_other(
    pair: Pair,
) -> None:
    """They come all at once when a link comes up, or from a zone that is not itself."""
    place = f"{STAFF}:{'0' * 16}"

    def work(writing: Writing) -> None:
        reconciliation.keep_digest(writing.db, _digest(place, 1))
        for n in range(100):
            reconciliation.keep_digest(writing.db, _digest("", n))

    await pair.lgwan.store.write(work)
    assert await pair.lgwan.rows("SELECT count(*) FROM digest") == [(2,)]
    first = await pair.lgwan.store.read(reconciliation.next_digest)
    assert first is not None
    assert first[1].after == place
    await pair.lgwan.store.write(lambda w: reconciliation.forget_digest(w.db, first[0]))
    last = await pair.lgwan.store.read(reconciliation.next_digest)
    assert last is not None
    assert last[1].said == 99
