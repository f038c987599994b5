"""What rights are asked of is kept between transactions: what a commit undid was never so."""

import pytest

from tests.zone.conftest import GUEST, ROOM, Place, author
from wire.bodies import MemberSet
from wire.reasons import Unavailable
from zone.store.writing import Writing


async def role(place: Place) -> str | None:
    def asked(writing: Writing) -> str | None:
        part = writing.facts.part(ROOM, GUEST)
        return None if part is None else part.role

    return await place.store.write(asked)


async def test_what_a_failed_commit_undid_was_never_so(lgwan: Place) -> None:
    def promote(writing: Writing) -> str | None:
        writing.act(author(GUEST), MemberSet(GUEST, "owner"), room=ROOM, crosses=True)
        part = writing.facts.part(ROOM, GUEST)
        return None if part is None else part.role

    before = await role(lgwan)
    assert before == "member"
    await lgwan.store.write(lambda w: w.db.execute("UPDATE chain SET halted = 'fork'"))
    with pytest.raises(Unavailable):
        await lgwan.store.write(promote)  # it cannot be sealed: the commit fails
    after_failure = await role(lgwan)
    assert after_failure == "member"
    await lgwan.store.write(lambda w: w.db.execute("UPDATE chain SET halted = NULL"))
    assert await lgwan.store.write(promote) == "owner"
    after = await role(lgwan)
    assert after == "owner"
