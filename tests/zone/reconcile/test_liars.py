"""Mending never lets anybody rewrite: not what they said, and not what others did."""

import msgspec

from tests.zone.reconcile.pair import Pair, said
from wire.bodies import (
    MessagePost,
)
from wire.events import Event
from wire.reasons import Reason
from zone.link.inbox import take_in


async def test_nobody_rewrites_what_they_said_by_saying_it_again(pair: Pair) -> None:
    names = await said(pair)
    before = await pair.copies()
    ((encoded,),) = await pair.internet.rows(
        "SELECT event FROM said WHERE about = ? AND hlc IN (SELECT min(hlc) FROM said"
        " WHERE about = ?)",
        names["theirs"],
        names["theirs"],
    )
    event = msgspec.json.decode(encoded, type=Event)
    lie = msgspec.structs.replace(event, body=MessagePost("そんなことは言っていない"))
    await pair.lgwan.store.write(lambda w: take_in(w, [lie]))
    await pair.lgwan.sql("DELETE FROM message WHERE id = ?", event.id)
    await pair.lgwan.store.write(lambda w: take_in(w, [lie]))
    ((why,),) = await pair.lgwan.rows("SELECT reason FROM quarantine WHERE id = ?", event.id)
    assert why == Reason.NO_AUTHORITY
    assert await pair.lgwan.rows("SELECT 1 FROM message WHERE id = ?", event.id) == []
    await pair.lgwan.store.write(lambda w: take_in(w, [event]))
    assert await pair.copies() == before


async def test_a_liar_cannot_have_our_words_rewritten(pair: Pair) -> None:
    """The other zone says that it has another text of ours: ours stays, and is sent again."""
    names = await said(pair)
    before = (await pair.copies())[0]
    await pair.internet.sql("UPDATE message SET text = '一億円' WHERE id = ?", names["ours"])
    await pair.internet.sql("DELETE FROM heard")
    await pair.compare()
    assert (await pair.copies())[0] == before
